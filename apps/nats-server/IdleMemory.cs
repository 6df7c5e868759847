namespace DotNats.App;

/// <summary>What <see cref="IdleMemory"/> decides by.</summary>
/// <param name="Processor">Time the process has had.</param>
/// <param name="Collections">How often memory was collected.</param>
/// <param name="Committed">Bytes of the heap that are the process's, after the last collection.</param>
/// <param name="Used">Bytes of them that were in use.</param>
internal readonly record struct MemoryReading(TimeSpan Processor, int Collections, long Committed, long Used)
{
    public static MemoryReading Take()
    {
        GCMemoryInfo info = GC.GetGCMemoryInfo(GCKind.Any);
        return new MemoryReading(Environment.CpuUsage.TotalTime, GC.CollectionCount(0), info.TotalCommittedBytes, info.HeapSizeBytes);
    }
}

/// <summary>Gives memory of a busier time back to the machine, once the process does next to nothing.</summary>
/// <remarks>
/// The collector keeps what it freed for the next burst and looks at it again only when that comes. nats-server's runtime gives it back in the background. Here the process is
/// stopped for it: hence only in a quiet moment, only where it is worth it, once after each burst, and not with a heap that takes long (docs/adr/0027).
/// </remarks>
// Owner: the run. The timer's thread looks, one look at a time. Lifetime: looks from Start until disposed.
internal sealed class IdleMemory(Func<MemoryReading> read, Action collect) : IDisposable
{
    // Pauses grow with what is in use: 1 to 2 ms for each of these.
    private const long Mebibyte = 1024 * 1024;
    private const long LargestHeap = 64 * Mebibyte;
    private const long LeastGain = 8 * Mebibyte;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    // Of an interval; a server that is asked a hundred times a second needs more.
    private static readonly TimeSpan QuietTime = TimeSpan.FromMilliseconds(10);

    // Looks between two collections: a server that is busy now and then is not to be stopped for each time.
    private const int LooksApart = 30;

    private MemoryReading _last = read();
    private int _collectionsSeen = -1;
    private int _looksToRest;
    private Timer? _timer;

    /// <summary>That of this process.</summary>
    public static IdleMemory Start()
    {
        var memory = new IdleMemory(MemoryReading.Take, static () => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true));
        memory._timer = new Timer(static memory => ((IdleMemory)memory!).Look(), memory, Interval, Interval);
        return memory;
    }

    /// <summary>Has a look, an interval after the last one.</summary>
    public void Look()
    {
        MemoryReading now = read();
        bool isQuiet = now.Processor - _last.Processor < QuietTime && now.Collections == _last.Collections;
        _last = now;
        if (_looksToRest > 0) _looksToRest--;
        if (!isQuiet || _looksToRest > 0 || now.Collections == _collectionsSeen) return;
        if (now.Used > LargestHeap || now.Committed - now.Used < Math.Max(LeastGain, now.Used / 8)) return;
        collect();
        _last = read();
        _collectionsSeen = _last.Collections;
        _looksToRest = LooksApart;
    }

    public void Dispose() => _timer?.Dispose();
}
