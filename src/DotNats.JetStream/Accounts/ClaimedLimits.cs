using DotNats.Security;

namespace DotNats.JetStream.Accounts;

/// <summary>From an account's claims to what its streams may use.</summary>
internal static class ClaimedLimits
{
    /// <summary>Null where JetStream is not granted.</summary>
    public static AccountLimits? Of(AccountLimitsClaim claim)
    {
        if (!claim.IsJetStreamEnabled) return null;
        if (claim.JetStreamTiers.Count == 0) return AccountLimits.Of(Of(claim.JetStream));
        return new AccountLimits(claim.JetStreamTiers.ToDictionary(static tier => tier.Key, static tier => Of(tier.Value), StringComparer.Ordinal));
    }

    private static TierLimits Of(JetStreamLimitsClaim claim) => new()
    {
        MaxMemoryBytes = claim.MemoryBytes,
        MaxStoreBytes = claim.DiskBytes,
        MaxStreams = claim.Streams,
        MaxConsumers = claim.Consumers,
        MaxAckPending = OrUnlimited(claim.MaxAckPending),
        MemoryMaxStreamBytes = OrUnlimited(claim.MemoryMaxStreamBytes),
        StoreMaxStreamBytes = OrUnlimited(claim.DiskMaxStreamBytes),
        MaxBytesRequired = claim.MaxBytesRequired,
    };

    // Compat: of these, nothing granted is no limit.
    private static long OrUnlimited(long claimed) => claimed == 0 ? -1 : claimed;
}
