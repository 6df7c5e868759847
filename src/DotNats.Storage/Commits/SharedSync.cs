using System.Collections.Concurrent;
using System.Diagnostics;

namespace DotNats.Storage;

/// <summary>
/// Syncs many logs at once: writes what waits in each, then has all of it made safe by one group of the redo journal, or the whole file system synced, then acknowledges all of it.
/// </summary>
/// <remarks>
/// The device then does the work of one sync for all of them. The redo journal is for small writes: large ones are not worth writing twice. Very many logs write to its group alone, and to their files later. A sync of the file system also does the work for
/// whatever else was written to it: where that takes longer than syncs of their own would, logs are synced one by one for a while.
/// </remarks>
// Owner: one SyncLoop. Invariant: one group at a time, or two that the redo journal takes one after the other; a log whose turn was begun is ended, whatever became of the sync.
internal sealed class SharedSync(IFileSystemSync? fileSystem, RedoJournal redo, int owingLogs, Action told) : IDisposable
{
    // Fewer are as quick one by one, on threads of their own.
    private const int LeastLogs = 4;

    // What costs less to write twice than to have the file system note where it lies: of a group, and more for each log in it.
    private const int MostRedoBytes = 112 * 1024;
    private const int MostRedoBytesPerLog = 16 * 1024;

    private const int MostLogs = 1024;

    // What a sync of one file is taken to cost among others: four of them side by side take about a millisecond on what is called fast.
    private static readonly long TicksPerLog = Stopwatch.Frequency / 4000;

    // A sync is given so much at least, however few logs there are.
    private static readonly long LeastTicks = Stopwatch.Frequency / 200;

    // After one that took too long.
    private static readonly long RestTicks = Stopwatch.Frequency / 2;

    private readonly ThreadSignal _handOver = new();
    // After a group that was too large for the redo journal: a busy log has the next one as well.
    private static readonly long RedoRestTicks = Stopwatch.Frequency / 10;

    // So many logs keep a thread longer than the device needs for the group before them: a second thread writes them meanwhile.
    private const int ManyLogs = 64;

    // Groups that are being written or made safe, two at most.
    private int _groups;

    // Of groups, two at most: what they have grown to need not grow again for each thread.
    private RedoBatch? _batch;
    private RedoBatch? _otherBatch;
    private int _hasWaiter;
    private long _restUntil;
    private long _redoRestUntil;

    /// <summary>A thread waits for the sync that goes on, to take all that there is then.</summary>
    public bool HasWaiter => Volatile.Read(ref _hasWaiter) != 0;

    /// <summary>Takes all that waits, if it is much and can be synced together. May wait until a sync that goes on has ended.</summary>
    public SharedTake TryTake(ConcurrentQueue<ISyncWork> queue, SyncGroup group)
    {
        if (fileSystem is null) return SharedTake.None;
        long now = Stopwatch.GetTimestamp();
        bool hasRedo = redo.IsReady && now >= Volatile.Read(ref _redoRestUntil);
        if (!hasRedo && now < Volatile.Read(ref _restUntil)) return SharedTake.None;
        // A sync of its own would take as long as one that goes on, and hold that up.
        if (queue.Count < (hasRedo ? 1 : LeastLogs) && (queue.IsEmpty || Volatile.Read(ref _groups) == 0)) return SharedTake.None;
        if (!TryBegin(others: 0) && !(hasRedo && queue.Count >= ManyLogs && TryBegin(others: 1)))
        {
            if (Interlocked.Exchange(ref _hasWaiter, 1) != 0) return SharedTake.Left;
            if (!TryBegin(others: 0)) _handOver.Wait();
            Volatile.Write(ref _hasWaiter, 0);
            Interlocked.MemoryBarrier();
        }

        group.Redo = hasRedo ? TakeBatch() : null;
        while (group.Taken.Count < MostLogs && queue.TryDequeue(out ISyncWork? work)) group.Taken.Add(work);
        return SharedTake.Taken;
    }

    /// <summary>Gives everything in a group its turn.</summary>
    public void Run(SyncGroup group)
    {
        bool mayOwe = group.Redo is not null && group.Taken.Count >= owingLogs && redo.TakesDebts;
        // Who may have all debtors pay goes first: it would wait for ever for one whose turn this thread has.
        foreach (ISyncWork work in group.Taken)
        {
            if (work is not IRedoDebtor) Begin(work, group, mayOwe: false);
        }

        foreach (ISyncWork work in group.Taken)
        {
            if (work is IRedoDebtor) Begin(work, group, mayOwe);
        }

        SyncMark mark = group.Written.Count > 0 ? Sync(group) : SyncMark.None;
        if (group.Redo is { } batch) GiveBack(batch);
        // The next group writes and syncs while this one tells.
        HandOver();
        bool isAlone = group.Written.Count == 1;
        foreach (ISyncWork work in group.Written)
        {
            if (work.EndShared(mark, isAlone)) group.Own.Add(work);
        }

        told();
        foreach (ISyncWork work in group.Own) work.RunRest();
        group.Clear();
    }

    private static void Begin(ISyncWork work, SyncGroup group, bool mayOwe)
    {
        SharedTurn turn = work.BeginShared(group.Redo, mayOwe);
        if (turn is SharedTurn.Written or SharedTurn.Noted) group.Written.Add(work);
        else if (turn == SharedTurn.Own) group.Own.Add(work);
        if (turn == SharedTurn.Noted) group.Debtors.Add((IRedoDebtor)work);
    }

    private SyncMark Sync(SyncGroup group)
    {
        int logs = group.Written.Count;
        if (group.Redo is { IsWhole: true } batch)
        {
            if (batch.Length > MostRedoBytes + (logs * MostRedoBytesPerLog)) Volatile.Write(ref _redoRestUntil, Stopwatch.GetTimestamp() + RedoRestTicks);
            else if (redo.TryCommit(batch, group.Debtors, out ulong fill)) return SyncMark.InRedo(fill);
        }

        foreach (IRedoDebtor debtor in group.Debtors)
        {
            if (!debtor.WriteNoted()) group.Written.Remove(debtor);
        }

        return logs >= LeastLogs && TrySync(logs) ? SyncMark.Synced : SyncMark.None;
    }

    private bool TrySync(int logs)
    {
        long start = Stopwatch.GetTimestamp();
        bool isSynced = fileSystem!.TrySync();
        long end = Stopwatch.GetTimestamp();
        if (end - start > Math.Max(LeastTicks, logs * TicksPerLog)) Volatile.Write(ref _restUntil, end + RestTicks);
        return isSynced;
    }

    private RedoBatch TakeBatch() => Interlocked.Exchange(ref _batch, null) ?? Interlocked.Exchange(ref _otherBatch, null) ?? new RedoBatch();

    private void GiveBack(RedoBatch batch)
    {
        batch.Clear();
        if (Interlocked.CompareExchange(ref _batch, batch, null) is not null) Volatile.Write(ref _otherBatch, batch);
    }

    private bool TryBegin(int others) => Interlocked.CompareExchange(ref _groups, others + 1, others) == others;

    // Who begins to wait tries once more before it does, and who is the last to end looks once more after that: one of the two sees the other.
    private void HandOver()
    {
        if (Interlocked.Decrement(ref _groups) == 0 && HasWaiter && TryBegin(others: 0)) _handOver.Set();
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

    /// <summary>Gets what is written, for the redo journal; null where that does not want it.</summary>
    public RedoBatch? Redo { get; set; }

    /// <summary>Those that have written and wait for the sync.</summary>
    public List<ISyncWork> Written { get; } = [];

    /// <summary>Those of them that have left it to the redo journal to write.</summary>
    public List<IRedoDebtor> Debtors { get; } = [];

    /// <summary>Those that have more to do.</summary>
    public List<ISyncWork> Own { get; } = [];

    public void Clear()
    {
        Taken.Clear();
        Written.Clear();
        Debtors.Clear();
        Own.Clear();
        Redo = null;
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
