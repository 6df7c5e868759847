using DotNats.Client;
using DotNats.Tests.Harness;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Embedding;

/// <summary>What a real socket adds to limits: words that must arrive although the peer still sends, producers that are not read.</summary>
public abstract class SocketLimitTests(SocketTransport transport)
{
    private static readonly NatsServerOptions Local = new() { Host = "127.0.0.1", Port = 0 };

    [Fact]
    public async Task A_message_too_large_is_refused_in_words_while_it_is_still_coming()
    {
        await using NatsServer server = await transport.StartAsync(Local with { Limits = new LimitOptions { MaxPayloadBytes = 1000 } });
        using RawClient client = await RawClient.ConnectAsync(server.ClientEndPoint);
        client.Send($"PUB a 100000\r\n{new string('x', 100_000)}\r\n");

        await client.ReadUntilAsync("-ERR 'Maximum Payload Violation'\r\n");
        await client.ReadToEndAsync();
        await Eventually.HoldsAsync(() => server.Core.Connections.Count == 0, "no connection");
        server.Core.Closed.ToArray().ShouldHaveSingleItem().Info.Reason.ShouldBe("Maximum Message Payload Exceeded");
    }

    [Fact]
    public async Task A_connection_too_many_is_refused_in_words()
    {
        await using NatsServer server = await transport.StartAsync(Local with { Limits = new LimitOptions { MaxConnections = 1 } });
        using RawClient first = await RawClient.ConnectAsync(server.ClientEndPoint);
        using RawClient second = await RawClient.OpenAsync(server.ClientEndPoint);

        (await second.ReadToEndAsync()).ShouldEndWith("-ERR 'maximum connections exceeded'\r\n");
        first.Dispose();
        await Eventually.HoldsAsync(() => server.Core.Connections.Count == 0, "no connection");
        using RawClient third = await RawClient.ConnectAsync(server.ClientEndPoint);
    }

    [Fact]
    public async Task A_producer_waits_for_a_slow_subscriber_and_loses_nothing()
    {
        const int Messages = 2000;
        await using NatsServer server = await transport.StartAsync(Local);
        await using NatsConnection slow = await NatsConnection.ConnectAsync(new NatsConnectionOptions { Url = server.ClientUrl });
        NatsSubscription subscription = slow.Subscribe("news", new NatsSubscriptionOptions { QueueCapacity = 1, WhenFull = NatsQueueFullMode.PauseConnection });
        await slow.FlushAsync();
        await using NatsConnection producer = await NatsConnection.ConnectAsync(new NatsConnectionOptions { Url = server.ClientUrl });
        Task publishing = Task.Run(async () =>
        {
            for (int i = 0; i < Messages; i++) await producer.PublishAsync("news", Payload(i));
        });
        await Eventually.HoldsAsync(() => server.Core.Statistics.StalledClients > 0, "the producer waits");

        for (int i = 0; i < Messages; i++) (await subscription.NextAsync()).Payload.Span.SequenceEqual(Payload(i)).ShouldBeTrue();
        await Eventually.ComesAsync(publishing);
        server.Core.Statistics.SlowConsumers.ShouldBe(0);
    }

    private static byte[] Payload(int number)
    {
        byte[] payload = new byte[16 * 1024];
        payload.AsSpan().Fill((byte)number);
        return payload;
    }
}

public sealed class SocketLimitTestsOverLoops() : SocketLimitTests(SocketTransport.Loops);

public sealed class SocketLimitTestsOverStreams() : SocketLimitTests(SocketTransport.Streams);
