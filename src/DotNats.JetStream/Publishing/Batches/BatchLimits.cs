namespace DotNats.JetStream.Publishing.Batches;

/// <summary>What batches may have; the server's options (<c>jetstream { limits { … } }</c>) over nats-server's defaults.</summary>
internal sealed record BatchLimits
{
    public static BatchLimits Default { get; } = new();

    /// <summary>How long a batch waits for its next message.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Messages of an atomic batch.</summary>
    public int MaxAtomicSize { get; init; } = 1000;

    /// <summary>Atomic batches of a stream at a time.</summary>
    public int MaxAtomicPerStream { get; init; } = 50;

    /// <summary>Fast batches of a stream at a time.</summary>
    public int MaxFastPerStream { get; init; } = 1000;

    public long TimeoutNanoseconds => Timeout.Ticks * TimeSpan.NanosecondsPerTick;
}

/// <summary>What all streams of a server share: how many batches there may be at a time, and what they may hold in memory.</summary>
// Owner: the server; any stream's runner takes and gives back. Lifetime: the server's. Invariant: never more out than there may be.
internal sealed class BatchQuota
{
    private readonly int _maxBatches;
    private readonly long _maxBytes;
    private int _batches;
    private long _bytes;

    /// <param name="maxBatches">1000 atomic and 50,000 fast ones in nats-server.</param>
    /// <param name="maxBytes">
    /// Compat: nats-server bounds only the number and size of batches, and stages those of file streams on disk; here they wait in memory,
    /// so that their bytes are bounded too.
    /// </param>
    public BatchQuota(int maxBatches, long maxBytes = long.MaxValue)
    {
        _maxBatches = maxBatches;
        _maxBytes = maxBytes;
    }

    public int Batches => Volatile.Read(ref _batches);

    public long Bytes => Volatile.Read(ref _bytes);

    public bool TryTakeBatch()
    {
        if (Interlocked.Increment(ref _batches) <= _maxBatches) return true;
        Interlocked.Decrement(ref _batches);
        return false;
    }

    public bool TryTakeBytes(long bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) <= _maxBytes) return true;
        Interlocked.Add(ref _bytes, -bytes);
        return false;
    }

    /// <summary>A batch is over.</summary>
    public void Return(long bytes)
    {
        Interlocked.Decrement(ref _batches);
        if (bytes != 0) Interlocked.Add(ref _bytes, -bytes);
    }
}
