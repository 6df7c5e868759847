namespace DotNats.Storage;

/// <summary>
/// Writes a log's index beside its turns: syncs what the index speaks of, then puts it in place, while the log goes on writing behind it. A log that is not synced would otherwise stand
/// still for as long as the device needs for all that was written since the last index.
/// </summary>
/// <remarks>
/// Who syncs a file that is lent, or does anything that no index may speak of, waits for it first (<see cref="RunOrWait"/>): an error of the device is told once, and whoever hears it has
/// the log fail.
/// </remarks>
// Owner: one FileTurns: Begin and TakeOutcome are called with the turn. Between them it is worked off by a thread of the loop, or by who cannot wait for one.
// Invariant: Idle -> Waiting -> Running -> Done -> Idle. Files are lent to it from Begin to TakeOutcome; nobody closes or replaces them meanwhile.
internal sealed class BackgroundIndex(IStorageFiles files, SyncLoop loop, string directory, Action ended) : ISyncWork
{
    private const int Idle = 0;
    private const int Waiting = 1;
    private const int Running = 2;
    private const int Done = 3;

    private readonly List<IStorageFile> _lent = [];
    private TaskCompletionSource _isOver = new();
    private ReadOnlyMemory<byte> _index;
    private IndexOutcome _outcome;
    private int _state;

    /// <summary>One is on its way, or what became of it has not been asked.</summary>
    public bool IsAtWork => Volatile.Read(ref _state) != Idle;

    public bool IsDone => Volatile.Read(ref _state) == Done;

    /// <summary>It has files to sync.</summary>
    public bool HasLent => _lent.Count > 0;

    /// <summary>Has an index written as soon as a thread is free.</summary>
    /// <param name="index">As it is to lie in the file.</param>
    /// <param name="lent">What is to be safe before; they stay open until the outcome is taken.</param>
    public void Begin(ReadOnlyMemory<byte> index, List<IStorageFile> lent)
    {
        _index = index;
        _lent.AddRange(lent);
        _isOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _state, Waiting);
        loop.Enqueue(this);
    }

    /// <summary>Returns when none is on its way any more; one that nobody has begun is written here.</summary>
    public void RunOrWait()
    {
        if (!TryRun() && IsAtWork) _isOver.Task.Wait();
    }

    /// <summary>Nothing is on its way any more, whatever became of it; false where a thread is at work on it.</summary>
    public bool TryCancel() => Interlocked.CompareExchange(ref _state, Done, Waiting) != Running;

    /// <summary>What became of it, once it is done.</summary>
    public IndexOutcome TakeOutcome()
    {
        IndexOutcome outcome = _outcome;
        _lent.Clear();
        Volatile.Write(ref _state, Idle);
        return outcome;
    }

    public void RunTurn() => TryRun();

    public SharedTurn BeginShared(RedoBatch? redo, bool mayOwe) => Volatile.Read(ref _state) == Waiting ? SharedTurn.Own : SharedTurn.None;

    public bool EndShared(SyncMark mark, bool isAlone) => false;

    public void RunRest() => TryRun();

    public void OnDue()
    {
    }

    private bool TryRun()
    {
        if (Interlocked.CompareExchange(ref _state, Running, Waiting) != Waiting) return false;
        _outcome = Write();
        _index = default;
        Volatile.Write(ref _state, Done);
        _isOver.SetResult();
        ended();
        return true;
    }

    private IndexOutcome Write()
    {
        try
        {
            foreach (IStorageFile file in _lent) file.Sync();
            // An index never speaks of a file that cannot be found after a crash.
            if (_lent.Count > 0) files.SyncDirectory(directory);
        }
        catch (IOException e)
        {
            return new IndexOutcome(AreFilesSafe: false, IsWritten: false, e.Message);
        }

        try
        {
            SafeFiles.Replace(files, Path.Combine(directory, IndexFormat.FileName), _index.Span);
            return new IndexOutcome(AreFilesSafe: true, IsWritten: true, null);
        }
        catch (DiskFullException)
        {
            // The one that is there is as true as before.
            return new IndexOutcome(AreFilesSafe: true, IsWritten: false, null);
        }
        catch (IOException e)
        {
            return new IndexOutcome(AreFilesSafe: true, IsWritten: false, e.Message);
        }
    }
}

/// <summary>What became of an index.</summary>
/// <param name="AreFilesSafe">What was written to the lent files before is on the device.</param>
/// <param name="IsWritten">It is in place.</param>
/// <param name="Failure">Why nothing may be written to the log any more; null where it may.</param>
internal readonly record struct IndexOutcome(bool AreFilesSafe, bool IsWritten, string? Failure);
