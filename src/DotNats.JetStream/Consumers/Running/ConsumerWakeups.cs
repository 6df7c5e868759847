using DotNats.Primitives;
using DotNats.Storage;

namespace DotNats.JetStream.Consumers;

/// <summary>
/// Tells a stream's consumers what is stored and removed: counts for each what matches its filters, and wakes those that wait for it, once for
/// all messages of a commit. Consumers of other subjects cost a message nothing.
/// </summary>
// Owner: the stream's runner. Anyone asks HasAny and reads AllStored; the log's word comes on any thread.
// Compat: messages are delivered once they are in the log, as nats-server does, which syncs later still. Only those that copy the stream wait until it is safe.
internal sealed class ConsumerWakeups
{
    // With so few filters, trying them one by one is faster than a lookup.
    private const int FewFilters = 4;

    private readonly List<ConsumerInterest> _all = [];
    private readonly List<ConsumerInterest> _unfiltered = [];
    private readonly List<FilterEntry> _filters = [];
    private readonly SubjectTrie<FilterEntry> _trie = new();
    private readonly List<ConsumerInterest> _touched = [];
    private readonly List<ConsumerInterest> _toTell = [];
    private volatile ConsumerInterest[] _copiers = [];
    private ulong _safe;
    private bool _hasNewForAll;
    private long _allStored;
    private volatile int _count;

    /// <summary>Messages that were stored, whatever their subject.</summary>
    public long AllStored => Volatile.Read(ref _allStored);

    public bool HasAny => _count > 0;

    /// <summary>Somebody copies the stream: the log's word about each commit has to come to <see cref="OnSafe"/>.</summary>
    public bool HasCopiers => _copiers.Length > 0;

    /// <summary>Sequence up to which the stream is safe, as far as anybody who copies it has to know.</summary>
    public ulong Safe => Volatile.Read(ref _safe);

    /// <summary>Everyone who wants something.</summary>
    public IReadOnlyList<ConsumerInterest> All => _all;

    public void Add(ConsumerInterest interest)
    {
        _all.Add(interest);
        if (interest.IsForCopies) _copiers = [.. _copiers, interest];
        if (interest.Filters is null) _unfiltered.Add(interest);
        foreach (FilterEntry entry in interest.Entries)
        {
            _filters.Add(entry);
            _trie.Add(entry);
        }

        _count = _all.Count;
    }

    public void Remove(ConsumerInterest interest)
    {
        _all.Remove(interest);
        if (interest.IsForCopies) _copiers = [.. _copiers.Where(other => !ReferenceEquals(other, interest))];
        _unfiltered.Remove(interest);
        foreach (FilterEntry entry in interest.Entries)
        {
            _filters.Remove(entry);
            _trie.Remove(entry);
        }

        _count = _all.Count;
    }

    /// <summary>Whether some consumer wants messages of a subject.</summary>
    public bool Wants(ReadOnlySpan<byte> subject)
    {
        if (_unfiltered.Count > 0) return true;
        return _filters.Count > 0 && _trie.HasMatch(subject);
    }

    /// <summary>A message was stored.</summary>
    public void OnStored(ReadOnlySpan<byte> subject)
    {
        if (_count == 0) return;
        Volatile.Write(ref _allStored, _allStored + 1);
        _hasNewForAll = true;
        if (_filters.Count == 0) return;
        if (_filters.Count > FewFilters)
        {
            var sink = new StoredSink(this);
            _trie.Match(subject, ref sink);
            return;
        }

        foreach (FilterEntry entry in _filters)
        {
            if (Subjects.Matches(subject, entry.Subject)) Touch(entry.Interest);
        }
    }

    /// <summary>Whose acknowledgement removes messages at the moment: it need not be told. Null for nobody's.</summary>
    public ConsumerInterest? Acker { get; set; }

    /// <summary>A message is gone.</summary>
    public void OnRemoved(ulong sequence, ReadOnlySpan<byte> subject, RemovalReason reason)
    {
        if (_count == 0) return;
        // It could have been anyone's.
        if (subject.IsEmpty)
        {
            MarkUnsure();
            return;
        }

        _toTell.Clear();
        foreach (ConsumerInterest interest in _unfiltered) Removed(interest, sequence);
        if (_filters.Count > FewFilters)
        {
            var sink = new RemovedSink(this, sequence);
            _trie.Match(subject, ref sink);
        }
        else
        {
            foreach (FilterEntry entry in _filters)
            {
                if (Subjects.Matches(subject, entry.Subject)) Removed(entry.Interest, sequence);
            }
        }

        // Of a purge they are told as a whole.
        if (reason == RemovalReason.Purged) return;
        foreach (ConsumerInterest interest in _toTell)
        {
            if (!ReferenceEquals(interest, Acker)) interest.Consumer.PostRemoved(sequence);
        }
    }

    /// <summary>Messages were purged: consumers that want some of them need not wait for these any more.</summary>
    /// <param name="filter">Subject or wildcard; empty for all.</param>
    // Compat: consumers begin behind what was purged, even where they had not come so far.
    public void OnPurged(IMessageLog log, ReadOnlySpan<byte> filter)
    {
        if (_count == 0) return;
        LogState state = log.State;
        ulong first = filter.IsEmpty ? state.FirstSequence : log.GetFiltered(state.FirstSequence, filter).FirstSequence;
        if (first == 0) first = state.LastSequence + 1;
        foreach (ConsumerInterest interest in _all)
        {
            bool isAll = filter.IsEmpty || (interest.Filters is not null && interest.IsInside(filter));
            if (isAll) interest.Consumer.PostPurged(first, isWider: false);
            else if (interest.Overlaps(filter)) interest.Consumer.PostPurged(state.FirstSequence, isWider: true);
        }
    }

    /// <summary>Messages went that were not looked at one by one.</summary>
    public void MarkUnsure()
    {
        foreach (ConsumerInterest interest in _all) interest.MarkUnsure();
    }

    /// <summary>Wakes those who wait for what was stored since the last time.</summary>
    public void Commit()
    {
        if (_hasNewForAll)
        {
            _hasNewForAll = false;
            foreach (ConsumerInterest interest in _unfiltered) if (!interest.IsForCopies) WakeIfWaiting(interest);
        }

        if (_touched.Count == 0) return;
        foreach (ConsumerInterest interest in _touched)
        {
            interest.IsTouched = false;
            if (!interest.IsForCopies) WakeIfWaiting(interest);
        }

        _touched.Clear();
    }

    /// <summary>The stream is safe up to a sequence: those who copy it may have that. Any thread, one at a time.</summary>
    public void OnSafe(ulong sequence)
    {
        Interlocked.Exchange(ref _safe, sequence);
        foreach (ConsumerInterest interest in _copiers) WakeIfWaiting(interest);
    }

    private static void WakeIfWaiting(ConsumerInterest interest)
    {
        if (interest.TakeWaiting()) interest.Consumer.Wake();
    }

    private void Touch(ConsumerInterest interest)
    {
        interest.CountStored();
        if (interest.IsTouched) return;
        interest.IsTouched = true;
        _touched.Add(interest);
    }

    private void Removed(ConsumerInterest interest, ulong sequence)
    {
        if (interest.CountRemoved(sequence)) _toTell.Add(interest);
    }

    private readonly struct StoredSink(ConsumerWakeups wakeups) : IMatchSink<FilterEntry>
    {
        public void OnMatch(FilterEntry entry) => wakeups.Touch(entry.Interest);
    }

    private readonly struct RemovedSink(ConsumerWakeups wakeups, ulong sequence) : IMatchSink<FilterEntry>
    {
        public void OnMatch(FilterEntry entry) => wakeups.Removed(entry.Interest, sequence);
    }
}
