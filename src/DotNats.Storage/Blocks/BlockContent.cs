namespace DotNats.Storage;

/// <summary>The records of a block in memory, with an index over its messages: what was checked when it was loaded, and never changes.</summary>
// Owner: the leases on its buffer; the cache has one. Lifetime: until the last lease is returned.
internal sealed class BlockContent(BlockBuffer buffer, int length, RecordIndex index, int version)
{
    private long _lastUse;

    public RecordIndex Index => index;

    public ReadOnlySpan<byte> Bytes => buffer.Bytes.AsSpan(0, length);

    /// <summary>Of the block when it was loaded.</summary>
    public int Version => version;

    public long HeldBytes => buffer.Capacity + index.HeldBytes;

    /// <summary>When it was last asked for, on the cache's clock.</summary>
    public long LastUse => Volatile.Read(ref _lastUse);

    public void Touch(long now) => Volatile.Write(ref _lastUse, now);

    public void Hold() => buffer.Hold();

    public bool TryHold() => buffer.TryHold();

    public void Release() => buffer.Release();
}
