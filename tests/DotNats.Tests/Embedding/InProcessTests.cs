using System.Buffers.Binary;
using DotNats.Client;
using DotNats.Tests.Harness;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Embedding;

public sealed class InProcessTests
{
    private const int Messages = 1_000_000;

    [Fact]
    public async Task A_million_messages_arrive_whole_and_in_order()
    {
        await using NatsServer server = await NatsServer.StartAsync(new NatsServerOptions { Host = "127.0.0.1", Port = 0 });
        await using NatsConnection sender = await NatsConnection.ConnectAsync(server.ConnectInProcess()), receiver = await NatsConnection.ConnectAsync(server.ConnectInProcess());
        NatsSubscription subscription = receiver.Subscribe("count", new NatsSubscriptionOptions { WhenFull = NatsQueueFullMode.PauseConnection });
        await receiver.FlushAsync();
        Task sending = Task.Run(() => SendAsync(sender));

        for (int expected = 0; expected < Messages; expected++)
        {
            NatsMessage message = await subscription.NextAsync();
            if (!IsMessage(message.Payload.Span, expected)) throw new ShouldAssertException($"message {expected} is damaged");
        }

        await sending;
        server.Core.Accounts.Global.Connections.ShouldBe(2);
    }

    [Fact]
    public async Task Letting_go_of_the_stream_disconnects()
    {
        await using NatsServer server = await NatsServer.StartAsync(new NatsServerOptions { Host = "127.0.0.1", Port = 0 });
        Stream stream = server.ConnectInProcess();
        server.Core.Connections.Count.ShouldBe(1);
        await stream.DisposeAsync();

        await Eventually.HoldsAsync(() => server.Core.Connections.Count == 0, "no connection");
    }

    // Sizes vary so that messages cross every boundary of the buffers in between.
    private static int SizeOf(int number) => 4 + (number % 97);

    private static async Task SendAsync(NatsConnection nats)
    {
        byte[] payload = new byte[128];
        for (int number = 0; number < Messages; number++)
        {
            payload.AsSpan().Fill((byte)number);
            BinaryPrimitives.WriteInt32LittleEndian(payload, number);
            await nats.PublishAsync("count", payload.AsMemory(0, SizeOf(number)));
        }
    }

    private static bool IsMessage(ReadOnlySpan<byte> payload, int number) =>
        payload.Length == SizeOf(number) && BinaryPrimitives.ReadInt32LittleEndian(payload) == number && !payload[4..].ContainsAnyExcept((byte)number);
}
