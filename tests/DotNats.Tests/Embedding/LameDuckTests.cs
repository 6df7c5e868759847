using System.Net.Sockets;
using DotNats.Client;
using DotNats.Tests.Harness;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Embedding;

public abstract class LameDuckTests(SocketTransport transport)
{
    private const int Clients = 10;

    private static readonly NatsServerOptions Options = new()
    {
        Host = "127.0.0.1",
        Port = 0,
        LameDuck = new LameDuckOptions { Duration = TimeSpan.FromSeconds(30), GracePeriod = TimeSpan.FromSeconds(10) },
    };

    [Fact]
    public async Task Clients_are_told_then_closed_one_after_the_other()
    {
        var time = new FakeTimeProvider();
        await using NatsServer server = await transport.StartAsync(Options, new NatsServerDependencies { TimeProvider = time });
        NatsConnection[] clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(i => ConnectAsync(server, i)));
        Task leaving = server.EnterLameDuckAsync();

        await Eventually.HoldsAsync(() => clients.All(client => client.ServerInfo.LameDuckMode), "every client told");
        await Should.ThrowAsync<SocketException>(NatsConnection.ConnectAsync(new NatsConnectionOptions { Url = server.ClientUrl }));
        time.Advance(TimeSpan.FromSeconds(9));
        await Task.WhenAll(clients.Select(client => client.PingAsync()));

        // The grace period ends and one client goes; nothing happens to the others while the clock stands.
        time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.HoldsAsync(() => clients.Count(client => client.IsConnected) < Clients, "the first closed");
        await Task.WhenAll(clients.Where(client => client.IsConnected).Select(client => client.PingAsync()));
        clients.Count(client => client.IsConnected).ShouldBe(Clients - 1);

        server.Completion.IsCompleted.ShouldBeFalse();
        await Eventually.HoldsAsync(() => Turn(time, server.Completion), "stopped");
        await Eventually.ComesAsync(leaving);
        await Task.WhenAll(clients.Select(client => Eventually.ComesAsync(client.Completion)));
        foreach (NatsConnection client in clients) await client.DisposeAsync();
    }

    [Fact]
    public async Task Without_clients_there_is_nothing_to_wait_for()
    {
        await using NatsServer server = await transport.StartAsync(Options, new NatsServerDependencies { TimeProvider = new FakeTimeProvider() });

        await Eventually.ComesAsync(server.EnterLameDuckAsync());
        server.Completion.IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public async Task A_server_in_lame_duck_mode_can_be_stopped_at_once()
    {
        NatsServer server = await transport.StartAsync(Options, new NatsServerDependencies { TimeProvider = new FakeTimeProvider() });
        NatsConnection client = await ConnectAsync(server, 0);
        Task leaving = server.EnterLameDuckAsync();
        await Eventually.HoldsAsync(() => client.ServerInfo.LameDuckMode, "told");
        await server.DisposeAsync();

        await Eventually.ComesAsync(leaving);
        await Eventually.ComesAsync(client.Completion);
        await client.DisposeAsync();
    }

    // Half over sockets, half inside the process.
    private static Task<NatsConnection> ConnectAsync(NatsServer server, int index) => index % 2 == 0
        ? NatsConnection.ConnectAsync(server.ConnectInProcess())
        : NatsConnection.ConnectAsync(new NatsConnectionOptions { Url = server.ClientUrl });

    private static bool Turn(FakeTimeProvider time, Task end)
    {
        time.Advance(TimeSpan.FromMilliseconds(200));
        return end.IsCompleted;
    }
}

public sealed class LameDuckTestsOverLoops() : LameDuckTests(SocketTransport.Loops);

public sealed class LameDuckTestsOverStreams() : LameDuckTests(SocketTransport.Streams);
