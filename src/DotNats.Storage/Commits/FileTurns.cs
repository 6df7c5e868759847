using System.Diagnostics;

namespace DotNats.Storage;

/// <summary>Decides who writes and syncs a log's files, and when: one at a time, the loop or, where nobody waits for a sync, the log's writer.</summary>
// Owner: one FileLog. The files and the plan belong to whoever has the turn.
// Lifetime: until EndAsync, after which nothing is done any more.
internal sealed class FileTurns : IRedoDebtor
{
    // A full disk is tried again this often.
    private static readonly TimeSpan FullDiskDelay = TimeSpan.FromMilliseconds(250);

    // Who tells faster than that goes on with the next turn itself: to wake another thread and to have it at work takes about half of it, and more of the processors.
    private static readonly long QuickTicks = Stopwatch.Frequency * 400 / 1_000_000;

    private readonly FileLog _log;
    private readonly LogServices _services;
    private readonly LogFiles _files;
    private readonly bool _canShare;
    private readonly WorkTurns _turns;
    private readonly CommitPlan _plan = new();
    private readonly BackgroundIndex _index;
    private readonly List<IStorageFile> _lent = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _requested;
    private volatile bool _isSyncDue;
    private volatile bool _isEnding;

    // How long it takes to tell of a message, as the last time showed, and up to where was told then.
    private long _tellTicks;
    private long _told;
    private bool _hasEnded;
    private bool _isClosed;

    // What is in the redo journal and not in its file: since when, and the journal's last fill that has some of it.
    private volatile bool _owes;
    private long _owesSince;
    private ulong _owedFill;

    // The last attempt to write found no room.
    private bool _isFull;

    // Of the turn that goes on: nothing of it was written, it is left to the redo journal.
    private bool _isNoted;

    // Of the turn that goes on: it is the last; its plan is carried out; some file wants to be made smaller.
    private bool _isLast;
    private bool _isDone;
    private bool _hasChores;

    public FileTurns(FileLog log, LogServices services, LogFiles files, string directory, bool canShare)
    {
        (_log, _services, _files, _canShare) = (log, services, files, canShare);
        _turns = new WorkTurns(services.Loop, this);
        _index = new BackgroundIndex(services.Files, services.Loop, directory, _turns.Request);
    }

    /// <summary>Has everything so far made as safe as the log's durability asks.</summary>
    public void Commit(LogOptions options)
    {
        long position = _log.Position;
        if (position == _requested) return;
        _requested = position;
        switch (options.Durability)
        {
            case LogDurability.Written when _turns.TryBeginHere():
                WriteInTurnOfWriter();
                break;
            case LogDurability.Buffered:
                Tell(position);
                _turns.Request();
                break;
            default:
                _turns.Request();
                break;
        }
    }

    /// <summary>Has the log's index written soon.</summary>
    public void WantTurn() => _turns.Request();

    public void OnDue()
    {
        if (!_owes) _isSyncDue = true;
        _turns.Request();
    }

    public void RunTurn()
    {
        if (!_turns.TryBegin()) return;
        TakeWork();
        RunRest(doesChores: true, looksAgain: true);
    }

    public SharedTurn BeginShared(RedoBatch? redo, bool mayOwe)
    {
        if (!_turns.TryBegin()) return SharedTurn.None;
        TakeWork();
        if (_hasEnded || _isLast || !_canShare || !_plan.Sync || !_plan.IsPlain || _index.HasLent) return BeginOwn();
        mayOwe &= !_isFull;
        bool isDue = _owes && (!mayOwe || _services.Clock.GetElapsedTime(_owesSince) >= _services.OwingTime);
        if (_plan.IsNoted)
        {
            // What came without bytes is as safe as these.
            long position = _plan.Position;
            if (isDue) PayHere();
            _turns.End();
            _log.TellCommitted(position);
            return SharedTurn.None;
        }

        _isNoted = mayOwe && !isDue && !_index.IsAtWork && _plan.Index.WrittenCount == 0 && !_services.Buffers.AreScarce && _files.TryNote(_plan, redo!);
        if (_isNoted) return SharedTurn.Noted;
        if (TryExecute(Part.Write, SyncMark.None, redo)) return SharedTurn.Written;
        _turns.End();
        return SharedTurn.None;
    }

    public bool EndShared(SyncMark mark, bool isAlone)
    {
        long position = _plan.Position;
        if (_isNoted)
        {
            Owe(mark.Fill);
            _turns.End();
            _log.TellCommitted(position);
            return false;
        }

        bool isDone = TryExecute(Part.Finish, mark);
        bool hasRest = isDone && _hasChores;
        bool tellsFirst = isAlone && TellsQuickly(position);
        if (!hasRest && !tellsFirst) _turns.End();
        if (isDone && isAlone) TellTimed(position);
        else if (isDone) _log.TellCommitted(position);
        if (!hasRest && tellsFirst) _turns.End(looksAgain: true);
        return hasRest;
    }

    public void RunRest() => RunRest(doesChores: true, looksAgain: false);

    // ---- What is left to the redo journal ----

    bool IRedoDebtor.Owes => _owes;

    void IRedoDebtor.TryPay()
    {
        bool isIdle = _turns.TryBeginHere();
        if (!isIdle && !_turns.TryBegin()) return;
        if (_owes) PayHere();
        bool isFull = _owes;
        // Who asked for the turn gets it.
        if (isIdle) _turns.End();
        else _turns.PassOn();
        if (isFull) throw new DiskFullException(_files.Directory);
    }

    bool IRedoDebtor.WriteNoted()
    {
        _isNoted = false;
        if (TryExecute(Part.Write)) return true;
        _turns.End();
        return false;
    }

    // Whoever has all debtors pay may be in the same group, and this turn does not go on before that.
    private SharedTurn BeginOwn()
    {
        if (_owes) PayHere();
        if (!_owes) return SharedTurn.Own;
        if (_isLast)
        {
            Forfeit();
            return SharedTurn.Own;
        }

        // There is no room; it is tried again.
        _turns.End();
        return SharedTurn.None;
    }

    // What is safe in the journal needs no sync. Where a disk that was full left more in the plan, that is for the next turn.
    private void PayHere()
    {
        SyncMark mark = SyncMark.InRedo(_owedFill);
        bool isAll = _plan.IsNoted;
        if (TryExecute(Part.Write) && isAll) TryExecute(Part.Finish, mark);
    }

    private void Owe(ulong fill)
    {
        _isNoted = false;
        _isDone = true;
        _owedFill = fill;
        _plan.IsInRedo();
        _files.IsNoted(fill);
        _log.WorkIsSafe();
        if (_owes) return;
        _owesSince = _services.Clock.GetTimestamp();
        _owes = true;
        _services.Loop.EnqueueLater(this, _services.OwingTime);
    }

    private void Forfeit()
    {
        if (!_owes) return;
        _owes = false;
        _services.Redo.Default(this, $"{_files.Directory}: what it has could not be written there");
    }

    private void Settle()
    {
        if (!_owes) return;
        _owes = false;
        _services.Redo.Settle(this);
    }

    // ---- The turn ----

    private void RunRest(bool doesChores, bool looksAgain)
    {
        if (_hasEnded)
        {
            End();
            _turns.End();
            return;
        }

        long position = _plan.Position;
        bool isTold = _isDone;
        bool isDone = _isDone || TryExecute(Part.All);
        if (isDone && !_plan.Sync && _files.IsDirty) _services.Loop.EnqueueLater(this, _log.Options.SyncInterval);
        // Nobody who waits for word has to wait for chores, and nobody who wants the next turn until everybody is told, if that takes long.
        bool isOver = !_isLast && !(isDone && _hasChores && doesChores);
        bool hasRest = isDone && _hasChores;
        bool tellsFirst = looksAgain && TellsQuickly(position);
        if (isOver && !tellsFirst) _turns.End();
        if (isDone && !isTold) TellTimed(position);
        if (isOver && tellsFirst) _turns.End(looksAgain: true);
        if (isOver)
        {
            if (hasRest) _turns.Request();
            return;
        }

        if (isDone) DoChore();
        if (_isLast) End();
        _turns.End();
    }

    /// <summary>Commits what there is and closes the files.</summary>
    public async ValueTask EndAsync()
    {
        _isEnding = true;
        _turns.Request();
        await _ended.Task.ConfigureAwait(false);
    }

    /// <summary>The log's files, for whoever has the turn.</summary>
    public LogFiles Files => _files;

    /// <summary>
    /// Waits for the turn, takes it, makes everything so far safe and drops the index; false where that cannot be: then the log has failed, and
    /// the turn is nobody's.
    /// </summary>
    public bool TryTakeTurn()
    {
        _turns.BeginHere();
        if (!_hasEnded)
        {
            _plan.Sync = true;
            _log.TakeWork(_plan, isEnding: false, dropsIndex: true, hasIndex: _index.IsAtWork);
            long position = _plan.Position;
            if (TryExecute(Part.All))
            {
                Tell(position);
                return true;
            }
        }

        Leave("there is no room to change its files");
        return false;
    }

    /// <summary>Gives the turn back.</summary>
    /// <param name="failure">Why nothing may be written any more; null where all went well.</param>
    public void Leave(string? failure = null)
    {
        if (failure is not null && !_hasEnded)
        {
            _log.WorkFailed(LogStatus.Failed, failure);
            End();
        }

        _turns.End();
    }

    // The log's writer has other things to do than to wait for a device, or to make files smaller.
    private void WriteInTurnOfWriter()
    {
        TakeWork();
        if (_plan.IsPlain && !_plan.Sync)
        {
            RunRest(doesChores: false, looksAgain: false);
            return;
        }

        _turns.PassOn();
    }

    private void TakeWork()
    {
        _isDone = false;
        _isLast = _isEnding;
        if (_hasEnded) return;
        // A plan that could not be carried out before is still there.
        _plan.Sync = _isLast || _isSyncDue || _log.Options.Durability == LogDurability.Synced || !_plan.IsPlain;
        if (_plan.Sync) _isSyncDue = false;
        if (_plan.Sync && _canShare && _plan.IsPlain) _services.Redo.Want();
        _log.TakeWork(_plan, _isLast, dropsIndex: false, hasIndex: _index.IsAtWork);
        _plan.Join();
        bool hasIndex = _plan.Index.WrittenCount > 0;
        _plan.DefersIndex = hasIndex && _plan.ChangesNothing && !_isLast && !_index.IsAtWork;
        _plan.Sync |= hasIndex && !_plan.DefersIndex;
    }

    private void Tell(long position)
    {
        _log.TellCommitted(position);
        _services.Told();
    }

    private void TellTimed(long position)
    {
        long messages = position - Interlocked.Exchange(ref _told, position);
        long start = Stopwatch.GetTimestamp();
        Tell(position);
        if (messages > 0) Volatile.Write(ref _tellTicks, (Stopwatch.GetTimestamp() - start) / messages);
    }

    private bool TellsQuickly(long position) => (position - Volatile.Read(ref _told)) * Volatile.Read(ref _tellTicks) < QuickTicks;

    private bool TryExecute(Part part, SyncMark mark = default, RedoBatch? redo = null)
    {
        try
        {
            SettleIndex();
            if (part is Part.Write or Part.All)
            {
                _files.Write(_plan, redo);
                Settle();
            }

            if (part == Part.Write) return true;
            _files.Finish(_plan, mark);
            if (_plan.DefersIndex) BeginIndex();
            // What may be left out of files is known when the index is there.
            _hasChores = _log.WorkIsDone(_plan) && !_index.IsAtWork;
            _plan.Clear();
            _isFull = false;
            return _isDone = true;
        }
        catch (DiskFullException e)
        {
            // Nothing half-written remains, and nothing is lost: the plan stays, and is tried again together with what comes.
            _isFull = true;
            TakeBack();
            _log.WorkFailed(LogStatus.NoSpace, e.Message);
            if (!_isEnding) _services.Loop.EnqueueLater(this, FullDiskDelay);
        }
        catch (Exception e) when (e is IOException or BrokenInvariantException)
        {
            // What a failed sync left of the data nobody can say: it is not tried again. The operating system may go on showing it, and syncing it
            // later would say nothing; so it goes, before somebody who opens the log takes it for safe.
            TakeBack();
            _log.WorkFailed(LogStatus.Failed, e.Message);
            End();
        }

        return false;
    }

    private void BeginIndex()
    {
        _files.Lend(_lent);
        _index.Begin(_files.Seal(_plan.Index.WrittenSpan), _lent);
        _lent.Clear();
    }

    // Of an index that is being written beside the turns: who syncs what was lent to it, or does more than to write and to sync, waits.
    private void SettleIndex()
    {
        if (!_index.IsAtWork) return;
        if (_isLast || !_plan.IsPlain || (_plan.Sync && _index.HasLent)) _index.RunOrWait();
        if (!_index.IsDone) return;
        IndexOutcome outcome = _index.TakeOutcome();
        _files.TakeBackLent(outcome.AreFilesSafe);
        if (!outcome.IsWritten) _log.IndexIsMissing();
        if (outcome.Failure is { } failure) throw new IOException(failure);
    }

    private void DoChore()
    {
        try
        {
            if (!_isEnding && _log.DoChore()) _turns.Request();
        }
        catch (IOException)
        {
            // The file is as it was; what cannot be read is told by whoever wants to read it.
        }
    }

    private void TakeBack()
    {
        try
        {
            _files.TakeBack(_plan);
        }
        catch (IOException)
        {
            // It will be cut when the log is opened, or overwritten by the next attempt.
        }
    }

    private void End()
    {
        if (_isClosed) return;
        _hasEnded = true;
        Forfeit();
        _plan.Clear();
        // The files that an index waits for stay open as long; when it is over there is another turn.
        if (!_index.TryCancel()) return;
        _isClosed = true;
        _files.Close();
        _ended.TrySetResult();
    }

    private enum Part
    {
        Write,
        Finish,
        All,
    }
}
