namespace DotNats.JetStream;

/// <summary>What the server has for streams, and how much of it is promised to streams that named a size.</summary>
internal readonly record struct ServerResources(long MaxMemoryBytes, long MaxStoreBytes, long ReservedMemoryBytes = 0, long ReservedStoreBytes = 0)
{
    public static ServerResources Unbounded { get; } = new(long.MaxValue, long.MaxValue);
}

/// <summary>Whether streams fit into what an account and its server have: a stream that names a size has it from the beginning.</summary>
internal static class StreamReservation
{
    /// <summary>Bytes that other streams of an account have reserved in the tier and storage of <paramref name="config"/>; 0 where nothing limits them.</summary>
    // What nobody limits nobody need add up: an account may have thousands of streams, and each that is made asks.
    public static long OfOthers(IEnumerable<StreamConfig> streams, TierLimits limits, string tier, StreamConfig config)
    {
        if (limits.MaxBytesOf(config.Storage) < 0) return 0;
        long reserved = 0;
        foreach (StreamConfig other in streams)
        {
            if (other.Name == config.Name || other.MaxBytes <= 0 || other.Storage != config.Storage || !IsInTier(other, tier, config.Replicas)) continue;
            reserved = Add(reserved, OfAccount(tier, other.Replicas, other.MaxBytes));
        }

        return reserved;
    }

    /// <summary>How many other streams of an account count against the limit of streams.</summary>
    public static int CountOthers(IEnumerable<StreamConfig> streams, string tier, StreamConfig config) =>
        streams.Count(other => other.Name != config.Name && IsInTier(other, tier, config.Replicas));

    /// <summary>Bytes that count against an account: without tiers, each replica does.</summary>
    public static long OfAccount(string tier, long replicas, long bytes)
    {
        if (bytes <= 0) return 0;
        if (tier != AccountLimits.Flat || replicas <= 1) return bytes;
        Int128 all = (Int128)replicas * bytes;
        return all > long.MaxValue ? long.MaxValue : (long)all;
    }

    /// <summary>The error where a stream does not fit; null where it does.</summary>
    /// <param name="addedBytes">What it needs beyond <paramref name="reserved"/>; negative for a stream without a size, which needs one byte.</param>
    /// <param name="reserved">What the account has promised already.</param>
    public static ApiError? Check(StreamConfig config, TierLimits limits, string tier, long addedBytes, long reserved, ServerResources server)
    {
        if (config.MaxConsumers > 0 && limits.MaxConsumers > 0 && config.MaxConsumers > limits.MaxConsumers) return ApiErrors.MaximumConsumersLimit;
        if (addedBytes < 0) addedBytes = 1;
        long accountBytes = OfAccount(tier, config.Replicas, addedBytes);
        return config.Storage switch
        {
            StorageType.Memory when Exceeds(accountBytes, reserved, limits.MaxMemoryBytes) || ExceedsServer(addedBytes, server.ReservedMemoryBytes, server.MaxMemoryBytes)
                => ApiErrors.MemoryResourcesExceeded,
            StorageType.File when Exceeds(accountBytes, reserved, limits.MaxStoreBytes) || ExceedsServer(addedBytes, server.ReservedStoreBytes, server.MaxStoreBytes)
                => ApiErrors.StorageResourcesExceeded,

            // Compat: where a request does not name its storage, this is asked again when the default is known.
            _ => null,
        };
    }

    /// <summary>The error where an update does not fit: only what is asked for beyond the old size is new to the server.</summary>
    /// <param name="reservedByOthers">See <see cref="OfOthers"/>.</param>
    public static ApiError? CheckUpdate(StreamConfig old, StreamConfig config, TierLimits limits, string tier, long reservedByOthers, ServerResources server)
    {
        long added = Math.Max(0, Math.Max(config.MaxBytes, 0) - Math.Max(old.MaxBytes, 0));
        long reserved = Add(reservedByOthers, OfAccount(tier, config.Replicas, config.MaxBytes - added));
        return Check(config, limits, tier, added, reserved, server);
    }

    private static bool IsInTier(StreamConfig stream, string tier, long replicas) =>
        tier == AccountLimits.Flat || Math.Max(1, stream.Replicas) == Math.Max(1, replicas);

    private static bool Exceeds(long bytes, long reserved, long limit) => limit >= 0 && ExceedsServer(bytes, reserved, limit);

    private static bool ExceedsServer(long bytes, long reserved, long limit) => reserved > limit || bytes > limit - reserved;

    private static long Add(long one, long other) => one > long.MaxValue - other ? long.MaxValue : one + other;
}
