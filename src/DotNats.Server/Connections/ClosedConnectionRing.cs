namespace DotNats.Server.Connections;

/// <summary>The last connections that ended, for monitoring.</summary>
// Owner: its lock; written once a connection. Invariant: at most the configured number, oldest first out.
internal sealed class ClosedConnectionRing(int capacity)
{
    private readonly Queue<ClientSession> _closed = new();
    private readonly Lock _gate = new();

    public void Add(ClientSession session)
    {
        if (capacity <= 0) return;
        lock (_gate)
        {
            _closed.Enqueue(session);
            if (_closed.Count > capacity) _closed.Dequeue();
        }
    }

    public ClientSession[] Snapshot()
    {
        lock (_gate) return [.. _closed];
    }
}
