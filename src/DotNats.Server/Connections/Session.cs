using DotNats.Server.Routing;

namespace DotNats.Server.Connections;

/// <summary>What a session made of the bytes it was shown.</summary>
internal readonly struct ReceiveResult(int consumed, int neededBytes = 0, bool suspend = false)
{
    /// <summary>Bytes from the front that are done with.</summary>
    public int Consumed { get; } = consumed;

    /// <summary>Bytes the first unfinished command takes in whole; 0 while unknown.</summary>
    public int NeededBytes { get; } = neededBytes;

    /// <summary>Read nothing more until the session calls <see cref="Endpoint.Resume"/>.</summary>
    public bool Suspend { get; } = suspend;
}

/// <summary>The protocol state of one connection.</summary>
// Owner: the connection's receive side calls Start and Receive; OnClosed comes once, from any thread.
internal abstract class Session(Connection connection)
{
    public Connection Connection { get; } = connection;

    /// <summary>Something is being worked out elsewhere: nothing more may be received until <see cref="Endpoint.Resume"/>.</summary>
    public virtual bool IsSuspended => false;

    /// <summary>The peer is there: greet it.</summary>
    public abstract void Start();

    /// <summary>Handles whole commands from the front of <paramref name="bytes"/>.</summary>
    public abstract ReceiveResult Receive(DeliveryContext context, ReadOnlySpan<byte> bytes);

    /// <summary>The connection ended; nothing more will be received.</summary>
    public abstract void OnClosed(CloseReason reason);
}
