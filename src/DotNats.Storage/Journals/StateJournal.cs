namespace DotNats.Storage;

/// <summary>
/// Keeps a state that changes often: the whole of it now and then, and each change in between. Changes are opaque here. What nobody waits for is written a little later;
/// what is urgent at once, together with all that collected, by one sync.
/// </summary>
/// <remarks>Write: <see cref="Append"/>, then <see cref="Commit"/> once; when <see cref="IsLong"/>, <see cref="Replace"/> before it.</remarks>
// Owner: one thread at a time writes (the consumer's runner); files are written by whoever has the turn.
// Lifetime: from its directory's OpenJournal to DisposeAsync, which makes everything safe.
// Invariant: what is read after a crash is the state at some position, and not before the last that was told as committed.
public sealed class StateJournal : ISyncWork, IAsyncDisposable
{
    // Changes nobody waits for are written after this, or when there are so many bytes of them.
    private const int MaxLazyBytes = 64 * 1024;

    // Reading so much takes some 50 ms.
    private const long LongBytes = 4 * 1024 * 1024;

    private const int QuietTicks = 2;

    private static readonly TimeSpan LazyDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan FullDiskDelay = TimeSpan.FromMilliseconds(250);

    private readonly LogServices _services;
    private readonly JournalFile _file;
    private readonly JournalOptions _options;
    private readonly IJournalListener _listener;
    private readonly WorkTurns _turns;
    // Made by who ends it, before it says so.
    private TaskCompletionSource? _ended;

    // The owner's, made for the first change: most consumers are idle.
    private JournalBatch? _filling;
    private long _stateBytes;

    // On their way between the owner and the turns.
    private JournalBatch? _handed;
    private JournalBatch? _spare;
    private volatile bool _isAppointed;
    private volatile bool _isEnding;
    private volatile bool _isCloseDue;
    private volatile bool _hasFailed;
    private volatile bool _isReplacing;
    // Of changes that a full disk keeps from being written, when it was last tried.
    private long _stuckBytes;
    private int _quietTicks;

    // Whoever has the turn: what is to be written; what was, and who has to be told when it is safe.
    private JournalBatch? _current;
    private long _written;
    private bool _hasWaiter;
    private long _lastSync;
    private bool _isLast;
    private bool _wasFull;
    private bool _wasDoubtful;
    private bool _hasEnded;

    private StateJournal(LogServices services, JournalFile file, JournalOptions options, IJournalListener listener)
    {
        (_services, _file, _options, _listener) = (services, file, options, listener);
        _turns = new WorkTurns(services.Loop, this);
        _lastSync = services.Clock.GetTimestamp();
    }

    /// <summary>Counts changes since the journal was opened: a place in the state's history, for <see cref="IJournalListener.OnCommitted"/>.</summary>
    public long Position { get; private set; }

    /// <summary>A whole state is wanted: the journal has grown enough for it, or a full disk has kept as much from being written or made safe.</summary>
    public bool IsLong =>
        (!_isReplacing && (_file.IsDoubtful || _file.Length > MostBytes)) || Volatile.Read(ref _stuckBytes) > MostBytes;

    private JournalBatch Filling => _filling ??= Interlocked.Exchange(ref _spare, null) ?? new JournalBatch();

    private long MostBytes => Math.Max(LongBytes, 4 * _stateBytes);

    internal static StateJournal Open(LogServices services, JournalFile file, JournalOptions options, IJournalListener listener, out JournalContent content)
    {
        content = file.Read();
        return new StateJournal(services, file, options, listener) { _stateBytes = content.State?.Length ?? 0 };
    }

    /// <summary>Goes on with one that rests. Nothing is read before there is something to write.</summary>
    internal static StateJournal Resume(LogServices services, JournalFile file, JournalOptions options, IJournalListener listener, in RestingJournal resting)
    {
        file.Resume(resting.StateHash);
        return new StateJournal(services, file, options, listener) { _stateBytes = resting.StateBytes };
    }

    /// <summary>True where nothing was written and nothing waits: the journal need not be held, and whoever has something to write goes on with what is known of it.</summary>
    public bool TryRest(out RestingJournal resting)
    {
        resting = new RestingJournal(_file.StateHash, _stateBytes);
        return Position == 0 && _file.Length == 0;
    }

    /// <summary>Keeps the first state, at once; before anything else, and only where there is none.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void Begin(ReadOnlySpan<byte> state)
    {
        _file.Begin(state);
        _stateBytes = state.Length;
    }

    /// <summary>Adds a change. Nothing is kept of the span.</summary>
    public void Append(ReadOnlySpan<byte> change)
    {
        Position++;
        if (!_hasFailed) Filling.Append(change);
    }

    /// <summary>Has the whole state take the place of all changes so far.</summary>
    public void Replace(byte[] state)
    {
        Position++;
        if (_hasFailed) return;
        Filling.SetState(state);
        _isReplacing = true;
        Volatile.Write(ref _stuckBytes, 0);
        _stateBytes = state.Length;
    }

    /// <summary>Has everything so far written; soon, or at once where somebody waits for it.</summary>
    public void Commit(bool isUrgent)
    {
        if (_hasFailed || (!isUrgent && _filling is not { IsEmpty: false })) return;
        JournalBatch handed = HandOver(isUrgent && _options.Durability != LogDurability.Buffered);
        int bytes = handed.ChangeBytes;
        bool hasState = handed.State is not null;
        // A fence: whoever keeps the appointment that is seen below takes this too.
        Interlocked.Exchange(ref _handed, handed);
        if (isUrgent && _options.Durability == LogDurability.Buffered)
        {
            _listener.OnCommitted(Position);
        }
        else if (isUrgent)
        {
            if (_options.Durability == LogDurability.Written && _turns.TryBeginHere()) TakeTurn();
            else _turns.Request();
            return;
        }

        if (hasState || bytes > MaxLazyBytes)
        {
            _turns.Request();
        }
        else if (!_isAppointed)
        {
            _isAppointed = true;
            _services.Loop.EnqueueLater(this, LazyDelay);
        }
    }

    /// <summary>Puts the file of the state aside: it makes no sense.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void SetStateAside() => _file.SetAside(ConsumerDirectory.StateName);

    /// <summary>Makes everything so far safe and closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_isEnding && _filling is { IsEmpty: false } && !_hasFailed) Volatile.Write(ref _handed, HandOver(isUrgent: false));
        _ended ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _isEnding = true;
        _turns.Request();
        await _ended.Task.ConfigureAwait(false);
        _services.Remove(this);
    }

    void ISyncWork.OnDue()
    {
        _isAppointed = false;
        _turns.Request();
    }

    void ISyncWork.RunTurn()
    {
        if (_turns.TryBegin()) TakeTurn();
    }

    SharedTurn ISyncWork.BeginShared(RedoBatch? redo, bool mayOwe)
    {
        if (!_turns.TryBegin()) return SharedTurn.None;
        TakeHanded();
        bool isPlain = !_hasEnded && !_isLast && !_isCloseDue && _current is { State: null, IsUrgent: true } && _options.Durability == LogDurability.Synced;
        if (!isPlain) return SharedTurn.Own;
        if (Try(Part.Write, redo)) return SharedTurn.Written;
        _turns.End();
        return SharedTurn.None;
    }

    bool ISyncWork.EndShared(SyncMark mark, bool isAlone)
    {
        if (mark.IsSafe) _file.IsSafe(mark);
        if (Try(Part.Sync)) Tell();
        _turns.End();
        return false;
    }

    void ISyncWork.RunRest() => RunRest();

    /// <summary>Every few seconds: the file of a quiet one is closed.</summary>
    internal void KeepHouse()
    {
        if (Interlocked.Increment(ref _quietTicks) < QuietTicks) return;
        _isCloseDue = true;
        _turns.Request();
    }

    // What was handed over and not taken yet is taken back, and goes again with what came since.
    private JournalBatch HandOver(bool isUrgent)
    {
        JournalBatch? handed = Interlocked.Exchange(ref _handed, null);
        JournalBatch filled = Filling;
        filled.Position = Position;
        filled.IsUrgent = isUrgent;
        if (handed is null)
        {
            _filling = null;
            return filled;
        }

        handed.Add(filled);
        filled.Clear();
        return handed;
    }

    private void TakeTurn()
    {
        TakeHanded();
        RunRest();
    }

    // What is handed over before the end is announced is taken by the last turn.
    private void TakeHanded()
    {
        _isLast = _isEnding;
        if (!_hasEnded && Interlocked.Exchange(ref _handed, null) is { } batch) Take(batch);
    }

    private void RunRest()
    {
        bool isDone = !_hasEnded && Try(Part.All);
        bool hasWaiter = isDone && _hasWaiter;
        if (isDone) Tell();
        if (_isLast) End();
        if (_isLast) _ended!.TrySetResult();
        _turns.End();
        if (hasWaiter) _services.Told();
    }

    // False where the disk refused.
    private bool Try(Part part, RedoBatch? redo = null)
    {
        try
        {
            if (part is Part.Write or Part.All) Write(redo);
            if (part == Part.Sync || (part == Part.All && NeedsSync())) Sync();
            if (part == Part.All && (_isLast || _isCloseDue)) Close();
            _wasFull = false;
            Volatile.Write(ref _stuckBytes, 0);
            return true;
        }
        catch (DiskFullException e)
        {
            // Nothing is lost: it is tried again together with what comes. Where it was the sync that found no room, a whole state has to come.
            if (!_wasFull || (_file.IsDoubtful && !_wasDoubtful)) _listener.OnFailed(LogStatus.NoSpace, e.Message);
            (_wasFull, _wasDoubtful) = (true, _file.IsDoubtful);
            Volatile.Write(ref _stuckBytes, _current?.ChangeBytes ?? 0);
            if (!_isLast) _services.Loop.EnqueueLater(this, FullDiskDelay);
        }
        catch (IOException e)
        {
            // What a failed sync left of the data nobody can say: it is not tried again.
            _hasFailed = true;
            _listener.OnFailed(LogStatus.Failed, e.Message);
            End();
        }

        return false;
    }

    private bool NeedsSync() =>
        _isLast || (_hasWaiter && _options.Durability == LogDurability.Synced) || _services.Clock.GetElapsedTime(_lastSync) >= _options.SyncInterval;

    private void Take(JournalBatch batch)
    {
        if (_current is null)
        {
            _current = batch;
            return;
        }

        _current.Add(batch);
        Give(batch);
    }

    private void Write(RedoBatch? redo)
    {
        if (_current is not { } batch) return;
        if (!_file.IsOpen) _services.Add(this);
        _quietTicks = 0;
        _file.Write(batch, redo);
        if (batch.State is not null) _isReplacing = false;
        _written = batch.Position;
        _hasWaiter |= batch.IsUrgent;
        _current = null;
        Give(batch);
    }

    private void Sync()
    {
        _file.Sync();
        _lastSync = _services.Clock.GetTimestamp();
    }

    // What was written is as safe as it has to be.
    private void Tell()
    {
        if (!_hasWaiter) return;
        _hasWaiter = false;
        _listener.OnCommitted(_written);
    }

    private void Close()
    {
        _isCloseDue = false;
        _spare = null;
        if (_file.IsDirty) Sync();
        _file.Close();
        _services.Remove(this);
    }

    private void Give(JournalBatch batch)
    {
        batch.Clear();
        Volatile.Write(ref _spare, batch);
    }

    private void End()
    {
        if (_hasEnded) return;
        _hasEnded = true;
        _current?.Clear();
        _file.Close();
    }

    private enum Part
    {
        Write,
        Sync,
        All,
    }
}
