namespace DotNats.Storage;

/// <summary>The records of a block in memory, with an index over its messages: what was checked when it was loaded, and never changes.</summary>
// Owner: the leases on its buffer; the cache has one. Lifetime: until the last lease is returned.
internal sealed class BlockContent(BlockBuffer buffer, int length, RecordIndex index, int version)
{
    private long _lastUse;

    public RecordIndex Index => index;

    /// <summary>For the block to remember; null where something is damaged.</summary>
    public BlockMap? Map { get; init; }

    public ReadOnlySpan<byte> Bytes => buffer.Bytes.AsSpan(0, length);

    /// <summary>Of the block when it was loaded.</summary>
    public int Version => version;

    public long HeldBytes => buffer.Capacity + index.HeldBytes;

    /// <summary>When it was last asked for, on the cache's clock.</summary>
    public long LastUse => Volatile.Read(ref _lastUse);

    public void Touch(long now) => Volatile.Write(ref _lastUse, now);

    /// <summary>Messages that a block is said to have, up to a sequence, and that have no record here. Under the log's gate.</summary>
    public ulong CountMissing(Block block, ulong last)
    {
        int at = index.FindFrom(block.FirstSequence);
        ulong present = block.Deleted.Count == 0 ? (ulong)(index.Count - at) : 0;
        for (; block.Deleted.Count > 0 && at < index.Count; at++) present += block.Has(index.SequenceAt(at)) ? 1UL : 0;
        return last - block.FirstSequence + 1 - block.Deleted.CountRange(block.FirstSequence, last) - present;
    }

    public void Hold() => buffer.Hold();

    public bool TryHold() => buffer.TryHold();

    public void Release() => buffer.Release();
}
