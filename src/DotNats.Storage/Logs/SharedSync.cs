using System.Collections.Concurrent;
using System.Diagnostics;

namespace DotNats.Storage;

/// <summary>Syncs many logs at once: writes what waits in each, then has the whole file system synced, then acknowledges all of it.</summary>
/// <remarks>
/// The device then does the work of one sync for all of them. It also does it for whatever else was written to the file system: where that takes
/// longer than syncs of their own would, logs are synced one by one for a while.
/// </remarks>
// Owner: one SyncLoop. Invariant: one shared sync at a time; a log whose turn was begun is ended, whatever became of the sync.
internal sealed class SharedSync(IFileSystemSync? fileSystem, Action told) : IDisposable
{
    // Fewer are as quick one by one, on threads of their own.
    private const int LeastLogs = 4;

    private const int MostLogs = 1024;

    // What a sync of one file is taken to cost among others: four of them side by side take about a millisecond on what is called fast.
    private static readonly long TicksPerLog = Stopwatch.Frequency / 4000;

    // A sync is given so much at least, however few logs there are.
    private static readonly long LeastTicks = Stopwatch.Frequency / 200;

    // After one that took too long.
    private static readonly long RestTicks = Stopwatch.Frequency / 2;

    private readonly ThreadSignal _handOver = new();
    private int _isTaken;
    private int _hasWaiter;
    private long _restUntil;

    /// <summary>A thread waits for the sync that goes on, to take all that there is then.</summary>
    public bool HasWaiter => Volatile.Read(ref _hasWaiter) != 0;

    /// <summary>Takes all that waits, if it is much and can be synced together. May wait until a sync that goes on has ended.</summary>
    public SharedTake TryTake(ConcurrentQueue<ISyncWork> queue, SyncGroup group)
    {
        if (fileSystem is null || Stopwatch.GetTimestamp() < Volatile.Read(ref _restUntil)) return SharedTake.None;
        // A sync of its own would take as long as one that goes on, and hold that up.
        if (queue.Count < LeastLogs && (queue.IsEmpty || Volatile.Read(ref _isTaken) == 0)) return SharedTake.None;
        if (Interlocked.Exchange(ref _isTaken, 1) != 0)
        {
            if (Interlocked.Exchange(ref _hasWaiter, 1) != 0) return SharedTake.Left;
            if (Interlocked.Exchange(ref _isTaken, 1) != 0) _handOver.Wait();
            Volatile.Write(ref _hasWaiter, 0);
            Interlocked.MemoryBarrier();
        }

        while (group.Taken.Count < MostLogs && queue.TryDequeue(out ISyncWork? work)) group.Taken.Add(work);
        return SharedTake.Taken;
    }

    /// <summary>Gives everything in a group its turn.</summary>
    public void Run(SyncGroup group)
    {
        foreach (ISyncWork work in group.Taken)
        {
            SharedTurn turn = work.BeginShared();
            if (turn == SharedTurn.Written) group.Written.Add(work);
            else if (turn == SharedTurn.Own) group.Own.Add(work);
        }

        bool isSynced = group.Written.Count > 0 && TrySync(group.Written.Count);
        // The next group writes and syncs while this one tells.
        HandOver();
        foreach (ISyncWork work in group.Written)
        {
            if (work.EndShared(isSynced)) group.Own.Add(work);
        }

        told();
        foreach (ISyncWork work in group.Own) work.RunRest();
        group.Clear();
    }

    private bool TrySync(int logs)
    {
        long start = Stopwatch.GetTimestamp();
        bool isSynced = fileSystem!.TrySync();
        long end = Stopwatch.GetTimestamp();
        if (end - start > Math.Max(LeastTicks, logs * TicksPerLog)) Volatile.Write(ref _restUntil, end + RestTicks);
        return isSynced;
    }

    // Who begins to wait tries once more before it does, and who ends looks once more after that: one of the two sees the other.
    private void HandOver()
    {
        if (!HasWaiter)
        {
            Interlocked.Exchange(ref _isTaken, 0);
            if (!HasWaiter || Interlocked.Exchange(ref _isTaken, 1) != 0) return;
        }

        _handOver.Set();
    }

    public void Dispose()
    {
        _handOver.Dispose();
        fileSystem?.Dispose();
    }
}

/// <summary>Logs that are synced together.</summary>
// Owner: one thread of the loop, which uses it again and again.
internal sealed class SyncGroup
{
    public List<ISyncWork> Taken { get; } = [];

    /// <summary>Those that have written and wait for the sync.</summary>
    public List<ISyncWork> Written { get; } = [];

    /// <summary>Those that have more to do.</summary>
    public List<ISyncWork> Own { get; } = [];

    public void Clear()
    {
        Taken.Clear();
        Written.Clear();
        Own.Clear();
    }
}

internal enum SharedTake
{
    /// <summary>Logs are to be taken one by one.</summary>
    None,

    Taken,

    /// <summary>Another thread takes all that there is.</summary>
    Left,
}
