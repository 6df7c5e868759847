using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using DotNats.Server.Authentication;
using DotNats.Server.Connections;
using DotNats.Server.Transport.Epoll;
using DotNats.Server.Transport.Opening;
using DotNats.Server.Transport.Streams;
using DotNats.Server.Transport.Tls;

namespace DotNats.Server.Transport;

/// <summary>Accepts clients and gives each to the transport that suits it.</summary>
// Owner: its accept loop. Plain sockets go to the epoll loops where there are any; everything else runs over a stream.
internal sealed class ClientListener(ServerCore server) : IAsyncDisposable
{
    // Loops beyond this bring nothing the benchmarks could see; each costs a thread.
    private const int MaxLoops = 8;

    private readonly CancellationTokenSource _stop = new();
    private EpollLoop[] _loops = [];
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;
    private volatile TlsContext? _tls;
    private HandshakeRateLimit? _rateLimit;
    private int _next;

    /// <summary>True serves sockets over streams even where there are epoll loops. Set before the start; for tests of that path.</summary>
    public bool IsPortable { get; set; }

    /// <summary>TLS as new handshakes get it; null for none, and before it was loaded.</summary>
    public TlsContext? Tls => _tls;

    /// <summary>The bound port; 0 before the start.</summary>
    public int Port { get; private set; }

    /// <summary>The bound address.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.None, 0);

    /// <summary>Reads certificates, binds and accepts.</summary>
    /// <exception cref="SocketException">The address cannot be bound.</exception>
    /// <exception cref="TlsConfigurationException">TLS files or values cannot be used.</exception>
    public void Start()
    {
        NatsServerOptions options = server.Options;
        if (_tls is null) ReloadTls(options);
        if (options.Tls is { ConnectionRateLimit: > 0 } limited) _rateLimit = new HandshakeRateLimit(limited.ConnectionRateLimit, server);
        IPEndPoint wanted = new(Resolve(options.Host), options.Port == -1 ? 0 : options.Port);
        _listener = new Socket(wanted.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (wanted.Address.Equals(IPAddress.IPv6Any)) _listener.DualMode = true;
        // Not ReuseAddress: on Unix the runtime makes that "share the port", and lets a listener rebind after a restart by itself.
        _listener.Bind(wanted);
        _listener.Listen(4096);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        Port = EndPoint.Port;
        if (OperatingSystem.IsLinux() && !IsPortable) StartLoops();
        _accepting = AcceptAsync(_listener);
    }

    /// <summary>Reads the files anew; handshakes from now on use them, connections that stand are not touched.</summary>
    /// <exception cref="TlsConfigurationException">They cannot be used; everything stays as it was.</exception>
    public void ReloadTls(NatsServerOptions options) => _tls = options.Tls is null ? null : TlsContext.Load(options.Tls);

    public void StopAccepting()
    {
        _stop.Cancel();
        _listener?.Dispose();
    }

    /// <summary>Serves a stream inside the process as a client.</summary>
    public void AcceptStream(Stream stream)
    {
        OpeningRules rules = OpeningRules.For(server.Options, _tls, isInProcess: true);
        ServeStream(stream, new ClientDoor(rules, Local: null, Remote: null), "in-process", 0, ConnectionTypes.InProcess);
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

    private void StartLoops()
    {
        _loops = new EpollLoop[Math.Clamp(Environment.ProcessorCount, 1, MaxLoops)];
        for (int i = 0; i < _loops.Length; i++)
        {
            _loops[i] = new EpollLoop(server, i);
            _loops[i].Start();
        }
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
                ServerLog.AcceptFailed(server.Logger, exception.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(10), CancellationToken.None).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                break;
            }
        }

        ServerLog.AcceptLoopExiting(server.Logger);
    }

    private void Accept(Socket socket)
    {
        try
        {
            socket.NoDelay = true;
            IPEndPoint remote = Unmapped(socket.RemoteEndPoint!);
            OpeningRules rules = OpeningRules.For(server.Options, _tls, isInProcess: false);
            // Without a question to settle nobody asks where the connection came in.
            var door = new ClientDoor(rules, rules.IsPlain ? null : Unmapped(socket.LocalEndPoint!), remote);
            if (_loops.Length > 0 && !rules.StartsWithTls) AcceptOnLoop(socket, door, remote);
            else ServeStream(new SocketStream(socket), door, remote.Address.ToString(), remote.Port, ConnectionTypes.Standard);
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

    private void AcceptOnLoop(Socket socket, ClientDoor door, IPEndPoint remote)
    {
        socket.Blocking = false;
        EpollLoop loop = _loops[(uint)_next++ % (uint)_loops.Length];
        var endpoint = new EpollEndpoint(loop, socket);
        Connection connection = server.Attach(endpoint, remote.Address.ToString(), remote.Port, ConnectionTypes.Standard);
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

        if (!server.TryRegister(connection)) return;
        endpoint.Opening?.Start();
        loop.PostAdd(endpoint);
    }

    private void ServeStream(Stream stream, ClientDoor door, string ip, int port, string connectionType)
    {
        bool isInProcess = connectionType == ConnectionTypes.InProcess;
        IStreamOpening opening = door.Rules.IsPlain ? new PlainOpening(isInProcess) : new ClientOpening(door, _rateLimit, [], isInProcess);
        var endpoint = new StreamEndpoint(stream, opening);
        Connection connection = server.Attach(endpoint, ip, port, connectionType);
        if (door.Rules.IsPlain) connection.Session.Start();
        else door.Welcome(connection);
        if (!server.TryRegister(connection)) return;
        // A handshake whose first bytes are here already must not keep the next client waiting to be accepted.
        if (door.Rules.HandshakeFirst) _ = Task.Run(endpoint.RunAsync);
        else _ = endpoint.RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        StopAccepting();
        await _accepting.ConfigureAwait(false);
        foreach (EpollLoop loop in _loops) loop.Stop();
        _stop.Dispose();
    }
}
