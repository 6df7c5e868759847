using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using DotNats.Server.Authentication;
using DotNats.Server.Connections;
using DotNats.Server.Transport.Epoll;
using DotNats.Server.Transport.Streams;

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
    private int _next;

    /// <summary>The bound port; 0 before the start.</summary>
    public int Port { get; private set; }

    /// <summary>The bound address.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.None, 0);

    public void Start()
    {
        NatsServerOptions options = server.Options;
        IPEndPoint wanted = new(Resolve(options.Host), options.Port == -1 ? 0 : options.Port);
        _listener = new Socket(wanted.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        // Not ReuseAddress: on Unix the runtime makes that "share the port", and lets a listener rebind after a restart by itself.
        _listener.Bind(wanted);
        _listener.Listen(4096);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        Port = EndPoint.Port;
        if (OperatingSystem.IsLinux()) StartLoops();
        _accepting = AcceptAsync(_listener);
    }

    public void StopAccepting()
    {
        _stop.Cancel();
        _listener?.Dispose();
    }

    /// <summary>Serves a stream inside the process as a client.</summary>
    public void AcceptStream(Stream stream)
    {
        var endpoint = new StreamEndpoint(stream, new PlainOpening(isInProcess: true));
        Connection connection = server.Attach(endpoint, "in-process", 0, ConnectionTypes.InProcess);
        if (server.TryRegister(connection)) _ = endpoint.RunAsync();
    }

    private static IPAddress Resolve(string host)
    {
        if (host.Length == 0 || host == "0.0.0.0") return IPAddress.Any;
        if (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address)) return address;
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
            var remote = (IPEndPoint)socket.RemoteEndPoint!;
            IPAddress address = remote.Address.IsIPv4MappedToIPv6 ? remote.Address.MapToIPv4() : remote.Address;
            if (_loops.Length == 0) AcceptOnStream(socket, address.ToString(), remote.Port);
            else AcceptOnLoop(socket, address.ToString(), remote.Port);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            socket.Dispose();
        }
    }

    private void AcceptOnLoop(Socket socket, string ip, int port)
    {
        socket.Blocking = false;
        EpollLoop loop = _loops[(uint)_next++ % (uint)_loops.Length];
        var endpoint = new EpollEndpoint(loop, socket);
        Connection connection = server.Attach(endpoint, ip, port, ConnectionTypes.Standard);
        // Greeted before the loop may read: nothing a client says early is judged before the session knows what to expect.
        connection.Session.Start();
        if (server.TryRegister(connection)) loop.PostAdd(endpoint);
    }

    private void AcceptOnStream(Socket socket, string ip, int port)
    {
        var opening = new PlainOpening(isInProcess: false);
        var endpoint = new StreamEndpoint(new NetworkStream(socket, ownsSocket: true), opening);
        Connection connection = server.Attach(endpoint, ip, port, ConnectionTypes.Standard);
        if (server.TryRegister(connection)) _ = endpoint.RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        StopAccepting();
        await _accepting.ConfigureAwait(false);
        foreach (EpollLoop loop in _loops) loop.Stop();
        _stop.Dispose();
    }
}
