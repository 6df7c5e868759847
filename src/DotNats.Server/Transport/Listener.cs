using System.Net;
using System.Net.Sockets;
using DotNats.Server.Connections;
using DotNats.Server.Transport.Epoll;
using DotNats.Server.Transport.Opening;
using DotNats.Server.Transport.Streams;
using DotNats.Server.Transport.Tls;

namespace DotNats.Server.Transport;

/// <summary>Accepts peers at one address and gives each to the transport that suits it. What they speak is its heirs' business.</summary>
/// <param name="name">What logs call those who come in here.</param>
// Owner: its accept loop. Plain sockets go to the epoll loops where there are any; everything else runs over a stream.
internal abstract class Listener(ServerCore server, string name) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;
    private volatile TlsContext? _tls;
    private HandshakeRateLimit? _rateLimit;
    private LocalPeers? _localPeers;

    protected ServerCore Server { get; } = server;

    /// <summary>TLS as new handshakes get it; null for none, and before it was loaded.</summary>
    public TlsContext? Tls => _tls;

    /// <summary>The bound port; 0 before the start.</summary>
    public int Port { get; private set; }

    /// <summary>The bound address.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.None, 0);

    /// <summary>Where it listens; -1 for a free port.</summary>
    protected abstract (string Host, int Port) AddressOf(NatsServerOptions options);

    protected abstract TlsOptions? TlsOf(NatsServerOptions options);

    protected abstract OpeningRules RulesFor(NatsServerOptions options, TlsContext? tls);

    /// <summary>How many handshakes a second it takes; null for any number.</summary>
    protected virtual HandshakeRateLimit? LimitHandshakes(NatsServerOptions options) => null;

    protected abstract MemberSession CreateSession(Connection connection);

    /// <summary>Reads certificates, binds and accepts.</summary>
    /// <exception cref="SocketException">The address cannot be bound.</exception>
    /// <exception cref="TlsConfigurationException">TLS files or values cannot be used.</exception>
    public void Start()
    {
        NatsServerOptions options = Server.Options;
        if (_tls is null) ReloadTls(options);
        _rateLimit = LimitHandshakes(options);
        (string host, int port) = AddressOf(options);
        IPEndPoint wanted = new(Resolve(host), port == -1 ? 0 : port);
        _listener = new Socket(wanted.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (wanted.Address.Equals(IPAddress.IPv6Any)) _listener.DualMode = true;
        // Not ReuseAddress: on Unix the runtime makes that "share the port", and lets a listener rebind after a restart by itself.
        _listener.Bind(wanted);
        _localPeers = LocalPeers.For(_listener);
        _listener.Listen(4096);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        Port = EndPoint.Port;
        Server.Loops.Start();
        _accepting = AcceptAsync(_listener);
    }

    /// <summary>Reads the files anew; handshakes from now on use them, connections that stand are not touched.</summary>
    /// <exception cref="TlsConfigurationException">They cannot be used; everything stays as it was.</exception>
    public void ReloadTls(NatsServerOptions options) => UseTls(LoadTls(options));

    /// <summary>Reads what <see cref="UseTls"/> puts in force.</summary>
    /// <exception cref="TlsConfigurationException">The files cannot be used.</exception>
    public TlsContext? LoadTls(NatsServerOptions options) => TlsOf(options) is { } tls ? TlsContext.Load(tls) : null;

    public void UseTls(TlsContext? tls) => _tls = tls;

    public void StopAccepting()
    {
        _stop.Cancel();
        _listener?.Dispose();
    }

    private static IPAddress Resolve(string host)
    {
        // Compat: the wildcard address takes both IP versions, in whichever of them it is written.
        IPAddress all = Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
        if (host.Length == 0) return all;
        if (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address)) return address.Equals(IPAddress.Any) ? all : address;
        if (host == "localhost") return IPAddress.Loopback;
        return Dns.GetHostAddresses(host) is [IPAddress first, ..] ? first : throw new SocketException((int)SocketError.HostNotFound);
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Socket socket = await listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                Accept(socket);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
            {
                break;
            }
            catch (SocketException exception) when (!_stop.IsCancellationRequested)
            {
                // Out of descriptors, or the peer is gone again: nothing is wrong with the listener.
                ServerLog.AcceptFailed(Server.Logger, name, exception.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(10), CancellationToken.None).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                break;
            }
        }

        ServerLog.AcceptLoopExiting(Server.Logger, name);
    }

    private void Accept(Socket socket)
    {
        try
        {
            socket.NoDelay = true;
            IPEndPoint remote = Unmapped(socket.RemoteEndPoint!);
            _localPeers?.Settle(socket, remote.Address);
            OpeningRules rules = RulesFor(Server.Options, _tls);
            // Without a question to settle nobody asks where the connection came in.
            var door = new ClientDoor(rules, rules.IsPlain ? null : Unmapped(socket.LocalEndPoint!), remote);
            if (!rules.StartsWithTls && Server.Loops.Next() is { } loop) AcceptOnLoop(loop, socket, door, remote);
            else ServeStream(new SocketStream(socket), door, new PeerAddress(remote.Address.ToString(), remote.Port), isInProcess: false, CreateSession);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            socket.Dispose();
        }
    }

    private static IPEndPoint Unmapped(EndPoint end)
    {
        var point = (IPEndPoint)end;
        return point.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(point.Address.MapToIPv4(), point.Port) : point;
    }

    private void AcceptOnLoop(EpollLoop loop, Socket socket, ClientDoor door, IPEndPoint remote)
    {
        socket.Blocking = false;
        var endpoint = new EpollEndpoint(loop, socket);
        Connection connection = Server.Attach(endpoint, remote.Address.ToString(), remote.Port, CreateSession);
        // Greeted before the loop may read: nothing a client says early is judged before the session knows what to expect.
        if (door.Rules.IsPlain)
        {
            connection.Session.Start();
        }
        else
        {
            endpoint.Opening = new LoopOpening(door, _rateLimit, endpoint, loop);
            door.Welcome(connection);
        }

        if (!Server.TryRegister(connection)) return;
        endpoint.Opening?.Start();
        loop.PostAdd(endpoint);
    }

    protected void ServeStream(Stream stream, ClientDoor door, PeerAddress peer, bool isInProcess, Func<Connection, MemberSession> createSession)
    {
        IStreamOpening opening = door.Rules.IsPlain ? new PlainOpening(isInProcess) : new ClientOpening(door, _rateLimit, [], isInProcess);
        var endpoint = new StreamEndpoint(stream, opening);
        Connection connection = Server.Attach(endpoint, peer.Ip, peer.Port, createSession);
        if (door.Rules.IsPlain) connection.Session.Start();
        else door.Welcome(connection);
        if (!Server.TryRegister(connection)) return;
        // A handshake whose first bytes are here already must not keep the next client waiting to be accepted.
        if (door.Rules.HandshakeFirst) _ = Task.Run(endpoint.RunAsync);
        else _ = endpoint.RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        StopAccepting();
        await _accepting.ConfigureAwait(false);
        _stop.Dispose();
    }

    /// <summary>Where a peer is; port 0 inside the process.</summary>
    protected readonly record struct PeerAddress(string Ip, int Port);
}
