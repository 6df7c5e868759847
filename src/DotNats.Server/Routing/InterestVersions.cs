using System.Runtime.CompilerServices;

namespace DotNats.Server.Routing;

/// <summary>Counters that tell a match cache whether an account's interest may have changed for a subject.</summary>
/// <remarks>
/// One counter for the whole account would throw away everybody's cached matches at each SUB. A subscription whose first two tokens
/// are literal can only touch subjects that start with them, so it counts in a bucket of those two; a wildcard further up counts higher.
/// </remarks>
// Owner: the account's SubscriptionTable, which bumps under its lock after the change. Anyone reads without a lock.
internal sealed class InterestVersions
{
    // 512 buckets of each kind: 8 KiB an account that has subscriptions; collisions only cost a needless lookup.
    private const int Buckets = 512;

    private readonly int[] _byFirstToken = new int[Buckets];
    private readonly int[] _byTwoTokens = new int[Buckets];
    private int _all;
    private int _any;

    /// <summary>Changes with every change of interest: while it stands still, nothing has to be compared.</summary>
    public int Any => Volatile.Read(ref _any);

    /// <summary>What a cache entry keeps for a literal subject; changes whenever a subscription that could match it comes or goes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Stamp Read(uint firstTokenHash, uint twoTokensHash) => new(
        Volatile.Read(ref _all),
        Volatile.Read(ref _byFirstToken[firstTokenHash % Buckets]),
        Volatile.Read(ref _byTwoTokens[twoTokensHash % Buckets]));

    /// <summary>Counts a change of interest in <paramref name="filter"/>. The caller holds the table's lock.</summary>
    public void Bump(ReadOnlySpan<byte> filter)
    {
        PrefixHashes(filter, out uint first, out uint two, out bool firstIsWild, out bool secondIsWild);
        if (firstIsWild) Volatile.Write(ref _all, _all + 1);
        else if (secondIsWild) Volatile.Write(ref _byFirstToken[first % Buckets], _byFirstToken[first % Buckets] + 1);
        else Volatile.Write(ref _byTwoTokens[two % Buckets], _byTwoTokens[two % Buckets] + 1);
        // Last: who sees the old value here may use what it knew before this change, who sees the new one compares.
        Volatile.Write(ref _any, _any + 1);
    }

    /// <summary>Hashes of the first token and of the first two (FNV-1a over the bytes, the dot included).</summary>
    public static void PrefixHashes(ReadOnlySpan<byte> subject, out uint first, out uint two, out bool firstIsWild, out bool secondIsWild)
    {
        uint hash = 2166136261;
        int at = 0;
        while (at < subject.Length && subject[at] != '.') hash = (hash ^ subject[at++]) * 16777619;
        first = hash;
        firstIsWild = IsWildcard(subject[..at]);
        int second = at + 1;
        if (at < subject.Length)
        {
            hash = (hash ^ '.') * 16777619;
            at++;
            while (at < subject.Length && subject[at] != '.') hash = (hash ^ subject[at++]) * 16777619;
        }

        two = hash;
        secondIsWild = second < subject.Length && IsWildcard(subject[second..at]);
    }

    private static bool IsWildcard(ReadOnlySpan<byte> token) => token.Length == 1 && (token[0] == '*' || token[0] == '>');

    /// <summary>The three counters at one moment.</summary>
    internal readonly record struct Stamp(int All, int FirstToken, int TwoTokens);
}
