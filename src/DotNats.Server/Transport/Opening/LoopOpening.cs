using System.Net.Sockets;
using DotNats.Primitives;
using DotNats.Server.Connections;
using DotNats.Server.Transport.Epoll;
using DotNats.Server.Transport.Streams;
using DotNats.Server.Transport.Tls;

namespace DotNats.Server.Transport.Opening;

/// <summary>Opens a client's connection on an epoll loop: plain clients stay there, TLS goes on over a stream.</summary>
// Owner: the connection's loop; the timer only posts to it. Lifetime: until the opening is decided.
internal sealed class LoopOpening(ClientDoor door, HandshakeRateLimit? limit, EpollEndpoint endpoint, EpollLoop loop) : WheelTimer
{
    private readonly PeerOpening _decision = new(door.Rules);
    private TimeSpan _scheduled;
    private volatile bool _expired;

    /// <summary>Bytes from the front that were for the opening alone.</summary>
    public int Consumed => _decision.Consumed;

    private Connection Connection => endpoint.Connection;

    /// <summary>The connection was greeted and will be read: time runs from here.</summary>
    public void Start() => Watch();

    /// <summary>What is waited for now has taken too long. A timer that fired for what came in the meantime does not count.</summary>
    public bool IsExpired => _expired;

    /// <summary>Looks at everything received so far.</summary>
    public OpeningStep Read(ReadOnlySpan<byte> bytes) => Act(_decision.Read(bytes), bytes);

    /// <summary>Time may be up; the loop asks because the timer said so.</summary>
    public OpeningStep OnTimeout(ReadOnlySpan<byte> bytes) => Act(_decision.OnTimeout(bytes, door.TimeoutText), bytes);

    /// <summary>The peer ended the connection.</summary>
    public OpeningStep OnEnd(ReadOnlySpan<byte> bytes) => Act(_decision.OnEnd(bytes), bytes);

    /// <summary>The socket, which the loop has let go of, and what was read from it go on as a TLS connection.</summary>
    public void ContinueWithTls(Socket socket, byte[] rest)
    {
        OpeningRules tls = door.Rules with { ExpectsProxyHeader = false, AllowsPlain = false, HandshakeFirst = _decision.HandshakeFirst, Fallback = null };
        var opening = new ClientOpening(door with { Rules = tls }, limit, rest, isInProcess: false);
        var stream = new StreamEndpoint(new SocketStream(socket), opening);
        Connection connection = Connection;
        connection.MoveTo(stream);
        if (connection.IsClosed) stream.Dispose();
        else _ = Task.Run(stream.RunAsync);
    }

    private OpeningStep Act(OpeningStep step, ReadOnlySpan<byte> bytes)
    {
        if (step == OpeningStep.Greet)
        {
            door.Greet(Connection);
            step = _decision.Read(bytes);
        }

        if (step == OpeningStep.Wait)
        {
            Watch();
            return step;
        }

        Connection.Server.Timers.Cancel(this);
        if (step == OpeningStep.Refuse)
        {
            door.Refuse(Connection, _decision.Error!);
            return step;
        }

        ClientDoor.Adopt(Connection, _decision.Header);
        if (step == OpeningStep.Plain) ((MemberSession)Connection.Session).StartClocks();
        return step;
    }

    // Each thing waited for has its own limit; more bytes of the same thing do not lengthen it.
    private void Watch()
    {
        TimeSpan patience = _decision.Patience;
        if (patience == _scheduled) return;
        _scheduled = patience;
        Connection.Server.Timers.Cancel(this);
        _expired = false;
        if (patience != Timeout.InfiniteTimeSpan) Connection.Server.Timers.Schedule(this, patience);
    }

    protected override void OnExpired()
    {
        _expired = true;
        loop.PostOpeningTimeout(endpoint);
    }
}
