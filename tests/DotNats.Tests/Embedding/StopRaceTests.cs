using System.Globalization;
using DotNats.Client;
using DotNats.Tests.Harness;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Embedding;

/// <summary>Stopping while things happen: many short rounds, for what goes wrong only now and then.</summary>
public abstract class StopRaceTests(SocketTransport transport)
{
    private static readonly NatsServerOptions Local = new() { Host = "127.0.0.1", Port = 0 };

    [Fact]
    public async Task A_connection_made_during_the_stop_ends_with_it()
    {
        for (int round = 0; round < 50; round++)
        {
            NatsServer server = await transport.StartAsync(Local);
            Task<List<Stream>> connecting = Task.Run(() => ConnectUntilRefused(server));
            await Eventually.HoldsAsync(() => server.Core.Connections.Count > 2, "a few connections");
            await server.DisposeAsync();

            foreach (Stream stream in await Eventually.ComesAsync(connecting))
            {
                await Eventually.ComesAsync(stream.CopyToAsync(Stream.Null));
                await stream.DisposeAsync();
            }

            server.Core.Connections.Count.ShouldBe(0);
        }
    }

    [Fact]
    public async Task Traffic_that_is_cut_off_was_whole_until_then()
    {
        for (int round = 0; round < 5; round++)
        {
            NatsServer server = await transport.StartAsync(Local);
            NatsConnection[] senders = [await ConnectAsync(server), await NatsConnection.ConnectAsync(server.ConnectInProcess())];
            NatsConnection[] receivers = [await ConnectAsync(server), await ConnectAsync(server), await NatsConnection.ConnectAsync(server.ConnectInProcess())];
            Task[] receiving = [.. receivers.Select(ReceiveAsync)];
            foreach (NatsConnection receiver in receivers) await receiver.FlushAsync();
            Task[] sending = [.. senders.Select((sender, index) => Task.Run(() => SendUntilClosedAsync(sender, $"from.{index}")))];
            await Eventually.HoldsAsync(() => receivers.All(receiver => server.Core.Connections.All.Sum(connection => connection.Outbound.Messages) > 10_000), "traffic");
            await server.DisposeAsync();

            await Eventually.ComesAsync(Task.WhenAll(sending));
            await Eventually.ComesAsync(Task.WhenAll(receiving));
            foreach (NatsConnection client in senders.Concat(receivers)) await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task Lame_duck_mode_may_be_cut_short_while_it_closes_clients()
    {
        using var loggers = new GateLoggers("clients to close");
        NatsServerOptions options = Local with { LameDuck = new LameDuckOptions { Duration = TimeSpan.FromSeconds(30), GracePeriod = TimeSpan.Zero } };
        NatsServer server = await transport.StartAsync(options, new NatsServerDependencies { LoggerFactory = loggers });
        Stream[] streams = [server.ConnectInProcess(), server.ConnectInProcess()];
        Task leaving = Task.Run(server.EnterLameDuckAsync);
        await Eventually.ComesAsync(loggers.Reached);
        await server.DisposeAsync();
        loggers.Open();

        await Eventually.ComesAsync(leaving);
        foreach (Stream stream in streams) await stream.DisposeAsync();
    }

    private static Task<NatsConnection> ConnectAsync(NatsServer server) => NatsConnection.ConnectAsync(new NatsConnectionOptions { Url = server.ClientUrl });

    private static List<Stream> ConnectUntilRefused(NatsServer server)
    {
        var streams = new List<Stream>();
        try
        {
            while (true) streams.Add(server.ConnectInProcess());
        }
        catch (ObjectDisposedException)
        {
            return streams;
        }
    }

    private static async Task SendUntilClosedAsync(NatsConnection nats, string subject)
    {
        try
        {
            for (int i = 0; ; i++) await nats.PublishAsync(subject, i.ToString(CultureInfo.InvariantCulture));
        }
        catch (NatsConnectionClosedException)
        {
            // The stop the test is about.
        }
    }

    private static async Task ReceiveAsync(NatsConnection nats)
    {
        NatsSubscription subscription = nats.Subscribe("from.*", new NatsSubscriptionOptions { WhenFull = NatsQueueFullMode.PauseConnection });
        var next = new Dictionary<string, int>();
        try
        {
            await foreach (NatsMessage message in subscription)
            {
                int expected = next.GetValueOrDefault(message.Subject);
                int.Parse(message.Text, CultureInfo.InvariantCulture).ShouldBe(expected);
                next[message.Subject] = expected + 1;
            }
        }
        catch (NatsConnectionClosedException closed)
        {
            // A connection that was cut says so; one that received rubbish says something else.
            closed.Message.ShouldNotContain("protocol");
        }
    }
}

public sealed class StopRaceTestsOverLoops() : StopRaceTests(SocketTransport.Loops);

public sealed class StopRaceTestsOverStreams() : StopRaceTests(SocketTransport.Streams);
