using DotNats.Primitives;

namespace DotNats.Server.Routing;

/// <summary>All interest of one account.</summary>
// Owner: its lock. SUB, UNSUB and cache misses take it; a cache hit only compares versions.
// Lifetime: the account's. Invariant: Count == Inserts - Removes.
internal sealed class SubscriptionTable
{
    private readonly Lock _gate = new();
    private readonly SubjectTrie<Subscription> _trie = new();
    private readonly List<Subscription> _plain = [];
    private readonly List<Subscription> _queued = [];
    private readonly List<Subscription> _denied = [];
    private InterestWatches? _watches;
    private long _inserts;
    private long _removes;
    private long _matches;

    public InterestVersions Versions { get; } = new();

    public int Count
    {
        get { lock (_gate) return _trie.Count; }
    }

    public long Inserts => Volatile.Read(ref _inserts);

    public long Removes => Volatile.Read(ref _removes);

    /// <summary>Lookups that no match cache could answer.</summary>
    public long Matches => Volatile.Read(ref _matches);

    public void Add(Subscription subscription)
    {
        lock (_gate)
        {
            _trie.Add(subscription);
            _inserts++;
            Versions.Bump(subscription.Subject);
        }

        Volatile.Read(ref _watches)?.OnChanged(subscription.Subject);
    }

    public bool Remove(Subscription subscription)
    {
        lock (_gate)
        {
            if (!_trie.Remove(subscription)) return false;
            _removes++;
            Versions.Bump(subscription.Subject);
        }

        Volatile.Read(ref _watches)?.OnChanged(subscription.Subject);
        return true;
    }

    /// <summary>Has somebody told when subscriptions to a literal subject come and go. Any thread that holds no lock.</summary>
    public void Watch(string subject, IInterestWatcher watcher)
    {
        if (Volatile.Read(ref _watches) is null) Interlocked.CompareExchange(ref _watches, new InterestWatches(), null);
        Volatile.Read(ref _watches)!.Add(subject, watcher);
    }

    public void Unwatch(string subject, IInterestWatcher watcher) => Volatile.Read(ref _watches)?.Remove(subject, watcher);

    /// <summary>Whom this subscription takes from has changed, though not its subject: no match from before counts any more.</summary>
    public void Review(Subscription subscription)
    {
        lock (_gate) Versions.Bump(subscription.Subject);
    }

    /// <summary>Everybody whose filter matches a literal subject, and who may have it.</summary>
    public MatchResult Match(ReadOnlySpan<byte> subject) => Match(subject, out _);

    /// <summary>The same.</summary>
    /// <param name="decided">How many of the subject's first bytes decided, see <see cref="SubjectTrie{T}.Match"/>.</param>
    public MatchResult Match(ReadOnlySpan<byte> subject, out int decided)
    {
        lock (_gate)
        {
            _matches++;
            var sink = new MatchSink(subject, _plain, _queued, _denied);
            decided = _trie.Match(subject, ref sink);
            // Deny clauses look at all of it.
            if (sink.HasAsked) decided = subject.Length;
            if (_plain.Count == 0 && _queued.Count == 0 && _denied.Count == 0) return MatchResult.Empty;
            // Replies have a subject of their own each and mostly one subscription for all of them: a result of its own costs nothing.
            MatchResult result = _plain.Count == 1 && _queued.Count == 0 && _denied.Count == 0
                ? _plain[0].MatchOfItself ??= new MatchResult([_plain[0]], [])
                : new MatchResult(_plain.ToArray(), GroupByQueue(_queued), _denied.ToArray());
            _plain.Clear();
            _queued.Clear();
            _denied.Clear();
            return result;
        }
    }

    public bool HasInterest(ReadOnlySpan<byte> subject)
    {
        lock (_gate) return _trie.HasMatch(subject);
    }

    /// <summary>Whether a message would reach anybody but one subscriber; null leaves nobody out.</summary>
    public bool HasInterestBesides(ReadOnlySpan<byte> subject, ISubscriber? but)
    {
        if (but is null) return HasInterest(subject);
        var sink = new OthersSink(but);
        lock (_gate) _trie.Match(subject, ref sink);
        return sink.Found;
    }

    /// <summary>Every subscription at this moment, for monitoring.</summary>
    public Subscription[] Snapshot()
    {
        lock (_gate)
        {
            var all = new List<Subscription>(_trie.Count);
            var sink = new AllSink(all);
            _trie.ForEach(ref sink);
            return all.ToArray();
        }
    }

    private static Subscription[][] GroupByQueue(List<Subscription> queued)
    {
        if (queued.Count == 0) return [];
        var groups = new List<List<Subscription>>();
        foreach (Subscription subscription in queued)
        {
            List<Subscription>? group = null;
            foreach (List<Subscription> candidate in groups)
            {
                if (!candidate[0].Queue.AsSpan().SequenceEqual(subscription.Queue)) continue;
                group = candidate;
                break;
            }

            if (group is null) groups.Add([subscription]);
            else group.Add(subscription);
        }

        var result = new Subscription[groups.Count][];
        for (int i = 0; i < result.Length; i++) result[i] = groups[i].ToArray();
        return result;
    }

    private ref struct MatchSink(ReadOnlySpan<byte> subject, List<Subscription> plain, List<Subscription> queued, List<Subscription> denied)
        : IMatchSink<Subscription>
    {
        private readonly ReadOnlySpan<byte> _subject = subject;

        /// <summary>Some subscriber was asked whether it may have the subject.</summary>
        public bool HasAsked { get; private set; }

        // Here rather than at each delivery: a match is kept as long as nothing changes, so that deny clauses cost messages nothing.
        public void OnMatch(Subscription entry)
        {
            HasAsked |= entry.FilterDeliveries;
            if (entry.FilterDeliveries && !entry.Subscriber.Admits(entry, _subject)) denied.Add(entry);
            else (entry.Queue is null ? plain : queued).Add(entry);
        }
    }

    private readonly struct AllSink(List<Subscription> all) : IMatchSink<Subscription>
    {
        public void OnMatch(Subscription entry) => all.Add(entry);
    }

    private struct OthersSink(ISubscriber but) : IMatchSink<Subscription>
    {
        public bool Found { get; private set; }

        public void OnMatch(Subscription entry) => Found |= !ReferenceEquals(entry.Subscriber, but);
    }
}
