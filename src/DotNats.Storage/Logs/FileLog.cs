namespace DotNats.Storage;

/// <summary>A message log in block files, as nats-server lays them out.</summary>
// Owner, lifetime and invariant: IMessageLog. What both writer and readers touch is in LogContents, guarded by _gate, which this type, its
// FileLogWriter and its FileLogAnswers take; files are written by whoever has the turn (FileTurns) and read by anyone (BlockLoader).
public sealed class FileLog : IMessageLog
{
    // About what a device takes in a fifth of a second.
    private const long MaxUnsafeBytes = 64 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly LogContents _contents;
    private readonly LogReader _reader;
    private readonly LogCounter _counter;
    private readonly FileLogAnswers _answers;
    private readonly FileLogWriter _writer;
    private readonly BlockLoader _loader;
    private readonly BlockLoads _loads;
    private readonly ColdReads _cold;
    private readonly FileTurns _turns;
    private readonly LogChores _chores;
    private readonly Indexing _indexing = new();
    private readonly ILogListener _listener;
    private readonly LogServices _services;
    private readonly DamageReports _damage;
    private volatile bool _isClosed;

    private FileLog(LogServices services, BlockCoder coder, string directory, LogOptions options, ILogListener listener)
    {
        (_services, _listener) = (services, listener);
        _damage = new DamageReports(services.Logger, options.Name);
        _contents = new LogContents(options.Name, services.Cache, services.Buffers, services.Numbers);
        _reader = new LogReader(_contents);
        _counter = new LogCounter(_contents);
        _answers = new FileLogAnswers(this, _gate, _contents, _reader, _counter);
        _loader = new BlockLoader(coder, options.Name);
        _loads = new BlockLoads(this, services.Cache, _loader, services.ReadsAhead);
        _cold = new ColdReads(coder, options.Name);
        var files = new LogFiles(services.Files, services.Redo, coder, options.Name, directory);
        _turns = new FileTurns(this, services, files, directory, canShare: services.FileSystem?.Covers(directory) == true);
        _chores = new LogChores(this, files, _loader, options.Name);
        _writer = new FileLogWriter(this, _gate, _contents, new LogSurgery(this, _turns, _contents, _loader, options.Name), options, listener);
    }

    public LogState State
    {
        get
        {
            lock (_gate) return _contents.State;
        }
    }

    public LogOptions Options => _writer.Options;

    public IReadOnlyList<LogDamage> Damage => _damage.List;

    public long Position
    {
        get
        {
            lock (_gate) return _contents.Position;
        }
    }

    public bool IsCongested
    {
        get
        {
            lock (_gate) return _contents.Pending.UnsafeBytes > MaxUnsafeBytes;
        }
    }

    public bool IsClosed => _isClosed;

    public long NextExpiry => _writer.NextExpiry();

    /// <summary>Opens what is in a directory, or starts it.</summary>
    /// <exception cref="IOException">The directory cannot be read or written.</exception>
    /// <param name="keys">Null where it is not encrypted.</param>
    /// <param name="isNew">It was never opened, even if its directory is there.</param>
    internal static FileLog Open(LogServices services, LogKeys? keys, string directory, LogOptions options, ILogListener listener, bool isNew = false)
    {
        var coder = new BlockCoder(services.Files, keys, directory, services.Buffers);
        var log = new FileLog(services, coder, directory, options, listener);
        var recovery = new Recovery(services.Files, log._loader, options, directory, log._contents);
        recovery.Run(isNew);
        foreach (LogDamage damage in recovery.Damage) log._damage.Add(damage);
        log._services.Add(log);
        log._writer.Settle(recovery);
        log._writer.EnforceAllLimits();
        log._writer.FindFirstTime();
        services.Verifier.Add(log, recovery.Unverified);
        return log;
    }

    // ---- Writing ----

    public AppendResult Append(in NewMessage message) => _writer.Append(message);

    public LogStatus Skip(ulong count, long timestamp = 0) => _writer.Skip(count, timestamp);

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

    public async ValueTask DisposeAsync()
    {
        _services.Remove(this);
        await _turns.EndAsync().ConfigureAwait(false);
        _isClosed = true;
        lock (_gate) _contents.Release();
    }

    // ---- Reading ----

    public ReadStatus TryRead(ulong sequence, MessageBuffer target)
    {
        var scan = new Scan(sequence) { IsForOne = true };
        while (true)
        {
            lock (_gate)
            {
                if (_reader.TryRead(ref scan, target, out ReadStatus status)) return status;
            }

            if (TryReadPiece(scan, target)) return ReadStatus.Found;
            Load(ref scan);
        }
    }

    public ReadStatus TryReadNext(ulong from, SubjectFilters? filters, MessageBuffer target)
    {
        if (target.TryGoOn(this, filters, from, _contents.Removals)) return ReadStatus.Found;
        var match = SubjectMatch.Of(filters);
        var scan = new Scan(from) { IsForOne = match.IsAll, Filters = match.IsLiteral ? null : filters };
        while (true)
        {
            ReadStatus status;
            bool isDone;
            lock (_gate) isDone = _reader.TryReadNext(ref scan, match, target, out status);
            if (scan.Ahead is not null) _loads.LoadAhead(ref scan);
            if (isDone) return status;
            if (TryReadPiece(scan, target)) return ReadStatus.Found;
            Load(ref scan);
        }
    }

    public ReadStatus TryReadPrevious(ulong from, SubjectFilters? filters, MessageBuffer target)
    {
        var scan = new Scan(from);
        return _answers.ReadPrevious(ref scan, SubjectMatch.Of(filters), target);
    }

    public ReadStatus TryReadLast(ReadOnlySpan<byte> filter, MessageBuffer target)
    {
        // Compat: for everything it is the message of the last sequence, or none.
        if (filter.IsEmpty || filter.SequenceEqual(">"u8)) return TryRead(State.LastSequence, target) == ReadStatus.Found ? ReadStatus.Found : ReadStatus.NotFound;
        var scan = default(Scan);
        while (true)
        {
            lock (_gate)
            {
                if (_counter.TryFindLast(new MessageFilter(filter), ref scan, out ulong sequence))
                {
                    if (sequence == 0) return ReadStatus.NotFound;
                    (scan.At, scan.IsForOne) = (sequence, true);
                    if (_reader.TryRead(ref scan, target, out ReadStatus status)) return status;
                }
            }

            if (TryReadPiece(scan, target)) return ReadStatus.Found;
            Load(ref scan);
            scan.IsForOne = false;
        }
    }

    public ulong FirstSequenceSince(long time) => _answers.FirstSequenceSince(time);

    public PendingCount CountPending(ulong from, SubjectFilters? filters, bool lastPerSubject) =>
        lastPerSubject ? _answers.CountSubjects(from, filters) : _answers.CountMessages(from, filters);

    public SubjectState GetSubject(ReadOnlySpan<byte> subject) => _answers.GetSubject(subject);

    public SubjectState GetFiltered(ulong from, ReadOnlySpan<byte> filter) => _answers.GetFiltered(from, filter);

    public void CopySubjects(ReadOnlySpan<byte> filter, ICollection<KeyValuePair<string, ulong>> target) => _answers.CopySubjects(filter, target);

    public int CountSubjects(ReadOnlySpan<byte> filter)
    {
        lock (_gate) return _contents.Subjects.CountMatches(filter);
    }

    public bool TryCopyLastSequences(SubjectFilters? filters, ulong upTo, int maxCount, List<ulong> target) => _answers.TryCopyLastSequences(filters, upTo, maxCount, target);

    public SequenceList FindLastSequences(SubjectFilters? filters) => _answers.FindLastSequences(filters);

    public ulong FindLast(SubjectFilters filters) => _answers.FindLast(filters);

    public ulong FindFirst(ReadOnlySpan<byte> filter, ulong enough) => _answers.FindFirst(filter, enough);

    public void CopyDeleted(List<ulong> target) => _answers.CopyDeleted(target);

    public void CopyMarked(List<ulong> target)
    {
        lock (_gate) _counter.CopyMarked(target);
    }

    // ---- Turns at the files ----

    /// <summary>Fills a plan with what waits.</summary>
    /// <param name="isEnding">The log is closed after this.</param>
    /// <param name="dropsIndex">Files are changed next in a way no index may speak of.</param>
    /// <param name="hasIndex">One is being written: no other is begun that can wait.</param>
    internal void TakeWork(CommitPlan plan, bool isEnding, bool dropsIndex, bool hasIndex)
    {
        lock (_gate)
        {
            bool wantsIndex = !dropsIndex && (!hasIndex || isEnding) && _indexing.IsDue(_contents, isEnding);
            plan.DropsIndex |= dropsIndex;
            if (plan.DropsIndex || _contents.IsGuessed) _indexing.DropFor(plan, _contents);
            if (_contents.HasEmptied) wantsIndex |= _contents.TakeEmptied(plan.Deletions, _writer.BlockBytes, wantsIndex || _indexing.IsCheap(_contents));
            _contents.TakeWork(plan);
            if (!wantsIndex) _indexing.DropFor(plan, _contents);
            if (wantsIndex && _indexing.TryWrite(plan, _contents, Options.Name, _services.MostIndexBytes)) _chores.PlanCompactions(_contents.Blocks);
        }
    }

    /// <summary>There was no room for an index: what it would have allowed to be left out of the files stays there.</summary>
    internal void IndexIsMissing()
    {
        lock (_gate) _chores.ForgetCompactions();
    }

    /// <summary>Makes some file smaller, if there is one; true where there are more. With the turn.</summary>
    internal bool DoChore()
    {
        Compaction? compaction;
        Block? full;
        ulong first;
        lock (_gate)
        {
            _contents.TakeFull(_chores, Options.Compression == LogCompression.S2);
            if (!_chores.TryTake(_contents.Active?.Block, out compaction, out full)) return false;
            first = _contents.FirstStored;
        }

        if (compaction is not null) _chores.Compact(compaction, first);
        else _chores.Compress(full!);
        lock (_gate) return _chores.HasWork;
    }

    /// <summary>A block was written anew with so many bytes of records.</summary>
    internal void IsRewritten(Block block, long bytes, ulong lastForeignTombstone)
    {
        lock (_gate)
        {
            (block.RawBytes, block.WrittenBytes, block.LastForeignTombstone, block.Map) = (bytes, bytes, lastForeignTombstone, null);
            block.Version++;
            _contents.Cache.Remove(block);
        }
    }

    internal void IsCompressed(Block block)
    {
        lock (_gate) block.IsCompressed = true;
    }

    /// <summary>A plan was carried out; true where some file wants to be made smaller.</summary>
    internal bool WorkIsDone(CommitPlan plan)
    {
        lock (_gate)
        {
            _contents.WorkIsDone(plan);
            if (_contents.Status == LogStatus.NoSpace) _contents.Status = LogStatus.Ok;
            _contents.TakeFull(_chores, Options.Compression == LogCompression.S2);
            return _chores.HasWork;
        }
    }

    /// <summary>Everything that was handed out is safe, though not all of it in files.</summary>
    internal void WorkIsSafe()
    {
        lock (_gate) _contents.Pending.IsDone();
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

    // ---- In the background ----

    /// <summary>Every few seconds: what a quiet log keeps in memory is given back, what it has not indexed is, and facts of what is gone go.</summary>
    internal void KeepHouse()
    {
        bool wantsTurn;
        lock (_gate)
        {
            wantsTurn = _indexing.Tick(_contents, out bool isIdle);
            if (isIdle) _contents.Park();
            _contents.Facts.Trim(_contents.FirstSequence);
        }

        if (wantsTurn) _turns.WantTurn();
        for (bool goesOn = true; goesOn;)
        {
            lock (_gate) goesOn = !_isClosed && _contents.Subjects.MakeColumns();
        }
    }

    /// <summary>Has an index written with the next commit.</summary>
    internal void WantIndex()
    {
        lock (_gate) _indexing.Want();
    }

    /// <summary>Reads a block to see whether it is as it was written.</summary>
    internal void Verify(Block block)
    {
        Scan scan = default;
        lock (_gate)
        {
            if (block.IsGone || block.WrittenBytes < block.RawBytes) return;
            scan.Miss(block, _contents.LoadableBytes(block));
        }

        // Whoever reads it at the same time has it anyway.
        if (_loads.Read(scan.Wanted) is not { } content) return;
        BlockNumbering? numbering = null;
        for (bool goesOn = true; goesOn;)
        {
            lock (_gate)
            {
                goesOn = _contents.Numbers.Wants(block, content.Index);
                if (goesOn) goesOn = LogNumbers.Step(block, content, numbering ??= new BlockNumbering(_contents, block, content.Index.Count));
            }
        }

        content.Release();
    }

    // ---- Blocks that are not in memory ----

    /// <summary>Loads the block a scan is missing, if it is. Outside the gate.</summary>
    internal void Load(ref Scan scan) => _loads.Load(ref scan);

    internal void Report(IEnumerable<LogDamage> damage)
    {
        foreach (LogDamage place in damage) _damage.Add(place);
    }

    // What is counted in a block and has no record there is lost.
    internal void CountLost(Block block, BlockContent content, long loaded, ICollection<LogDamage> damage)
    {
        ulong last;
        ulong lost;
        lock (_gate) lost = _counter.TakeLoaded(block, content, loaded, out last);
        if (lost > 0 && damage.Count == 0) damage.Add(new LogDamage(_loader.Coder.PathOf(block.Number), $"{lost} messages are missing", block.FirstSequence, last));
    }

    // A message that is still there afterwards is the one that was read: what removes or replaces it is seen here.
    private bool TryReadPiece(in Scan scan, MessageBuffer target)
    {
        if (!scan.HasPiece || !_cold.TryRead(scan, target)) return false;
        lock (_gate) return scan.IsThere;
    }
}
