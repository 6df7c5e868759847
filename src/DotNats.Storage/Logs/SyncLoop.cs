using System.Collections.Concurrent;

namespace DotNats.Storage;

/// <summary>What the loop gives a turn at its files.</summary>
internal interface ISyncWork
{
    /// <summary>Does what waits. On a thread of the loop; throws nothing.</summary>
    void RunTurn();

    /// <summary>A time it asked for has come.</summary>
    void OnDue();
}

/// <summary>
/// A few threads that write and sync for all logs of a store: each takes one log at a time, so that one sync acknowledges all that collected in
/// it, and many logs sync side by side.
/// </summary>
// Owner: one store. Lifetime: threads start when there is work for one more of them and end with the store.
// Invariant: a log is in the queue at most once (FileLog sees to it).
internal sealed class SyncLoop(int maxThreads, TimeProvider clock) : IDisposable
{
    // How closely due times are kept.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentQueue<ISyncWork> _queue = new();
    private readonly SemaphoreSlim _queued = new(0);
    private readonly ConcurrentDictionary<ISyncWork, long> _due = new();
    private readonly Thread?[] _threads = new Thread?[maxThreads];
    private ITimer? _timer;
    private int _threadCount;
    private int _idle;
    private volatile bool _isEnding;

    /// <summary>Gives a log a turn as soon as a thread is free.</summary>
    public void Enqueue(ISyncWork work)
    {
        _queue.Enqueue(work);
        _queued.Release();
        if (Volatile.Read(ref _idle) < _queue.Count && Volatile.Read(ref _threadCount) < maxThreads) StartThread();
    }

    /// <summary>Gives a log a turn after a while; an earlier appointment stays.</summary>
    public void EnqueueLater(ISyncWork work, TimeSpan delay)
    {
        long due = clock.GetTimestamp() + (long)(delay.TotalSeconds * clock.TimestampFrequency);
        _due.AddOrUpdate(work, static (_, due) => due, static (_, earlier, due) => Math.Min(earlier, due), due);
        if (Volatile.Read(ref _timer) is not null) return;
        ITimer timer = clock.CreateTimer(static loop => ((SyncLoop)loop!).OnTick(), this, Tick, Tick);
        if (Interlocked.CompareExchange(ref _timer, timer, null) is not null) timer.Dispose();
    }

    /// <summary>Ends the threads after what is queued is done.</summary>
    public void Dispose()
    {
        if (_isEnding) return;
        _timer?.Dispose();
        _isEnding = true;
        _queued.Release(maxThreads);
        foreach (Thread? thread in _threads) thread?.Join();
        _queued.Dispose();
    }

    private void OnTick()
    {
        long now = clock.GetTimestamp();
        foreach ((ISyncWork work, long due) in _due)
        {
            if (due <= now && _due.TryRemove(new KeyValuePair<ISyncWork, long>(work, due))) work.OnDue();
        }
    }

    private void StartThread()
    {
        int number = Interlocked.Increment(ref _threadCount);
        if (number > maxThreads)
        {
            Interlocked.Decrement(ref _threadCount);
            return;
        }

        var thread = new Thread(Run) { IsBackground = true, Name = $"storage sync {number}" };
        _threads[number - 1] = thread;
        thread.Start();
    }

    private void Run()
    {
        while (true)
        {
            Interlocked.Increment(ref _idle);
            _queued.Wait();
            Interlocked.Decrement(ref _idle);
            if (_queue.TryDequeue(out ISyncWork? work)) work.RunTurn();
            else if (_isEnding) return;
        }
    }
}
