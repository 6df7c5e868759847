using DotNats.Client;
using DotNats.Tests.Harness;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Embedding;

/// <summary>A socket that never reads is closed, and nobody else suffers for it.</summary>
public abstract class SlowConsumerTests(SocketTransport transport)
{
    private const int PayloadBytes = 64 * 1024;

    [Fact]
    public async Task Beyond_max_pending_it_is_closed()
    {
        var options = new NatsServerOptions { Limits = new LimitOptions { MaxPendingBytes = 2 * 1024 * 1024 } };
        string reason = await PublishUntilClosedAsync(options);

        reason.ShouldBe("Slow Consumer (Pending Bytes)");
    }

    [Fact]
    public async Task Within_max_pending_the_write_deadline_closes_it()
    {
        var options = new NatsServerOptions { Timing = new TimingOptions { WriteDeadline = TimeSpan.FromMilliseconds(200) } };
        string reason = await PublishUntilClosedAsync(options, mostMessages: 300);

        reason.ShouldBe("Slow Consumer (Write Deadline)");
    }

    [Fact]
    public async Task A_client_that_does_not_read_its_own_answers_is_closed_too()
    {
        var options = new NatsServerOptions { Host = "127.0.0.1", Port = 0, Limits = new LimitOptions { MaxPendingBytes = 1024 * 1024 } };
        await using NatsServer server = await transport.StartAsync(options);
        using RawClient deaf = await RawClient.ConnectAsync(server.ClientEndPoint, receiveBufferBytes: 4096);
        string pings = string.Concat(Enumerable.Repeat("PING\r\n", 10_000));
        Task asking = Task.Run(() =>
        {
            try
            {
                while (true) deaf.Send(pings);
            }
            catch (System.Net.Sockets.SocketException)
            {
                // Closed: what the test waits for.
            }
        });

        await Eventually.ComesAsync(asking);
        await Eventually.HoldsAsync(() => server.Core.Connections.Count == 0, "no connection");
        server.Core.Closed.ToArray().ShouldHaveSingleItem().Info.Reason.ShouldBe("Slow Consumer (Pending Bytes)");
    }

    // Publishes to a healthy subscriber and to one that never reads, until the latter is gone; returns why it was closed.
    private async Task<string> PublishUntilClosedAsync(NatsServerOptions options, int mostMessages = int.MaxValue)
    {
        await using NatsServer server = await transport.StartAsync(options with { Host = "127.0.0.1", Port = 0 });
        using RawClient deaf = await RawClient.ConnectAsync(server.ClientEndPoint, receiveBufferBytes: 4096);
        deaf.Send("SUB news 1\r\nPING\r\n");
        await deaf.ReadUntilAsync("PONG\r\n");
        await using NatsConnection healthy = await NatsConnection.ConnectAsync(new NatsConnectionOptions { Url = server.ClientUrl });
        await using NatsConnection publisher = await NatsConnection.ConnectAsync(new NatsConnectionOptions { Url = server.ClientUrl });
        NatsSubscription subscription = healthy.Subscribe("news");
        await healthy.FlushAsync();
        await Eventually.HoldsAsync(() => server.CountClientSubscriptions() == 2, "two subscriptions");

        int published = 0;
        long start = TimeProvider.System.GetTimestamp();
        while (server.Core.Statistics.SlowConsumers == 0 && TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60))
        {
            if (published < mostMessages)
            {
                await publisher.PublishAsync("news", new byte[PayloadBytes]);
                published++;
            }
            else
            {
                await Eventually.HoldsAsync(() => server.Core.Statistics.SlowConsumers > 0, "closed by the deadline");
            }
        }

        for (int i = 0; i < published; i++) (await subscription.NextAsync()).Payload.Length.ShouldBe(PayloadBytes);
        subscription.DroppedMessages.ShouldBe(0);
        server.Core.Statistics.SlowConsumers.ShouldBe(1);
        await Eventually.HoldsAsync(() => server.Core.Connections.Count == 2, "only the deaf one gone");
        return server.Core.Closed.ToArray().ShouldHaveSingleItem().Info.Reason!;
    }
}

public sealed class SlowConsumerTestsOverLoops() : SlowConsumerTests(SocketTransport.Loops);

public sealed class SlowConsumerTestsOverStreams() : SlowConsumerTests(SocketTransport.Streams);
