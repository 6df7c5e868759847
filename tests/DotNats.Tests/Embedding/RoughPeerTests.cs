using System.Globalization;
using System.Net.Sockets;
using DotNats.Client;
using DotNats.Tests.Harness;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Embedding;

/// <summary>Peers that vanish, say nothing, come in thousands or talk rubbish.</summary>
public abstract class RoughPeerTests(SocketTransport transport)
{
    private static readonly NatsServerOptions Local = new() { Host = "127.0.0.1", Port = 0 };

    [Fact]
    public async Task A_peer_that_only_stops_sending_is_closed()
    {
        await using NatsServer server = await transport.StartAsync(Local);
        using RawClient client = await RawClient.ConnectAsync(server.ClientEndPoint);
        client.Socket.Shutdown(SocketShutdown.Send);

        await client.ReadToEndAsync();
        await Eventually.HoldsAsync(() => server.Core.Connections.Count == 0, "no connection");
    }

    [Fact]
    public async Task A_peer_that_resets_is_forgotten()
    {
        await using NatsServer server = await transport.StartAsync(Local);
        RawClient client = await RawClient.ConnectAsync(server.ClientEndPoint);
        client.Send("SUB a 1\r\nPUB a 1000000\r\nhalf");
        client.Socket.LingerState = new LingerOption(true, 0);
        client.Dispose();

        await Eventually.HoldsAsync(() => server.Core.Connections.Count == 0 && server.CountClientSubscriptions() == 0, "nothing left");
    }

    [Fact]
    public async Task A_peer_that_is_silently_gone_is_found_by_ping()
    {
        var time = new FakeTimeProvider();
        await using NatsServer server = await transport.StartAsync(Local, new NatsServerDependencies { TimeProvider = time });
        using RawClient client = await RawClient.ConnectAsync(server.ClientEndPoint);
        await Eventually.HoldsAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(30));
                return server.Core.Connections.Count == 0;
            },
            "closed");

        (await client.ReadToEndAsync()).ShouldEndWith("-ERR 'Stale Connection'\r\n");
        server.Core.Statistics.StaleConnections.ShouldBe(1);
    }

    [Fact]
    public async Task A_peer_that_never_logs_in_is_closed()
    {
        var time = new FakeTimeProvider();
        NatsServerOptions options = Local with { Authorization = new AuthorizationOptions { Token = "x" } };
        await using NatsServer server = await transport.StartAsync(options, new NatsServerDependencies { TimeProvider = time });
        using RawClient client = await RawClient.OpenAsync(server.ClientEndPoint);
        await client.ReadUntilAsync("INFO ");
        client.Send("CONNECT {\"auth_to");
        // INFO may arrive before the client counts and its time begins to run: the clock is turned until it has run out.
        Task<string> all = client.ReadToEndAsync();
        await Eventually.HoldsAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(2.1));
                return all.IsCompleted;
            },
            "the end");

        (await all).ShouldEndWith("-ERR 'Authentication Timeout'\r\n");
        await Eventually.HoldsAsync(() => server.Core.Connections.Count == 0, "no connection");
    }

    [Fact]
    public async Task Two_thousand_may_come_at_once()
    {
        const int Flood = 2000;
        await using NatsServer server = await transport.StartAsync(Local);
        RawClient[] clients = await Task.WhenAll(Enumerable.Range(0, Flood).Select(_ => RawClient.OpenAsync(server.ClientEndPoint)));
        await Task.WhenAll(clients.Select(client => client.ReadUntilAsync("INFO ")));
        server.Core.Connections.Count.ShouldBe(Flood);
        foreach (RawClient client in clients) client.Send("CONNECT {}\r\nSUB a 1\r\nPING\r\n");
        await Task.WhenAll(clients.Select(client => client.ReadUntilAsync("PONG\r\n")));
        server.CountClientSubscriptions().ShouldBe(Flood);
        clients[0].Send("PUB a 2\r\nhi\r\n");
        await Task.WhenAll(clients.Select(client => client.ReadUntilAsync("MSG a 1 2\r\nhi\r\n")));
        foreach (RawClient client in clients) client.Dispose();

        await Eventually.HoldsAsync(() => server.Core.Connections.Count == 0 && server.CountClientSubscriptions() == 0, "nothing left");
        await IsHealthyAsync(server);
    }

    [Fact]
    public async Task Rubbish_leaves_a_healthy_server()
    {
        int seed = Environment.TickCount;
        if (int.TryParse(Environment.GetEnvironmentVariable("DOTNATS_FUZZ_SEED"), out int given)) seed = given;
        var random = new Random(seed);
        await using NatsServer server = await transport.StartAsync(Local);
        long start = TimeProvider.System.GetTimestamp();
        try
        {
            await Parallel.ForEachAsync(Rubbish(random, start), new ParallelOptions { MaxDegreeOfParallelism = 8 }, (bytes, _) => SendAsync(server, bytes));
            await Eventually.HoldsAsync(() => server.Core.Connections.Count == 0, "no connection");
            server.CountClientSubscriptions().ShouldBe(0);
            await IsHealthyAsync(server);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw new ShouldAssertException(string.Create(CultureInfo.InvariantCulture, $"seed {seed} (DOTNATS_FUZZ_SEED): {exception.Message}"), exception);
        }
    }

    private static IEnumerable<byte[]> Rubbish(Random random, long start)
    {
        string[] words = ["PUB ", "SUB ", "UNSUB ", "HPUB ", "CONNECT ", "{\"verbose\":false}", "PING\r\n", "foo.bar ", "> ", "* ", "1 ", "99999999 ", "\r\n", "\r", "\n", "-ERR ", "+OK\r\n", "INFO {}\r\n"];
        while (TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(3))
        {
            var bytes = new MemoryStream();
            int pieces = random.Next(1, 60);
            for (int i = 0; i < pieces; i++)
            {
                byte[] piece = new byte[random.Next(4) == 0 ? random.Next(200) : 0];
                random.NextBytes(piece);
                bytes.Write(piece.Length > 0 ? piece : System.Text.Encoding.ASCII.GetBytes(words[random.Next(words.Length)]));
            }

            yield return bytes.ToArray();
        }
    }

    // Half of them read what they are told before they go, the others slam the door.
    private static async ValueTask SendAsync(NatsServer server, byte[] bytes)
    {
        using RawClient client = await RawClient.OpenAsync(server.ClientEndPoint);
        try
        {
            await client.Socket.SendAsync(bytes);
            if (bytes.Length % 2 == 0) return;
            client.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The server had heard enough.
        }

        await client.ReadToEndAsync();
    }

    private static async Task IsHealthyAsync(NatsServer server)
    {
        await using NatsConnection nats = await NatsConnection.ConnectAsync(new NatsConnectionOptions { Url = server.ClientUrl });
        NatsSubscription subscription = nats.Subscribe("healthy");
        await nats.PublishAsync("healthy", "yes");
        (await subscription.NextAsync()).Text.ShouldBe("yes");
    }
}

[Collection("Alone")]
public sealed class RoughPeerTestsOverLoops() : RoughPeerTests(SocketTransport.Loops);

[Collection("Alone")]
public sealed class RoughPeerTestsOverStreams() : RoughPeerTests(SocketTransport.Streams);
