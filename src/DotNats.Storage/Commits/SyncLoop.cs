using System.Collections.Concurrent;

namespace DotNats.Storage;

/// <summary>What the loop gives a turn at its files.</summary>
internal interface ISyncWork
{
    /// <summary>Does what waits. On a thread of the loop; throws nothing.</summary>
    void RunTurn();

    /// <summary>Takes a turn of which one sync for many does a part. Whatever it says but <see cref="SharedTurn.None"/>, it has the turn now.</summary>
    /// <param name="redo">Gets what is written; null where nobody wants it.</param>
    /// <param name="mayOwe">What it gets may be left to it for a while: then the turn is <see cref="SharedTurn.Noted"/>.</param>
    SharedTurn BeginShared(RedoBatch? redo, bool mayOwe);

    /// <summary>Ends a turn that was <see cref="SharedTurn.Written"/> or <see cref="SharedTurn.Noted"/> and tells of it; the caller has what that sets free sent.</summary>
    /// <param name="mark">What became of what it wrote; where that is not safe it sees to it itself.</param>
    /// <param name="isAlone">Nobody else waits for the caller, who looks for work next.</param>
    /// <returns>Something is left that takes longer: <see cref="RunRest"/> goes on with the turn.</returns>
    bool EndShared(SyncMark mark, bool isAlone);

    /// <summary>Does what is left of a turn, and ends it.</summary>
    void RunRest();

    /// <summary>A time it asked for has come.</summary>
    void OnDue();
}

/// <summary>What one sync for many can do for a turn.</summary>
internal enum SharedTurn
{
    /// <summary>There is no turn to be had.</summary>
    None,

    /// <summary>Everything is written and waits for the sync.</summary>
    Written,

    /// <summary>As <see cref="Written"/>, but that it is in the redo journal's group alone: who says so is an <see cref="IRedoDebtor"/>.</summary>
    Noted,

    /// <summary>There is more to do than to write and sync.</summary>
    Own,
}

/// <summary>
/// A few threads that write and sync for all logs of a store: each takes one log at a time, so that one sync acknowledges all that collected in
/// it, and many logs sync side by side. Where many wait, one thread takes all of them and syncs them together.
/// </summary>
// Owner: one store. Lifetime: threads start when there is work for one more of them and end with the store.
// Invariant: a log is in the queue at most once (WorkTurns sees to it); while the queue has something, a thread is awake or called, or waits to take all of it.
internal sealed class SyncLoop : IDisposable
{
    // How closely due times are kept.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentQueue<ISyncWork> _queue = new();
    private readonly ConcurrentDictionary<ISyncWork, long> _due = new();
    private readonly ThreadSignal _signal = new();
    private readonly Thread?[] _threads;
    private readonly TimeProvider _clock;
    private readonly SharedSync _shared;
    private ITimer? _timer;
    private int _threadCount;
    private int _sleeping;
    private int _isCalled;
    private volatile bool _isEnding;

    /// <param name="shared">Syncs several logs at once, where that can be.</param>
    public SyncLoop(int maxThreads, TimeProvider clock, SharedSync shared)
    {
        (_threads, _clock, _shared) = (new Thread?[maxThreads], clock, shared);
    }

    /// <summary>Gives a log a turn as soon as a thread is free.</summary>
    public void Enqueue(ISyncWork work)
    {
        _queue.Enqueue(work);
        Call();
    }

    /// <summary>Gives a log a turn. For a thread of the loop, at the end of another turn: it looks for work next.</summary>
    public void EnqueueHere(ISyncWork work) => _queue.Enqueue(work);

    /// <summary>Gives a log a turn after a while; an earlier appointment stays.</summary>
    public void EnqueueLater(ISyncWork work, TimeSpan delay)
    {
        long due = _clock.GetTimestamp() + (long)(delay.TotalSeconds * _clock.TimestampFrequency);
        _due.AddOrUpdate(work, static (_, due) => due, static (_, earlier, due) => Math.Min(earlier, due), due);
        if (Volatile.Read(ref _timer) is not null) return;
        ITimer timer = _clock.CreateTimer(static loop => ((SyncLoop)loop!).OnTick(), this, Tick, Tick);
        if (Interlocked.CompareExchange(ref _timer, timer, null) is not null) timer.Dispose();
    }

    /// <summary>Gives one log its turn on the caller's thread, where there are no others; false where none waits.</summary>
    public bool TryRunTurn()
    {
        var group = new SyncGroup();
        if (_shared.TryTake(_queue, group) == SharedTake.Taken)
        {
            _shared.Run(group);
            return true;
        }

        if (!_queue.TryDequeue(out ISyncWork? work)) return false;
        work.RunTurn();
        return true;
    }

    /// <summary>Ends the threads after what is queued is done.</summary>
    public void Dispose()
    {
        if (_isEnding) return;
        _timer?.Dispose();
        _isEnding = true;
        for (int i = 0; i < _threads.Length; i++) _signal.Set();
        foreach (Thread? thread in _threads) thread?.Join();
        _signal.Dispose();
    }

    private void OnTick()
    {
        long now = _clock.GetTimestamp();
        foreach ((ISyncWork work, long due) in _due)
        {
            if (due <= now && _due.TryRemove(new KeyValuePair<ISyncWork, long>(work, due))) work.OnDue();
        }
    }

    // Who was called and has not looked yet finds this too. A thread says that it sleeps before it looks once more: one of the two sees the other.
    private void Call()
    {
        if (Volatile.Read(ref _isCalled) != 0) return;
        Interlocked.MemoryBarrier();
        // Who waits to take all that there is takes this too.
        if (_shared.HasWaiter) return;
        bool canStart = Volatile.Read(ref _threadCount) < _threads.Length;
        if ((Volatile.Read(ref _sleeping) == 0 && !canStart) || Interlocked.Exchange(ref _isCalled, 1) != 0) return;
        if (Volatile.Read(ref _sleeping) > 0 || !canStart) _signal.Set();
        else StartThread();
    }

    private void StartThread()
    {
        int number = Interlocked.Increment(ref _threadCount);
        if (number > _threads.Length)
        {
            Interlocked.Decrement(ref _threadCount);
            _signal.Set();
            return;
        }

        var thread = new Thread(Run) { IsBackground = true, Name = $"storage sync {number}" };
        _threads[number - 1] = thread;
        thread.Start();
    }

    private void Run()
    {
        var group = new SyncGroup();
        Interlocked.Exchange(ref _isCalled, 0);
        while (true)
        {
            if (TryRunNext(group)) continue;
            Interlocked.Increment(ref _sleeping);
            // What is left for somebody who is about to take all of it is nothing to stay awake for.
            if ((_queue.IsEmpty || _shared.HasWaiter) && !_isEnding) _signal.Wait();
            Interlocked.Decrement(ref _sleeping);
            Interlocked.Exchange(ref _isCalled, 0);
            if (_isEnding && _queue.IsEmpty) return;
        }
    }

    private bool TryRunNext(SyncGroup group)
    {
        switch (_shared.TryTake(_queue, group))
        {
            case SharedTake.Taken:
                if (!_queue.IsEmpty) Call();
                _shared.Run(group);
                return true;
            case SharedTake.Left:
                return false;
        }

        if (!_queue.TryDequeue(out ISyncWork? work)) return false;
        // What is left is another thread's.
        if (!_queue.IsEmpty) Call();
        work.RunTurn();
        return true;
    }
}
