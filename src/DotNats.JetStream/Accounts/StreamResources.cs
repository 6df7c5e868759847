namespace DotNats.JetStream.Accounts;

/// <summary>What all streams of the server may use, use, and have reserved by their <c>max_bytes</c>.</summary>
// Owner: JetStreamService; limits are replaced by a reload, the rest are counters.
internal sealed class StreamResources
{
    private long _maxMemory;
    private long _maxStore;

    public StreamResources(long maxMemory, long maxStore) => SetLimits(maxMemory, maxStore);

    public long MaxMemory => Volatile.Read(ref _maxMemory);

    public long MaxStore => Volatile.Read(ref _maxStore);

    public StorageUsage Used { get; } = new();

    /// <summary>Sums of what streams named as their size.</summary>
    public StorageUsage Reserved { get; } = new();

    public void SetLimits(long maxMemory, long maxStore)
    {
        Volatile.Write(ref _maxMemory, maxMemory);
        Volatile.Write(ref _maxStore, maxStore);
    }

    public long MaxOf(bool isMemory) => isMemory ? MaxMemory : MaxStore;

    /// <summary>As configurations are judged by it.</summary>
    public ServerResources Describe() => new(MaxMemory, MaxStore, Reserved.Memory, Reserved.Store);

    /// <summary>More is used than there is.</summary>
    public bool IsExceeded(bool isMemory) => Used.Of(isMemory) > MaxOf(isMemory);
}
