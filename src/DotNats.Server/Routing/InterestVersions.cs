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
    // Buckets of each kind: 128 bytes an account where little happens, 4 KiB after some changes. Collisions only cost a needless lookup.
    private const int FewBuckets = 16;
    private const int ManyBuckets = 512;
    private const int ChangesUntilMany = 128;

    // Those of first tokens, then those of two tokens.
    private int[] _counters = new int[2 * FewBuckets];
    private int _all;
    private int _any;

    /// <summary>Changes with every change of interest: while it stands still, nothing has to be compared.</summary>
    public int Any => Volatile.Read(ref _any);

    /// <summary>What a cache entry keeps for a literal subject; changes whenever a subscription that could match it comes or goes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Stamp Read(uint firstTokenHash, uint twoTokensHash)
    {
        // In this order: with other buckets comes another value of this one.
        int all = Volatile.Read(ref _all);
        int[] counters = Volatile.Read(ref _counters);
        uint buckets = (uint)counters.Length / 2;
        return new Stamp(
            all,
            Volatile.Read(ref counters[firstTokenHash & (buckets - 1)]),
            Volatile.Read(ref counters[buckets + (twoTokensHash & (buckets - 1))]));
    }

    /// <summary>Counts a change of interest in <paramref name="filter"/>. The caller holds the table's lock.</summary>
    public void Bump(ReadOnlySpan<byte> filter)
    {
        PrefixHashes(filter, out uint first, out uint two, out bool firstIsWild, out bool secondIsWild);
        if (_any == ChangesUntilMany) TakeMany();
        uint buckets = (uint)_counters.Length / 2;
        if (firstIsWild) Volatile.Write(ref _all, _all + 1);
        else if (secondIsWild) Count(first & (buckets - 1));
        else Count(buckets + (two & (buckets - 1)));
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

    // Every stamp taken before is another from here on.
    private void TakeMany()
    {
        Volatile.Write(ref _counters, new int[2 * ManyBuckets]);
        Volatile.Write(ref _all, _all + 1);
    }

    private void Count(uint bucket) => Volatile.Write(ref _counters[bucket], _counters[bucket] + 1);

    private static bool IsWildcard(ReadOnlySpan<byte> token) => token.Length == 1 && (token[0] == '*' || token[0] == '>');

    /// <summary>The three counters at one moment.</summary>
    internal readonly record struct Stamp(int All, int FirstToken, int TwoTokens);
}
