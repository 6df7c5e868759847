namespace DotNats.Security;

/// <summary>What an operator grants an account. As written: negative for no limit, absent is 0.</summary>
public sealed record AccountLimitsClaim
{
    /// <summary>The value for "no limit".</summary>
    public const long NoLimit = -1;

    /// <summary>Nothing limited, JetStream off: what tools start from.</summary>
    public static AccountLimitsClaim Unlimited { get; } = new()
    {
        Subscriptions = NoLimit,
        DataBytes = NoLimit,
        PayloadBytes = NoLimit,
        Imports = NoLimit,
        Exports = NoLimit,
        WildcardExports = true,
        Connections = NoLimit,
        LeafNodes = NoLimit,
    };

    public long Subscriptions { get; init; }

    public long DataBytes { get; init; }

    public long PayloadBytes { get; init; }

    public long Imports { get; init; }

    public long Exports { get; init; }

    public bool WildcardExports { get; init; }

    /// <summary>True when no user of the account may log in without proof of its key.</summary>
    public bool DisallowBearer { get; init; }

    public long Connections { get; init; }

    public long LeafNodes { get; init; }

    /// <summary>Limits over all replication tiers. All zero when there are <see cref="JetStreamTiers"/>.</summary>
    public JetStreamLimitsClaim JetStream { get; init; } = new();

    /// <summary>Limits by tier (<c>R1</c>, <c>R3</c>…).</summary>
    public IReadOnlyDictionary<string, JetStreamLimitsClaim> JetStreamTiers { get; init; } = EmptyMap<JetStreamLimitsClaim>.Instance;

    public bool IsJetStreamEnabled => JetStreamTiers.Count > 0 ? JetStreamTiers.Values.Any(tier => tier.IsEnabled) : JetStream.IsEnabled;

    /// <summary>True when nothing at all is granted or limited.</summary>
    public bool IsEmpty => JetStreamTiers.Count == 0 && this with { JetStreamTiers = EmptyMap<JetStreamLimitsClaim>.Instance } == new AccountLimitsClaim();
}

/// <summary>JetStream of an account or one tier of it; negative for no limit.</summary>
public sealed record JetStreamLimitsClaim
{
    public long MemoryBytes { get; init; }

    public long DiskBytes { get; init; }

    public long Streams { get; init; }

    public long Consumers { get; init; }

    public long MaxAckPending { get; init; }

    public long MemoryMaxStreamBytes { get; init; }

    public long DiskMaxStreamBytes { get; init; }

    public bool MaxBytesRequired { get; init; }

    public bool IsEnabled => MemoryBytes != 0 || DiskBytes != 0;
}
