using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace DotNats.Server.Connections;

/// <summary>The open connections of one server, and the ids they get.</summary>
// Owner: the server; any thread. Invariant: an id is never used twice.
internal sealed class ConnectionTable
{
    private readonly ConcurrentDictionary<ulong, Connection> _byId = new();
    private long _lastId;
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public IEnumerable<Connection> All => _byId.Values;

    /// <summary>Leaves out ids that no connection is to have.</summary>
    public void SkipIds(int count) => Interlocked.Add(ref _lastId, count);

    public ulong NextId() => (ulong)Interlocked.Increment(ref _lastId);

    public bool TryGet(ulong id, [MaybeNullWhen(false)] out Connection connection) => _byId.TryGetValue(id, out connection);

    public void Add(Connection connection)
    {
        Interlocked.Increment(ref _count);
        _byId[connection.Id] = connection;
    }

    public bool Remove(Connection connection)
    {
        if (!_byId.TryRemove(connection.Id, out _)) return false;
        Interlocked.Decrement(ref _count);
        return true;
    }
}
