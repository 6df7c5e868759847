namespace DotNats.Storage;

/// <summary>What of a log waits to be written, and how much is not safe yet.</summary>
// Owner: one LogContents, under the log's gate. Invariant: writes are in the order of their records.
internal sealed class PendingWork
{
    private readonly List<BlockWrite> _sealed = [];
    private readonly List<Erasure> _erasures = [];
    private long _waiting;
    private long _taken;

    /// <summary>Bytes that were appended and are not safe yet, also those being written.</summary>
    public long UnsafeBytes => _waiting + _taken;

    /// <summary>Bytes appended since an index was last written.</summary>
    public long BytesSinceIndex { get; set; }

    public void Count(int bytes)
    {
        _waiting += bytes;
        BytesSinceIndex += bytes;
    }

    public void Add(in BlockWrite write) => _sealed.Add(write);

    public void Add(in Erasure erasure) => _erasures.Add(erasure);

    /// <summary>Hands out everything, with the leases.</summary>
    public void TakeAll(ActiveBlock? active, CommitPlan plan)
    {
        plan.Writes.AddRange(_sealed);
        _sealed.Clear();
        if (active is { Waiting: > 0 }) plan.Writes.Add(active.Take());
        plan.Erasures.AddRange(_erasures);
        _erasures.Clear();
        _taken += _waiting;
        _waiting = 0;
    }

    /// <summary>What was handed out is safe.</summary>
    public void IsDone() => _taken = 0;
}
