using System.Collections.Concurrent;
using System.Diagnostics;

namespace DotNats.Storage;

/// <summary>Reads, in the background, the blocks that logs were opened without looking at.</summary>
// Owner: one store. Lifetime: its thread starts with the first log that has something to be verified and ends when nothing is left.
internal sealed class Verifier(bool hasThread) : IDisposable
{
    // Logs are opened one behind the other; meanwhile nobody is to wait for what is read here.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentQueue<(FileLog Log, Block Block)> _queue = new();
    private readonly ManualResetEventSlim _ending = new();
    private int _isRunning;
    private int _added;
    private volatile bool _isEnding;
    private Thread? _thread;

    public void Add(FileLog log, List<Block> blocks)
    {
        foreach (Block block in blocks) _queue.Enqueue((log, block));
        Interlocked.Increment(ref _added);
        Start();
    }

    /// <summary>Reads one block on the caller's thread, where there is no other; false where none is left.</summary>
    public bool TryVerifyNext()
    {
        if (!_queue.TryDequeue(out (FileLog Log, Block Block) next)) return false;
        next.Log.Verify(next.Block);
        return true;
    }

    public void Dispose()
    {
        _isEnding = true;
        _ending.Set();
        _thread?.Join();
    }

    private void Start()
    {
        if (!hasThread || _queue.IsEmpty || _isEnding || Interlocked.Exchange(ref _isRunning, 1) != 0) return;
        _thread = new Thread(Run) { IsBackground = true, Name = "storage verifier", Priority = ThreadPriority.BelowNormal };
        _thread.Start();
    }

    // It begins when no log was opened for a while. Half of one processor and of the device is everyone else's.
    private void Run()
    {
        int seen;
        do seen = Volatile.Read(ref _added);
        while (!_ending.Wait(Quiet) && seen != Volatile.Read(ref _added));

        while (!_isEnding && _queue.TryDequeue(out (FileLog Log, Block Block) next))
        {
            long start = Stopwatch.GetTimestamp();
            next.Log.Verify(next.Block);
            Thread.Sleep(Stopwatch.GetElapsedTime(start));
        }

        Volatile.Write(ref _isRunning, 0);
        Start();
    }
}
