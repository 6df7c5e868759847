using Microsoft.Extensions.Logging;

namespace DotNats.Storage;

/// <summary>
/// Makes small writes to many files safe with one write to one file: what was written to blocks and journals is written here once more, in a file whose room is there
/// already, and synced. The files themselves are synced together when half of the journal is full. Opening a store completes from it what a power failure took (<see cref="RedoReplay"/>).
/// </summary>
/// <remarks>
/// A directory's files may change in ways that the journal does not know of (bytes overwritten, files deleted, replaced or moved) only after <see cref="Forget"/> of the directory;
/// whatever else must be safe before that is synced by who changes them.
/// </remarks>
// Owner: one store. Lifetime: its files are made when it is worth it, and deleted when the store is closed in order.
// Invariant: halves are begun anew in turn, only when everything the fill in it speaks of is on the device, and each gets a group before the other is begun anew. So what says that
// something is to be forgotten outlives what is to be forgotten. A fill is on the device when nobody owes anything of it (RedoDebts) and a sync of all has come after that.
// Lock: docs/adr/0026. It is held over a write and a sync: who takes it has come to wait for the device.
internal sealed class RedoJournal : IDisposable
{
    private const int FewDirectories = 16;
    private const string NotSynced = "the file system could not be synced";

    private readonly Lock _gate = new();
    private readonly IStorageFiles _files;
    private readonly string _directory;
    private readonly ILogger? _logger;
    private readonly long _halfBytes;
    private readonly bool _hasThreads;
    private readonly int _worthwhileSyncs;
    private readonly RedoFile[] _halves = new RedoFile[2];
    private readonly RedoDirectories _spokenOf = new();
    private IFileSystemSync? _fileSystem;
    private Thread? _thread;
    private volatile State _state;
    private readonly Thread? _cleaner;

    // What the one before left could not be overwritten.
    private volatile bool _isUnclean;
    private int _wanted;

    // What is in it and not in its files.
    private readonly RedoDebts _debts = new();

    // The fill before, of which somebody owes something; 0 for none.
    private ulong _unpaid;

    // It is given up when everything is paid.
    private volatile bool _leavesWhenPaid;

    // So many need it for what may be nowhere else: its files stay.
    private volatile int _needs;

    // And nothing can be added to them: what they speak of may not be changed.
    private bool _isStuck;
    private ulong _fill = 1;
    private ulong _safeFill;
    private uint _number;

    public RedoJournal(FileStoreOptions options)
    {
        (_files, _directory, _logger, _halfBytes) = (options.Files, options.Directory, options.Logger, options.RedoBytes / 2);
        (_hasThreads, _worthwhileSyncs) = (options.SyncThreads > 0, options.RedoAfterSyncs);
        if (_halfBytes == 0) _state = State.Off;
        // A start does not wait for it.
        bool hasDone = false;
        foreach (string name in RedoFormat.FileNames) hasDone |= _files.FileExists(Path.Combine(_directory, name + RedoFile.DoneSuffix));
        if (hasDone) _cleaner = Run(DeleteDone);
    }

    /// <summary>It takes groups.</summary>
    public bool IsReady => _state == State.Ready && !IsKept;

    /// <summary>The relative name of a file of the store.</summary>
    public byte[] NameOf(string path) => RedoFormat.NameOf(_directory, path);

    /// <summary>What is in a group may be written to its files later.</summary>
    public bool TakesDebts => _debts.AreTaken;

    /// <summary>Everything that a fill speaks of is on the device. Any thread.</summary>
    public bool IsSafe(ulong fill) => fill <= Volatile.Read(ref _safeFill);

    /// <summary>Some small writes are synced: its files are made when that was often enough.</summary>
    public void Want()
    {
        if (_state != State.Idle || Interlocked.Increment(ref _wanted) != _worthwhileSyncs) return;
        _state = State.Making;
        _thread = Run(Make);
    }

    /// <summary>Makes a group safe, which has been written to the files already, or will be by those who owe it; false where it has to be synced.</summary>
    /// <param name="debtors">They owe what is in it of theirs.</param>
    /// <param name="fill">In which it is.</param>
    public bool TryCommit(RedoBatch batch, List<IRedoDebtor> debtors, out ulong fill)
    {
        lock (_gate)
        {
            bool isWritten = !IsKept && (debtors.Count == 0 || _debts.AreTaken) && TryWrite(batch);
            fill = _fill;
            if (!isWritten) return false;
            foreach (IRedoDebtor debtor in debtors)
            {
                if (!debtor.Owes) _debts.Add(debtor, fill);
            }

            return true;
        }
    }

    /// <summary>What somebody owed is in its file. A sync of the file system that begins now has it.</summary>
    public void Settle(IRedoDebtor debtor)
    {
        ulong fill = _debts.Remove(debtor);
        if (fill == 0 || (Volatile.Read(ref _unpaid) != fill && !_leavesWhenPaid)) return;
        lock (_gate) OnPaid();
    }

    /// <summary>What somebody owes cannot be written to its file: the next start completes it.</summary>
    public void Default(IRedoDebtor debtor, string reason)
    {
        Keep(reason);
        Settle(debtor);
    }

    /// <summary>A fill speaks of files in a directory.</summary>
    public void Note(ulong fill, string directory)
    {
        lock (_gate)
        {
            // The fill before the last is there until the first group of this one is.
            if (fill + (_number == 0 ? 2u : 1u) >= _fill) _spokenOf.Add(fill, directory);
        }
    }

    /// <summary>What was written so far to files in a directory, and in those below it, is not completed from here any more.</summary>
    /// <exception cref="IOException">That cannot be made sure.</exception>
    public void Forget(string directory)
    {
        if (_state is State.Idle or State.Making) return;
        lock (_gate)
        {
            if (TryForgetHere(directory)) return;
        }

        WithAllPaid(() =>
        {
            SyncAll();
            if (!TryForgetHere(directory)) throw new IOException(Refusal);
        });
    }

    /// <summary>A sync failed, and what was told as safe may be nowhere but here: nothing is added until it is restored, or the next start completes it.</summary>
    public void Keep(string reason)
    {
        lock (_gate) KeepHere(reason);
    }

    /// <summary>Writes to a file what is spoken of it, and syncs it: it was kept for that.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void Restore(IStorageFile file, string path)
    {
        lock (_gate)
        {
            RedoReplay.Restore(_files, _directory, path, file);
            _needs--;
        }
    }

    /// <summary>Has everything on the device that is spoken of in a directory and below, and forgets it: it is going to have another name.</summary>
    /// <exception cref="IOException">That cannot be made sure.</exception>
    public void Release(string directory)
    {
        if (_state is State.Idle or State.Making) return;
        WithAllPaid(() =>
        {
            if (!_spokenOf.Has(directory)) return;
            SyncAll();
            if (!TryForgetHere(directory)) throw new IOException(Refusal);
        });
    }

    /// <summary>Overwrites everything that was ever written to it: some of that was erased.</summary>
    /// <exception cref="IOException">That cannot be done.</exception>
    public void Scrub()
    {
        _cleaner?.Join();
        if (_isUnclean) throw new IOException(Refusal);
        if (_state is State.Idle or State.Making) return;
        WithAllPaid(() =>
        {
            if (_state == State.Ready && !Half.IsUsed && !OtherHalf.IsUsed) return;
            SyncAll();
            if (_state != State.Ready) return;
            try
            {
                Blank();
            }
            catch (IOException e)
            {
                GiveUp(e.Message);
                throw;
            }
        });
    }

    /// <summary>Deletes its files, if everything they speak of is on the device. Nobody writes any more.</summary>
    public void Dispose()
    {
        _cleaner?.Join();
        _thread?.Join();
        if (_state == State.Ready) Leave();
        _fileSystem?.Dispose();
        CloseHalves();
    }

    private bool IsKept => _needs > 0;

    private RedoFile Half => _halves[_fill & 1];

    private RedoFile OtherHalf => _halves[~_fill & 1];

    // The files of a few directories are synced quickly: the less of them is spoken of, the less a start has to complete.
    private bool IsEnough => Half.UsedBytes > _halfBytes / 4 && _spokenOf.Count(_fill) <= FewDirectories;

    private string Refusal => $"{_directory}: what was written cannot be completed, and the redo journal cannot forget it";

    private bool TryWrite(RedoBatch batch)
    {
        if (_state != State.Ready) return false;
        if ((IsEnough || !Half.HasRoom(batch.Length)) && !TryBeginOther() && !Half.HasRoom(batch.Length)) return false;
        if (!Half.HasRoom(batch.Length)) return false;
        try
        {
            Half.Write(batch, _fill, _number);
            if (_number++ == 0) _spokenOf.Begin(_fill);
            return true;
        }
        catch (IOException e)
        {
            GiveUp(e.Message);
            return false;
        }
    }

    // The fill before this one is in the other half.
    private bool TryBeginOther()
    {
        if (IsKept || !IsSafe(_fill - 1) || _thread is { IsAlive: true }) return false;
        ulong full = _fill;
        BeginNext();
        // Who pays last sees this, or is seen below.
        Interlocked.Exchange(ref _unpaid, full);
        OnPaid();
        return _state == State.Ready;
    }

    private void OnPaid()
    {
        if (_leavesWhenPaid && _debts.IsEmpty) Leave();
        ulong full = _unpaid;
        if (full == 0 || _debts.Has(full) || _state != State.Ready) return;
        _unpaid = 0;
        _thread = Run(() => MakeSafe(full));
    }

    // Under the gate, when nobody owes anything. The gate is not held while they pay: they need it.
    private void WithAllPaid(Action action)
    {
        _debts.Refuse();
        try
        {
            for (bool isDone = false; !isDone;)
            {
                _debts.PayAll();
                lock (_gate)
                {
                    if (!_debts.IsEmpty) continue;
                    action();
                    isDone = true;
                }
            }
        }
        finally
        {
            _debts.TakeAgain();
        }
    }

    private void BeginNext()
    {
        _fill++;
        _number = 0;
        Half.BeginAnew();
    }

    private void MakeSafe(ulong fill)
    {
        if (_fileSystem!.TrySync())
        {
            Volatile.Write(ref _safeFill, Math.Max(_safeFill, fill));
            return;
        }

        Keep(NotSynced);
    }

    private void SyncAll()
    {
        if (IsKept) throw new DiskFullException(_directory);
        if (_state == State.Ready && _fileSystem!.TrySync())
        {
            Volatile.Write(ref _safeFill, _number == 0 ? _fill - 1 : _fill);
            // What comes is not on the device.
            if (_number > 0) BeginNext();
            return;
        }

        if (_state == State.Ready) KeepHere(NotSynced);
        if (IsKept || _isStuck) throw new IOException(Refusal);
    }

    private void KeepHere(string reason)
    {
        _needs++;
        if (_logger is not null) RedoReports.Kept(_logger, reason);
    }

    // False where there is no room for it, until everything is synced.
    private bool TryForgetHere(string directory)
    {
        if (_isStuck) throw new IOException(Refusal);
        if (!_spokenOf.Has(directory)) return true;
        var batch = new RedoBatch();
        batch.Forget(NameOf(directory));
        // Twice: where one group cannot be read any more, the other says it.
        for (int i = 0; i < 2; i++)
        {
            if (TryWrite(batch)) continue;
            if (_isStuck) throw new IOException(Refusal);
            if (_state == State.Ready) return false;
        }

        _spokenOf.Remove(directory);
        return true;
    }

    // The older first: what the younger says of it holds until it is gone.
    private void Blank()
    {
        RedoFile older = _number == 0 ? Half : OtherHalf;
        older.Blank();
        (_number == 0 ? OtherHalf : Half).Blank();
        _spokenOf.Clear();
    }

    // Everything goes on with syncs of its own. Where what is spoken of is not on the device, the files stay, and are needed at the next start.
    private void GiveUp(string reason)
    {
        if (_state != State.Ready) return;
        if (_logger is not null) RedoReports.GivenUp(_logger, reason);
        Leave();
        _state = State.Off;
    }

    private void Leave()
    {
        _isStuck = true;
        // Who pays last sees this, or is seen here.
        _leavesWhenPaid = true;
        Interlocked.MemoryBarrier();
        if (!_debts.IsEmpty) return;
        _leavesWhenPaid = false;
        if (IsKept || !_fileSystem!.TrySync()) return;
        Volatile.Write(ref _safeFill, ulong.MaxValue);
        try
        {
            // What is erased later may not be found in what was the journal's.
            Blank();
            CloseHalves();
            RedoFile.DeleteBoth(_files, _directory);
            _isStuck = false;
        }
        catch (IOException e)
        {
            if (_logger is not null) RedoReports.NotDeleted(_logger, e.Message);
        }
    }

    private void CloseHalves()
    {
        foreach (RedoFile? half in _halves) half?.Dispose();
    }

    private void Make()
    {
        try
        {
            _fileSystem = _files.OpenSync(_directory);
            if (_fileSystem is { OverwritesInPlace: true })
            {
                for (int i = 0; i < _halves.Length; i++) _halves[i] = RedoFile.Make(_files, Path.Combine(_directory, RedoFormat.FileNames[i]), _halfBytes);
                _files.SyncDirectory(_directory);
                _state = State.Ready;
                return;
            }
        }
        catch (IOException e)
        {
            if (_logger is not null) RedoReports.NotMade(_logger, e.Message);
            CloseHalves();
            TryDelete();
        }

        _state = State.Off;
    }

    private void TryDelete()
    {
        try
        {
            RedoFile.DeleteBoth(_files, _directory);
        }
        catch (IOException)
        {
            // The next start passes over what has no groups.
        }
    }

    private void DeleteDone()
    {
        try
        {
            RedoFile.DeleteDone(_files, _directory);
        }
        catch (IOException e)
        {
            _isUnclean = true;
            if (_logger is not null) RedoReports.NotDeleted(_logger, e.Message);
        }
    }

    private Thread? Run(Action action)
    {
        if (!_hasThreads)
        {
            action();
            return null;
        }

        var thread = new Thread(() => action()) { IsBackground = true, Name = "storage redo" };
        thread.Start();
        return thread;
    }

    private enum State
    {
        /// <summary>Nobody needed it yet.</summary>
        Idle,

        Making,

        Ready,

        /// <summary>Nothing is written to it.</summary>
        Off,
    }
}
