using System.Runtime.CompilerServices;
using DotNats.Server.Accounts;
using DotNats.Server.Monitoring;

namespace DotNats.Server.Routing;

/// <summary>Recent match results of one receive loop: direct-mapped, keyed by account, subject bytes and interest version.</summary>
/// <remarks>Subjects of which only the first tokens decide, as of replies and acknowledgements, are kept by those (<see cref="PrefixCache"/>).</remarks>
// Owner: one loop (or one stream reader at a time); never shared. Lifetime: the loop's.
// Invariant: an entry is used only while the versions it was read under are current.
internal sealed class MatchCache
{
    // 4,096 entries: hot subjects of one loop; a larger table costs more in cache misses than it saves in lookups.
    private const int Slots = 4096;

    // A subject longer than this is looked up each time rather than kept.
    private const int MaxKeptSubjectBytes = 256;

    private readonly Entry[] _entries = new Entry[Slots];
    private readonly PrefixCache _prefixes = new();

    // Hash of the subject that was last looked for in vain in each place: one that comes again is worth a place of its own.
    private readonly uint[] _missed = new uint[Slots];
    private int _last;
    private bool _wasPrefix;

    public long Hits;
    public long Lookups;

    // By reference: a view in a field goes over in two words, and the second was written as half of one (see Message.Split).
    public MatchResult Find(DeliveryContext context, Account account, in ReadOnlySpan<byte> subject)
    {
        Lookups++;
        // Publishers mostly stay with a subject for a while: that of the message before needs no hash.
        ref Entry entry = ref _entries[_last];
        if (!ReferenceEquals(entry.Account, account) || !SubjectKey.AreEqual(subject, entry.Subject))
        {
            // Replies come in rows: their places in the table would each be a cache miss.
            if (_wasPrefix && _prefixes.TryFind(account, subject, out MatchResult? known))
            {
                Hits++;
                return known;
            }

            _wasPrefix = false;
            uint hash = SubjectKey.Hash(subject);
            _last = (int)(hash % Slots);
            entry = ref _entries[_last];
            if (!ReferenceEquals(entry.Account, account) || !SubjectKey.AreEqual(subject, entry.Subject)) return FindPrefix(context, account, subject, hash, ref entry);
        }

        InterestVersions versions = account.Subscriptions.Versions;
        int any = versions.Any;
        if (any != entry.Any)
        {
            if (versions.Read(entry.FirstTokenHash, entry.TwoTokensHash) != entry.Stamp) return FindSlow(context, account, subject, ref entry);
            entry.Any = any;
        }

        Hits++;
        return entry.Result!;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private MatchResult FindPrefix(DeliveryContext context, Account account, ReadOnlySpan<byte> subject, uint hash, ref Entry entry)
    {
        ref uint missed = ref _missed[hash % Slots];
        bool comesAgain = missed == hash;
        missed = hash;
        if (comesAgain || !_prefixes.TryFind(account, subject, out MatchResult? known)) return FindSlow(context, account, subject, ref entry, comesAgain);
        Hits++;
        _wasPrefix = true;
        return known;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private MatchResult FindSlow(DeliveryContext context, Account account, ReadOnlySpan<byte> subject, ref Entry entry, bool comesAgain = true)
    {
        // The table has a lock of its own: a held connection must be let go first, locks are never nested.
        context.ReleaseHeld();
        InterestVersions.PrefixHashes(subject, out uint first, out uint two, out _, out _);
        // Read before the match: a change in between makes the entry stale, never wrong.
        int any = account.Subscriptions.Versions.Any;
        InterestVersions.Stamp stamp = account.Subscriptions.Versions.Read(first, two);
        MatchResult result = account.Subscriptions.Match(subject, out int decided);
        if (!context.CacheEnabled || subject.Length > MaxKeptSubjectBytes) return result;
        // One of many that are decided alike does not take the place of one that comes again.
        if (!comesAgain && _prefixes.TryKeep(account, subject, decided, stamp, result)) return result;
        byte[] kept = entry.Subject is { } old && old.Length == subject.Length ? old : new byte[subject.Length];
        subject.CopyTo(kept);
        entry = new Entry { Any = any, Account = account, Subject = kept, FirstTokenHash = first, TwoTokensHash = two, Stamp = stamp, Result = result };
        return result;
    }

    /// <summary>Adds what the cache holds and how often it knew the answer. Any thread: entries that change meanwhile count as they are found.</summary>
    public void Measure(string? accountName, ref SubscriptionTableFacts facts)
    {
        if (accountName is null)
        {
            long hits = Volatile.Read(ref Hits);
            facts.CacheHits += hits;
            facts.Matches += hits;
        }

        foreach (ref readonly Entry entry in _entries.AsSpan())
        {
            if (entry.Result is not { } result || (accountName is not null && entry.Account?.Name != accountName)) continue;
            facts.CacheEntries++;
            facts.CachedFanout += result.Count;
            facts.MaxFanout = Math.Max(facts.MaxFanout, result.Count);
        }
    }

    private struct Entry
    {
        public int Any;
        public uint FirstTokenHash;
        public uint TwoTokensHash;
        public InterestVersions.Stamp Stamp;
        public Account? Account;
        public byte[]? Subject;
        public MatchResult? Result;
    }
}
