namespace DotNats.Storage;

/// <summary>A message log in block files, as nats-server lays them out.</summary>
// Owner, lifetime and invariant: IMessageLog. What both writer and readers touch is in LogContents, guarded by _gate, which this type and its
// FileLogWriter take; files are written by whoever has the turn (FileTurns) and read by anyone (BlockLoader).
public sealed class FileLog : IMessageLog
{
    // Damage beyond this is counted, not listed.
    private const int MaxDamageListed = 1000;

    private readonly Lock _gate = new();
    private readonly LogContents _contents;
    private readonly LogReader _reader;
    private readonly LogCounter _counter;
    private readonly FileLogWriter _writer;
    private readonly BlockLoader _loader;
    private readonly FileTurns _turns;
    private readonly ILogListener _listener;
    private IReadOnlyList<LogDamage> _damage = [];

    private FileLog(LogServices services, string directory, LogOptions options, ILogListener listener)
    {
        _listener = listener;
        _contents = new LogContents(options.Name, services.Cache, services.Buffers);
        _reader = new LogReader(_contents);
        _counter = new LogCounter(_contents);
        _loader = new BlockLoader(services.Files, options.Name, directory, services.Buffers);
        _turns = new FileTurns(this, services, options.Name, directory);
        _writer = new FileLogWriter(this, _gate, _contents, new LogSurgery(this, _turns, _contents, _loader, options.Name), options, listener);
    }

    public LogState State
    {
        get
        {
            lock (_gate)
            {
                return new LogState(
                    _contents.Messages, _contents.Bytes, _contents.FirstSequence, _contents.FirstTime, _contents.LastSequence, _contents.LastTime,
                    _contents.Subjects.Count, _contents.Deleted, _contents.Lost);
            }
        }
    }

    public LogOptions Options => _writer.Options;

    public IReadOnlyList<LogDamage> Damage => Volatile.Read(ref _damage);

    public long Position
    {
        get
        {
            lock (_gate) return _contents.Position;
        }
    }

    public long NextExpiry => _writer.NextExpiry();

    /// <summary>Opens what is in a directory, or starts it.</summary>
    /// <exception cref="IOException">The directory cannot be read or written.</exception>
    internal static FileLog Open(LogServices services, string directory, LogOptions options, ILogListener listener)
    {
        var log = new FileLog(services, directory, options, listener);
        var recovery = new Recovery(services.Files, options, directory, log._contents, services.Buffers);
        recovery.Run();
        log._damage = recovery.Damage;
        foreach (ulong sequence in recovery.Deleted) log._writer.Forget(sequence);
        log._writer.EnforceAllLimits();
        return log;
    }

    // ---- Writing ----

    public AppendResult Append(in NewMessage message) => _writer.Append(message);

    public LogStatus Skip(ulong count) => _writer.Skip(count);

    public void Commit() => _turns.Commit(Options);

    public bool Remove(ulong sequence, bool erase)
    {
        bool isRemoved = _writer.Remove(sequence, RemovalReason.Removed, tombstone: true, erase);
        _writer.FindFirstTime();
        return isRemoved;
    }

    public ulong Purge(ReadOnlySpan<byte> filter, ulong before, ulong keep) => _writer.Purge(filter, before, keep);

    public void Truncate(ulong lastSequence) => _writer.Truncate(lastSequence);

    public bool Expire(long now, int maxCount) => _writer.Expire(now, maxCount);

    public void Update(LogOptions options) => _writer.Update(options);

    public ValueTask DisposeAsync() => _turns.EndAsync();

    // ---- Reading ----

    public ReadStatus TryRead(ulong sequence, MessageBuffer target)
    {
        var scan = new Scan(sequence);
        while (true)
        {
            lock (_gate)
            {
                if (_reader.TryRead(ref scan, target, out ReadStatus status)) return status;
            }

            Load(ref scan);
        }
    }

    public ReadStatus TryReadNext(ulong from, SubjectFilters? filters, MessageBuffer target)
    {
        var match = SubjectMatch.Of(filters);
        var scan = new Scan(from);
        while (true)
        {
            lock (_gate)
            {
                if (_reader.TryReadNext(ref scan, match, target, out ReadStatus status)) return status;
            }

            Load(ref scan);
        }
    }

    public ReadStatus TryReadPrevious(ulong from, SubjectFilters? filters, MessageBuffer target)
    {
        var match = SubjectMatch.Of(filters);
        var scan = new Scan(from);
        while (true)
        {
            lock (_gate)
            {
                if (_reader.TryReadPrevious(ref scan, match, target, out ReadStatus status)) return status;
            }

            Load(ref scan);
        }
    }

    public ReadStatus TryReadLast(ReadOnlySpan<byte> filter, MessageBuffer target)
    {
        var scan = default(Scan);
        while (true)
        {
            lock (_gate)
            {
                if (_counter.TryFindLast(filter, ref scan, out ulong sequence))
                {
                    if (sequence == 0) return ReadStatus.NotFound;
                    scan.At = sequence;
                    if (_reader.TryRead(ref scan, target, out ReadStatus status)) return status;
                }
            }

            Load(ref scan);
        }
    }

    public ulong FirstSequenceSince(long time)
    {
        var scan = default(Scan);
        while (true)
        {
            lock (_gate)
            {
                if (_counter.TryFindTime(time, ref scan, out ulong sequence)) return sequence;
            }

            Load(ref scan);
        }
    }

    public PendingCount CountPending(ulong from, SubjectFilters? filters, bool lastPerSubject)
    {
        if (lastPerSubject) return CountSubjects(from, filters);
        var count = new PendingScan(from, new MessageFilter(filters));
        while (true)
        {
            lock (_gate)
            {
                if (_counter.TryCount(ref count)) return new PendingCount(count.State.Messages, count.Last);
            }

            Load(ref count.Scan);
        }
    }

    public SubjectState GetSubject(ReadOnlySpan<byte> subject)
    {
        var scan = default(Scan);
        while (true)
        {
            lock (_gate)
            {
                if (_counter.TryGet(subject, ref scan, out SubjectEntry entry)) return new SubjectState(entry.Count, entry.First, entry.Last);
            }

            Load(ref scan);
        }
    }

    public SubjectState GetFiltered(ulong from, ReadOnlySpan<byte> filter)
    {
        var count = new PendingScan(from, new MessageFilter(filter));
        while (true)
        {
            lock (_gate)
            {
                if (_counter.TryCount(ref count)) return count.State;
            }

            Load(ref count.Scan);
        }
    }

    public void CopySubjects(ReadOnlySpan<byte> filter, ICollection<KeyValuePair<string, ulong>> target)
    {
        lock (_gate) _counter.CopySubjects(filter, target);
    }

    public int CountSubjects(ReadOnlySpan<byte> filter)
    {
        lock (_gate) return _contents.Subjects.CountMatches(filter);
    }

    public bool TryCopyLastSequences(SubjectFilters? filters, ulong upTo, int maxCount, List<ulong> target)
    {
        if (upTo == 0) upTo = ulong.MaxValue;
        var found = new List<ulong>();
        var later = new List<byte[]>();
        var scan = default(Scan);
        while (true)
        {
            lock (_gate)
            {
                if (_counter.TryCopyLasts(new MessageFilter(filters), upTo, ref scan, found, later)) break;
            }

            Load(ref scan);
        }

        // Few subjects were written since: each is looked for from there backwards.
        foreach (byte[] subject in later)
        {
            if (TryFindPrevious(upTo, SubjectMatch.Of(subject), out ulong sequence)) found.Add(sequence);
        }

        if (maxCount > 0 && found.Count > maxCount) return false;
        found.Sort();
        target.AddRange(found);
        return true;
    }

    public void CopyDeleted(List<ulong> target)
    {
        lock (_gate) _counter.CopyDeleted(target);
    }

    public void CopyMarked(List<ulong> target)
    {
        lock (_gate) _counter.CopyMarked(target);
    }

    // ---- Turns at the files ----

    /// <summary>Fills a plan with what waits.</summary>
    internal void TakeWork(CommitPlan plan)
    {
        lock (_gate)
        {
            _contents.TakeEmptied(plan.Deletions, _writer.BlockBytes);
            _contents.TakeWork(plan);
        }
    }

    internal void WorkIsDone(CommitPlan plan)
    {
        lock (_gate)
        {
            _contents.WorkIsDone(plan);
            if (_contents.Status == LogStatus.NoSpace) _contents.Status = LogStatus.Ok;
        }

        _listener.OnCommitted(plan.Position);
    }

    /// <summary>The files were cut, and end as is said.</summary>
    internal void IsCut(Block block, long bytes, ulong last, ulong lastForeignTombstone)
    {
        lock (_gate) _contents.EndAt(block, bytes, last, lastForeignTombstone);
    }

    /// <summary>A log without files was cut.</summary>
    internal void IsCut(ulong last)
    {
        lock (_gate) _contents.EndAt(last);
    }

    internal void TellCommitted(long position) => _listener.OnCommitted(position);

    internal void WorkFailed(LogStatus status, string reason)
    {
        lock (_gate)
        {
            if (_contents.Status == status) return;
            _contents.Status = status;
        }

        _listener.OnFailed(status, reason);
    }

    // ---- Blocks that are not in memory ----

    /// <summary>Loads the block a scan is missing, if it is. Outside the gate.</summary>
    internal void Load(ref Scan scan)
    {
        if (scan.Missing is not { } block) return;
        scan.Missing = null;
        var damage = new List<LogDamage>();
        try
        {
            BlockContent content = _loader.Load(block.Number, scan.LoadableBytes, scan.Version, damage);
            if (damage.Count > 0) CountLost(block, content, scan.LoadableBytes);
            _contents.Cache.Add(block, content);
        }
        catch (IOException e)
        {
            scan.Unreadable = block;
            if (!block.IsGone) damage.Add(new LogDamage(_loader.PathOf(block.Number), e.Message, block.FirstSequence, block.LastSequence));
        }

        foreach (LogDamage place in damage) Report(place);
    }

    private PendingCount CountSubjects(ulong from, SubjectFilters? filters)
    {
        var scan = default(Scan);
        while (true)
        {
            lock (_gate)
            {
                if (_counter.TryCountLasts(from, new MessageFilter(filters), ref scan, out ulong count)) return new PendingCount(count, _contents.LastSequence);
            }

            Load(ref scan);
        }
    }

    private bool TryFindPrevious(ulong from, in SubjectMatch match, out ulong found)
    {
        var scan = new Scan(from);
        while (true)
        {
            lock (_gate)
            {
                if (_reader.TryReadPrevious(ref scan, match, null, out ReadStatus status))
                {
                    found = scan.At;
                    return status == ReadStatus.Found;
                }
            }

            Load(ref scan);
        }
    }

    private void CountLost(Block block, BlockContent content, long loaded)
    {
        lock (_gate)
        {
            if (block.IsDamageCounted) return;
            block.IsDamageCounted = true;
            ulong last = loaded == block.RawBytes ? block.LastSequence : content.Index.LastSequence;
            ulong present = 0;
            for (int i = 0; i < content.Index.Count; i++)
            {
                if (block.Has(content.Index.SequenceAt(i))) present++;
            }

            if (last < block.FirstSequence) return;
            _contents.Lost += last - block.FirstSequence + 1 - block.Deleted.CountRange(block.FirstSequence, last) - present;
        }
    }

    private void Report(in LogDamage damage)
    {
        while (true)
        {
            IReadOnlyList<LogDamage> known = Damage;
            if (known.Count >= MaxDamageListed) return;
            foreach (LogDamage one in known)
            {
                if (one.Place == damage.Place) return;
            }

            LogDamage[] more = [.. known, damage];
            if (ReferenceEquals(Interlocked.CompareExchange(ref _damage, more, known), known)) return;
        }
    }
}
