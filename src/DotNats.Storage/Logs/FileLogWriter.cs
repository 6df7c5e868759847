namespace DotNats.Storage;

/// <summary>The writer's half of a file log: what changes it.</summary>
// Owner: one FileLog; used by one thread at a time. Everything others see is changed under the log's gate, a step at a time; listeners are
// told outside it.
internal sealed class FileLogWriter(FileLog log, Lock gate, LogContents contents, LogSurgery surgery, LogOptions options, ILogListener listener)
{
    private readonly LogContents _contents = contents;
    private readonly LogReader _reader = new(contents);
    private readonly LogCounter _counter = new(contents);
    private readonly FirstTimes _firstTimes = new(contents);
    private readonly RemovedMessage _removed = new();
    private LogOptions _options = options;
    private int _blockBytes = BlockSizes.Choose(options);

    public LogOptions Options => Volatile.Read(ref _options);

    /// <summary>Bytes of a block written from now on.</summary>
    public int BlockBytes => _blockBytes;

    private long AgeNanoseconds => _options.MaxAge.Ticks > long.MaxValue / TimeSpan.NanosecondsPerTick
        ? long.MaxValue
        : _options.MaxAge.Ticks * TimeSpan.NanosecondsPerTick;

    public AppendResult Append(in NewMessage message)
    {
        MessageFacts facts = message.Headers.IsEmpty || _options.Inspector is not { } inspector
            ? default
            : inspector.Inspect(message.Subject, message.Headers, message.Timestamp);
        ulong sequence;
        bool isOver;
        lock (gate)
        {
            if (_contents.Status != LogStatus.Ok) return new AppendResult(_contents.Status, 0);
            sequence = message.Sequence == 0 ? _contents.LastSequence + 1 : message.Sequence;
            if (sequence <= _contents.LastSequence || sequence >= BlockFormat.TombstoneBit || !BlockFormat.Fits(message))
                return new AppendResult(LogStatus.Refused, 0);
            SubjectEntry subject = _contents.Append(sequence, message, _blockBytes);
            _contents.Note(sequence, facts, message.Timestamp);
            isOver = IsOverLimits() || IsOver(subject.Count, _options.MaxMessagesPerSubject);
        }

        if (isOver) EnforceLimits(message.Subject);
        return new AppendResult(LogStatus.Ok, sequence);
    }

    public LogStatus Skip(ulong count, long timestamp)
    {
        lock (gate)
        {
            if (_contents.Status != LogStatus.Ok || count == 0) return _contents.Status;
            if (count >= BlockFormat.TombstoneBit - _contents.LastSequence) return LogStatus.Refused;
            _contents.Skip(_contents.LastSequence + count, timestamp == 0 ? _contents.LastTime : timestamp, _blockBytes);
            return LogStatus.Ok;
        }
    }

    /// <summary>Removes one message and tells of it.</summary>
    /// <param name="tombstone">The file has to remember it; otherwise the same limits will remove it again, or its block goes.</param>
    /// <param name="erase">Its bytes are to be overwritten.</param>
    /// <param name="subject">Where it is known without reading the message.</param>
    public bool Remove(ulong sequence, RemovalReason reason, bool tombstone, bool erase = false, ReadOnlySpan<byte> subject = default)
    {
        listener.OnRemoving(sequence);
        if (!TryTakeOut(sequence, reason, tombstone, erase, subject)) return false;
        listener.OnRemoved(sequence, _removed.Subject, _removed.Headers, _removed.Bytes, reason, _removed.IsLastOfSubject);
        return true;
    }

    /// <summary>Removes what is long gone for everyone: recovery found its tombstone, or has to have one written.</summary>
    public void Settle(Recovery recovery)
    {
        foreach (ulong sequence in recovery.Deleted) TryTakeOut(sequence, RemovalReason.Removed, tombstone: false, erase: false, subject: default);
        foreach (ulong sequence in recovery.Foreign.Deleted) TryTakeOut(sequence, RemovalReason.Removed, tombstone: true, erase: false, subject: default);
        if (recovery.Foreign.LastSequence > _contents.LastSequence) Skip(recovery.Foreign.LastSequence - _contents.LastSequence, recovery.Foreign.LastTime);
    }

    public ulong Purge(ReadOnlySpan<byte> filter, ulong before, ulong keep)
    {
        // Compat: nats-server takes "before 1" as "nothing".
        if (before == 1) return 0;
        if (keep > 0 || !(filter.IsEmpty || filter.SequenceEqual(">"u8))) return PurgeMatching(filter, before, keep);
        return PurgeFront(before == 0 ? _contents.LastSequence + 1 : before, isAll: before == 0 || before > _contents.LastSequence);
    }

    public bool Expire(long now, int maxCount)
    {
        int left = maxCount;
        while (left > 0 && TryFindExpired(now, out ulong sequence, out RemovalReason reason))
        {
            // Age removes it again by itself; a time of its own does not, once the headers are not looked at any more.
            if (Remove(sequence, reason, tombstone: reason == RemovalReason.Ttl)) left--;
            else if (!Forget(sequence, reason)) break;
        }

        FindFirstTime();
        return left == 0 && NextExpiry() <= now;
    }

    public long NextExpiry()
    {
        lock (gate)
        {
            long earliest = _contents.Facts.Expiries.Earliest;
            if (_options.MaxAge <= TimeSpan.Zero || _contents.Messages == 0) return earliest;
            long aging = _contents.AgingTime;
            return aging == 0 || aging > long.MaxValue - AgeNanoseconds ? earliest : Math.Min(earliest, aging + AgeNanoseconds);
        }
    }

    /// <summary>Removes everything behind a sequence.</summary>
    public void Truncate(ulong lastSequence)
    {
        if (lastSequence >= _contents.LastSequence) return;
        lock (gate) _contents.RecordRemovals(_blockBytes);
        if (!surgery.TryBegin()) return;
        try
        {
            while (_contents.Messages > 0 && _contents.Blocks.PreviousPresent(_contents.LastSequence) is var last && last > lastSequence)
                Remove(last, RemovalReason.Removed, tombstone: false);
            surgery.Truncate(lastSequence);
        }
        finally
        {
            surgery.End();
        }

        var buffer = new MessageBuffer();
        bool hasLast = log.TryReadPrevious(lastSequence, null, buffer) == ReadStatus.Found;
        lock (gate) _contents.LastTime = hasLast ? buffer.Timestamp : 0;
        FindFirstTime();
    }

    public void Update(LogOptions options)
    {
        LogOptions before = _options;
        bool isInspected;
        lock (gate)
        {
            _contents.RecordRemovals(_blockBytes);
            Volatile.Write(ref _options, options);
            _blockBytes = BlockSizes.Choose(options);
            isInspected = ReferenceEquals(before.Inspector, options.Inspector);
        }

        if (!isInspected) InspectAll();
        EnforceAllLimits();
        // What went by the former rules does not come back by these.
        log.WantIndex();
    }

    // Another inspector knows other things of the messages that are there.
    private void InspectAll()
    {
        lock (gate) _contents.ForgetFacts();
        var buffer = new MessageBuffer();
        for (ulong at = 0; log.TryReadNext(at, null, buffer) == ReadStatus.Found; at = buffer.Sequence + 1)
        {
            MessageFacts facts = buffer.Headers.IsEmpty || _options.Inspector is not { } inspector
                ? default
                : inspector.Inspect(buffer.Subject, buffer.Headers, buffer.Timestamp);
            lock (gate) _contents.Note(buffer.Sequence, facts, buffer.Timestamp);
        }
    }

    /// <summary>Removes what the limits do not allow, of the whole log.</summary>
    public void EnforceAllLimits()
    {
        EnforceLimits(default);
        long most = _options.MaxMessagesPerSubject;
        if (most <= 0) return;
        var subjects = new List<byte[]>();
        lock (gate) _counter.CopySubjectsOver((ulong)most, subjects);
        foreach (byte[] subject in subjects) EnforceLimits(subject);
    }

    /// <summary>Looks up when the first message was stored, and the first that can grow too old.</summary>
    public void FindFirstTime()
    {
        var scan = default(Scan);
        while (true)
        {
            lock (gate)
            {
                if (_firstTimes.TryFind(ref scan)) return;
            }

            log.Load(ref scan);
        }
    }

    // ---- Limits ----

    private static bool IsOver(ulong value, long limit) => limit > 0 && value > (ulong)limit;

    private bool IsOverLimits() =>
        _options.RemovesOldest && _contents.Messages > 0
        && (IsOver(_contents.Messages, _options.MaxMessages) || IsOver(_contents.Bytes, _options.MaxBytes));

    private void EnforceLimits(ReadOnlySpan<byte> subject)
    {
        // The front goes again whenever the log is read anew; what newer messages of its subject replaced would come back once those are removed.
        while (TryPickVictim(subject, out ulong victim, out bool isReplaced))
        {
            if (Remove(victim, RemovalReason.Limit, tombstone: isReplaced, subject: isReplaced ? subject : default)) continue;
            if (!isReplaced) break;
            LeaveOne(subject);
        }

        FindFirstTime();
    }

    private bool TryPickVictim(ReadOnlySpan<byte> subject, out ulong victim, out bool isReplaced)
    {
        isReplaced = false;
        var scan = default(Scan);
        while (true)
        {
            lock (gate)
            {
                victim = _contents.FirstSequence;
                if (_options.MaxMessagesPerSubject <= 0 || subject.IsEmpty) return IsOverLimits();
                if (_counter.TryGet(subject, ref scan, out SubjectEntry entry))
                {
                    if (!IsOver(entry.Count, _options.MaxMessagesPerSubject)) return IsOverLimits();
                    if (entry.First == entry.Last)
                    {
                        // The newest is not what there is too much of.
                        LeaveOne(subject);
                        return IsOverLimits();
                    }

                    (victim, isReplaced) = (entry.First, true);
                    return true;
                }
            }

            log.Load(ref scan);
        }
    }

    // The others that the subject is said to have cannot be read.
    private void LeaveOne(ReadOnlySpan<byte> subject)
    {
        lock (gate)
        {
            _contents.Subjects.LeaveOne(subject);
            _contents.IsGuessed = true;
        }
    }

    // A deadline of a message that is not there is nobody's.
    private bool Forget(ulong sequence, RemovalReason reason)
    {
        lock (gate) return reason == RemovalReason.Ttl && _contents.Blocks.Holder(sequence) is null && _contents.Facts.Expiries.Remove(sequence);
    }

    private bool TryFindExpired(long now, out ulong sequence, out RemovalReason reason)
    {
        FindFirstTime();
        lock (gate)
        {
            (sequence, reason) = (_contents.AgingSequence, RemovalReason.Age);
            if (_options.MaxAge > TimeSpan.Zero && _contents.AgingTime != 0 && now - _contents.AgingTime >= AgeNanoseconds) return true;
            (sequence, reason) = (_contents.Facts.Expiries.EarliestSequence, RemovalReason.Ttl);
            return _contents.Facts.Expiries.Earliest <= now;
        }
    }

    // ---- Purging ----

    // What lies in blocks that go as a whole needs no tombstones.
    private ulong PurgeFront(ulong before, bool isAll)
    {
        ulong boundary;
        lock (gate)
        {
            if (_contents.Messages == 0 && before - 1 <= _contents.LastSequence)
            {
                if (isAll) _contents.MarkStarted();
                return 0;
            }

            _contents.RecordRemovals(_blockBytes);
            if (isAll) _contents.StartBlock(_blockBytes);
            int at = _contents.Blocks.Find(before - 1);
            boundary = isAll || at >= _contents.Blocks.Count ? before : _contents.Blocks.Before(_contents.Blocks[at]) + 1;
            for (int i = 0; i < _contents.Blocks.Count && _contents.Blocks[i].LastSequence < boundary; i++) _contents.Blocks[i].IsPurged = true;
        }

        ulong purged = 0;
        while (true)
        {
            ulong first;
            lock (gate) first = _contents.FirstSequence;
            if (_contents.Messages == 0 || first >= before) break;
            if (Remove(first, RemovalReason.Purged, tombstone: first >= boundary)) purged++;
        }

        lock (gate)
        {
            // Compat: a purge up to a sequence that is not there yet makes it the next one.
            if (isAll) _contents.PurgedUpTo(Math.Max(before - 1, _contents.LastSequence), _blockBytes);
        }

        FindFirstTime();
        return purged;
    }

    private ulong PurgeMatching(ReadOnlySpan<byte> filter, ulong before, ulong keep)
    {
        var match = SubjectMatch.Of(filter);
        ulong most;
        lock (gate)
        {
            using SubjectSet matching = _contents.Subjects.Select(new MessageFilter(filter));
            most = new SubjectSum(_contents.Subjects, matching).Messages;
        }

        if (keep > 0) most = most > keep ? most - keep : 0;
        ulong purged = 0;
        ulong at = 0;
        while (purged < most && TryFindNext(at, match, out at) && (before == 0 || at < before))
        {
            if (Remove(at, RemovalReason.Purged, tombstone: true)) purged++;
            at++;
        }

        FindFirstTime();
        return purged;
    }

    private bool TryFindNext(ulong from, in SubjectMatch match, out ulong found)
    {
        var scan = new Scan(from);
        while (true)
        {
            lock (gate)
            {
                if (_reader.TryReadNext(ref scan, match, null, out ReadStatus status))
                {
                    found = scan.At;
                    return status == ReadStatus.Found;
                }
            }

            log.Load(ref scan);
        }
    }

    // ---- One message ----

    private bool TryTakeOut(ulong sequence, RemovalReason reason, bool tombstone, bool erase, ReadOnlySpan<byte> subject)
    {
        var scan = new Scan(sequence);
        while (true)
        {
            lock (gate)
            {
                if (_reader.TryRead(ref scan, null, out ReadStatus status))
                {
                    if (status is not (ReadStatus.Found or ReadStatus.Damaged)) return false;
                    if (tombstone) _contents.RecordRemovals(_blockBytes);
                    if (TryTakeOutUnderGate(ref scan, sequence, erase, subject))
                    {
                        if (reason is RemovalReason.Limit or RemovalReason.Age && !tombstone) _contents.Facts.Unrecorded.Add(sequence);
                        if (tombstone) _contents.WriteTombstone(sequence, _removed.Timestamp, _blockBytes);
                        return true;
                    }
                }
            }

            log.Load(ref scan);
        }
    }

    // False where its block has to be loaded again: the cache is shared by all logs of the store and may have let it go since it was read.
    private bool TryTakeOutUnderGate(ref Scan scan, ulong sequence, bool erase, ReadOnlySpan<byte> subject)
    {
        Block block = _contents.Blocks.Holder(sequence)!;
        if (!_contents.TryOpen(block, sequence, out RecordRun run))
        {
            if (!ReferenceEquals(scan.Unreadable, block))
            {
                scan.Miss(block, _contents.LoadableBytes(block));
                return false;
            }

            // Its file cannot be read at all.
            _removed.SetUnknown(sequence);
            _contents.RemoveUnreadable(block, sequence, subject);
            return true;
        }

        using (run)
        {
            int at = run.Index.Find(sequence);
            if (at >= 0)
            {
                RecordView record = run.At(at);
                _removed.Set(record);
                _removed.IsLastOfSubject = _contents.Remove(block, sequence, record.Subject, record.Bytes.Length).Count == 0;
                _firstTimes.Take(run);
                if (erase) _contents.Erase(block, sequence);
            }
            else
            {
                _removed.SetUnknown(sequence);
                _contents.RemoveUnreadable(block, sequence, subject);
            }
        }

        return true;
    }
}
