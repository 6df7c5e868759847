namespace DotNats.JetStream;

/// <summary>What an account, or one tier of it, may use; -1 for no limit.</summary>
internal sealed record TierLimits
{
    public static TierLimits None { get; } = new();

    public long MaxMemoryBytes { get; init; } = -1;

    public long MaxStoreBytes { get; init; } = -1;

    public long MaxStreams { get; init; } = -1;

    public long MaxConsumers { get; init; } = -1;

    public long MaxAckPending { get; init; } = -1;

    public long MemoryMaxStreamBytes { get; init; } = -1;

    public long StoreMaxStreamBytes { get; init; } = -1;

    /// <summary>Streams must name a size.</summary>
    public bool MaxBytesRequired { get; init; }

    public static TierLimits From(AccountJetStreamOptions options) => new()
    {
        MaxMemoryBytes = options.MaxMemoryBytes,
        MaxStoreBytes = options.MaxStoreBytes,
        MaxStreams = options.MaxStreams,
        MaxConsumers = options.MaxConsumers,
        MaxAckPending = options.MaxAckPending,
        MemoryMaxStreamBytes = options.MemoryMaxStreamBytes,
        StoreMaxStreamBytes = options.StoreMaxStreamBytes,
        MaxBytesRequired = options.MaxBytesRequired,
    };

    /// <summary>Bytes all streams of a kind of storage may have together; negative for no limit.</summary>
    public long MaxBytesOf(StorageType storage) => storage == StorageType.Memory ? MaxMemoryBytes : MaxStoreBytes;

    /// <summary>Bytes one stream of a kind of storage may ask for; 0 and less for no limit.</summary>
    public long MaxStreamBytesOf(StorageType storage) => storage == StorageType.Memory ? MemoryMaxStreamBytes : StoreMaxStreamBytes;
}
