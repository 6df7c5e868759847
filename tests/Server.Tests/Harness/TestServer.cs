using System.Net.Sockets;
using DotNats;
using Microsoft.Extensions.Time.Testing;

namespace Server.Tests.Harness;

/// <summary>A whole server on a free port, with a clock the test turns.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly List<Dialogue> _clients = [];

    private TestServer(NatsServer server, FakeTimeProvider time)
    {
        Server = server;
        Time = time;
    }

    public NatsServer Server { get; }

    public FakeTimeProvider Time { get; }

    public static async Task<TestServer> StartAsync(NatsServerOptions? options = null, NatsServerDependencies? dependencies = null)
    {
        var time = new FakeTimeProvider();
        options = (options ?? new NatsServerOptions()) with { Host = "127.0.0.1", Port = -1 };
        dependencies = (dependencies ?? new NatsServerDependencies()) with { TimeProvider = time };
        return new TestServer(await NatsServer.StartAsync(options, dependencies), time);
    }

    /// <summary>A client that has only been accepted.</summary>
    public Dialogue Open()
    {
        var client = new Dialogue(Server.ConnectInProcess());
        _clients.Add(client);
        return client;
    }

    /// <summary>A client over a socket that has only been accepted.</summary>
    public Dialogue OpenTcp()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(Server.ClientEndPoint);
        var client = new Dialogue(new NetworkStream(socket, ownsSocket: true));
        _clients.Add(client);
        return client;
    }

    /// <summary>A client past CONNECT.</summary>
    public Task<Dialogue> ConnectAsync(string more = "") => Open().ConnectAsync(more);

    public async ValueTask DisposeAsync()
    {
        foreach (Dialogue client in _clients) await client.DisposeAsync();
        await Server.DisposeAsync();
    }
}
