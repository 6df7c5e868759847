namespace DotNats.Storage;

/// <summary>The messages of a stream that lives in memory: gone with the process, committed at once.</summary>
// Owner: as IMessageLog says. _contents is guarded by _gate; _removed and _committed are the writer's; _options is replaced whole by the writer.
// Lifetime: until DisposeAsync; afterwards it is empty, takes nothing and finds nothing.
public sealed class MemoryLog : IMessageLog
{
    private readonly Lock _gate = new();
    private readonly ILogListener _listener;
    private readonly MemoryContents _contents;
    private readonly RemovedMessages _removed = new();
    private LogOptions _options;
    private long _position;
    private long _committed;
    private volatile bool _isClosed;

    public MemoryLog(LogOptions options, ILogListener listener)
    {
        (_options, _listener) = (options, listener);
        _contents = new MemoryContents(options.FirstSequence);
    }

    public LogState State
    {
        get
        {
            lock (_gate) return _contents.State;
        }
    }

    public LogOptions Options => Volatile.Read(ref _options);

    /// <remarks>Always empty.</remarks>
    public IReadOnlyList<LogDamage> Damage => [];

    public long Position => Volatile.Read(ref _position);

    public bool IsClosed => _isClosed;

    // Only the writer changes it, so it may read it without the gate.
    private ulong LastSequence => _contents.LastSequence;

    /// <summary>Bytes of all arrays that hold messages.</summary>
    internal long HeldBytes
    {
        get
        {
            lock (_gate) return _contents.Messages.HeldBytes;
        }
    }

    public long NextExpiry
    {
        get
        {
            lock (_gate) return NextExpiryUnderGate();
        }
    }

    // ---- The writer's ----

    public AppendResult Append(in NewMessage message)
    {
        if (!MemoryMessages.IsStorable(message)) return new AppendResult(LogStatus.Refused, 0);
        MessageFacts facts = message.Headers.IsEmpty || _options.Inspector is not { } inspector
            ? default
            : inspector.Inspect(message.Subject, message.Headers, message.Timestamp);
        ulong sequence;
        lock (_gate)
        {
            if (_isClosed) return new AppendResult(LogStatus.Failed, 0);
            ulong last = _contents.LastSequence;
            sequence = message.Sequence == 0 ? last + 1 : message.Sequence;
            if (sequence <= last) return new AppendResult(LogStatus.Refused, 0);
            SubjectEntry entry = _contents.Add(sequence, message, facts);
            long most = _options.MaxMessagesPerSubject;
            if (most > 0 && entry.Count > (ulong)most) _contents.Shorten(message.Subject, most, _removed);
            while (_contents.IsOver(_options)) _contents.Remove(_contents.FirstSequence, erase: false, RemovalReason.Limit, _removed);
        }

        Changed(1 + _removed.Count);
        return new AppendResult(LogStatus.Ok, sequence);
    }

    public LogStatus Skip(ulong count, long timestamp = 0)
    {
        if (count == 0) return LogStatus.Ok;
        lock (_gate)
        {
            if (_isClosed) return LogStatus.Failed;
            if (count > ulong.MaxValue - _contents.LastSequence) return LogStatus.Refused;
            _contents.Skip(count, timestamp);
        }

        Changed(1);
        return LogStatus.Ok;
    }

    public void Commit()
    {
        if (_committed == _position) return;
        _committed = _position;
        _listener.OnCommitted(_committed);
    }

    public bool Remove(ulong sequence, bool erase)
    {
        lock (_gate)
        {
            if (_contents.Messages.Map.Find(sequence) == 0) return false;
            _contents.Remove(sequence, erase, RemovalReason.Removed, _removed);
        }

        Changed(1);
        return true;
    }

    public ulong Purge(ReadOnlySpan<byte> filter, ulong before, ulong keep)
    {
        // Compat: nats-server takes "before 1" as "nothing".
        if (before == 1) return 0;
        if (keep > 0 || !(filter.IsEmpty || filter.SequenceEqual(">"u8))) return PurgeMatching(filter, before, keep);
        if (before == 0) return PurgeAll(LastSequence + 1);
        // Compat: a purge up to a sequence that is not there yet makes it the next one.
        return before > LastSequence ? PurgeAll(before) : Run(new FrontRemoval(before));
    }

    public void Truncate(ulong lastSequence)
    {
        if (lastSequence >= LastSequence) return;
        Run(new TailRemoval(lastSequence));
        Changed(1);
    }

    public bool Expire(long now, int maxCount)
    {
        Run(new ExpiryRemoval(_options, now, maxCount));
        return NextExpiry <= now;
    }

    public void Update(LogOptions options)
    {
        LogOptions before = _options;
        Volatile.Write(ref _options, options);
        if (!ReferenceEquals(before.Inspector, options.Inspector))
        {
            lock (_gate) _contents.Inspect(options.Inspector);
        }

        Run(new LimitRemoval(options));
        long most = options.MaxMessagesPerSubject;
        if (most > 0 && (before.MaxMessagesPerSubject <= 0 || most < before.MaxMessagesPerSubject)) Run(new SubjectLimitRemoval(_contents, most));
    }

    public ValueTask DisposeAsync()
    {
        Commit();
        MemoryMessages messages;
        lock (_gate)
        {
            if (_isClosed) return default;
            _isClosed = true;
            messages = _contents.TakeAll(_contents.LastSequence + 1);
        }

        messages.Release();
        return default;
    }

    // ---- Anyone's ----

    public ReadStatus TryRead(ulong sequence, MessageBuffer target)
    {
        lock (_gate)
        {
            if (Read(sequence, target) == ReadStatus.Found) return ReadStatus.Found;
            return sequence >= _contents.FirstSequence && sequence <= _contents.LastSequence ? ReadStatus.Deleted : ReadStatus.NotFound;
        }
    }

    public ReadStatus TryReadNext(ulong from, SubjectFilters? filters, MessageBuffer target)
    {
        var filter = new MessageFilter(filters);
        var progress = new SearchProgress(Math.Max(from, 1));
        while (true)
        {
            lock (_gate)
            {
                _contents.Search.Next(ref progress, filter);
                if (progress.IsDone) return Read(progress.Found, target);
            }
        }
    }

    public ReadStatus TryReadPrevious(ulong from, SubjectFilters? filters, MessageBuffer target)
    {
        var filter = new MessageFilter(filters);
        var progress = new SearchProgress(from);
        while (true)
        {
            lock (_gate)
            {
                _contents.Search.Previous(ref progress, filter);
                if (progress.IsDone) return Read(progress.Found, target);
            }
        }
    }

    public ReadStatus TryReadLast(ReadOnlySpan<byte> filter, MessageBuffer target)
    {
        bool isAll = filter.IsEmpty || filter.SequenceEqual(">"u8);
        lock (_gate) return Read(isAll ? _contents.LastSequence : _contents.Search.Last(new MessageFilter(filter)), target);
    }

    public ulong FirstSequenceSince(long time)
    {
        lock (_gate)
        {
            ulong sequence = _contents.Messages.FirstSince(time);
            return sequence == 0 ? _contents.LastSequence + 1 : sequence;
        }
    }

    public PendingCount CountPending(ulong from, SubjectFilters? filters, bool lastPerSubject)
    {
        SumProgress sum = Sum(from, new MessageFilter(filters), lastPerSubject, out ulong last);
        return new PendingCount(sum.Messages, last);
    }

    public SubjectState GetFiltered(ulong from, ReadOnlySpan<byte> filter) => Sum(from, new MessageFilter(filter), lastPerSubject: false, out _).State;

    public SubjectState GetSubject(ReadOnlySpan<byte> subject)
    {
        lock (_gate) return _contents.Messages.Index.TryGet(subject, out SubjectEntry entry) ? new SubjectState(entry.Count, entry.First, entry.Last) : default;
    }

    public void CopySubjects(ReadOnlySpan<byte> filter, ICollection<KeyValuePair<string, ulong>> target)
    {
        var walk = new SubjectWalkPortion();
        while (!walk.IsDone)
        {
            lock (_gate) _contents.Search.CopySubjects(filter, ref walk, target);
        }
    }

    public int CountSubjects(ReadOnlySpan<byte> filter)
    {
        lock (_gate) return _contents.Messages.Index.CountMatches(filter);
    }

    public bool TryCopyLastSequences(SubjectFilters? filters, ulong upTo, int maxCount, List<ulong> target)
    {
        lock (_gate) return _contents.Search.TryCopyLast(new MessageFilter(filters), upTo == 0 ? ulong.MaxValue : upTo, maxCount, target);
    }

    public void CopyDeleted(List<ulong> target)
    {
        lock (_gate)
        {
            ulong expected = _contents.FirstSequence;
            SequenceMap map = _contents.Messages.Map;
            for (ulong sequence = map.First; sequence != 0; sequence = map.NextFrom(sequence + 1))
            {
                for (; expected < sequence; expected++) target.Add(expected);
                expected++;
            }

            if (map.Count == 0) return;
            for (; expected <= _contents.LastSequence; expected++) target.Add(expected);
        }
    }

    public void CopyMarked(List<ulong> target)
    {
        lock (_gate) _contents.Messages.CopyMarked(target);
    }

    private ReadStatus Read(ulong sequence, MessageBuffer target)
    {
        if (sequence == 0 || !_contents.Messages.TryGet(sequence, out MemoryRecord record)) return ReadStatus.NotFound;
        target.Set(sequence, record.Header.Timestamp, record.Subject, record.Headers, record.Payload);
        return ReadStatus.Found;
    }

    private SumProgress Sum(ulong from, in MessageFilter filter, bool lastPerSubject, out ulong last)
    {
        SumProgress progress;
        lock (_gate)
        {
            last = _contents.LastSequence;
            progress = _contents.Sums.Start(from, filter, lastPerSubject);
        }

        while (!progress.IsDone)
        {
            lock (_gate) _contents.Sums.Continue(ref progress, filter, lastPerSubject);
        }

        return progress;
    }

    // ---- The writer's parts ----

    /// <summary>Moves the log's position and tells of what was removed.</summary>
    private void Changed(long count)
    {
        Volatile.Write(ref _position, _position + count);
        _removed.Tell(_listener);
    }

    /// <summary>Does all of a work, in portions, and returns how many messages it removed.</summary>
    private ulong Run(MemoryRemoval removal)
    {
        ulong count = 0;
        bool isMore = true;
        while (isMore)
        {
            lock (_gate) isMore = removal.Continue(_contents, _removed);
            count += (ulong)_removed.Count;
            if (_removed.Count > 0) Changed(_removed.Count);
        }

        return count;
    }

    private long NextExpiryUnderGate()
    {
        long earliest = _contents.Messages.Deadlines.Earliest;
        long age = ExpiryRemoval.AgeOf(_options);
        ulong sequence = age > 0 ? _contents.NextToAge() : 0;
        if (sequence == 0) return earliest;
        long timestamp = _contents.Messages[sequence].Header.Timestamp;
        return timestamp > long.MaxValue - age ? earliest : Math.Min(earliest, timestamp + age);
    }

    private ulong PurgeAll(ulong firstSequence)
    {
        MemoryMessages messages;
        lock (_gate) messages = _contents.TakeAll(firstSequence);
        Changed(1);
        ulong count = messages.Count;
        for (ulong sequence = messages.Map.First; sequence != 0; sequence = messages.Map.NextFrom(sequence + 1))
        {
            MemoryRecord record = messages[sequence];
            bool isLast = record.Header.NextOfSubject == 0;
            _listener.OnRemoved(sequence, record.Subject, record.Headers, record.CountedBytes, RemovalReason.Purged, isLast);
        }

        messages.Release();
        return count;
    }

    private ulong PurgeMatching(ReadOnlySpan<byte> filter, ulong before, ulong keep)
    {
        ulong most = ulong.MaxValue;
        if (keep > 0)
        {
            ulong matching = GetFiltered(0, filter).Messages;
            if (keep >= matching) return 0;
            most = matching - keep;
        }

        return Run(new MatchRemoval(_contents, filter, before == 0 ? ulong.MaxValue : before, most));
    }
}
