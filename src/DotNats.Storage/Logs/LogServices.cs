using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace DotNats.Storage;

/// <summary>What the logs of one store share.</summary>
// Owner: the store. Lifetime: from its opening until its last log is closed.
internal sealed class LogServices : IDisposable
{
    // What an idle log keeps in memory for nobody is given back after two of these.
    private static readonly TimeSpan HousekeepingInterval = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<FileLog, bool> _logs = new();
    private readonly ITimer _housekeeping;

    public LogServices(IStorageFiles files, TimeProvider clock, int syncThreads, long cacheBytes, ILogger? logger = null)
    {
        (Files, Logger) = (files, logger);
        Cache = new BlockCache(cacheBytes);
        Loop = new SyncLoop(syncThreads, clock);
        _housekeeping = clock.CreateTimer(static services => ((LogServices)services!).KeepHouse(), this, HousekeepingInterval, HousekeepingInterval);
    }

    public IStorageFiles Files { get; }

    public ILogger? Logger { get; }

    public BlockBuffers Buffers { get; } = new();

    public BlockCache Cache { get; }

    public SyncLoop Loop { get; }

    public Verifier Verifier { get; } = new();

    public void Add(FileLog log) => _logs.TryAdd(log, true);

    public void Remove(FileLog log) => _logs.TryRemove(log, out _);

    public void Dispose()
    {
        _housekeeping.Dispose();
        Verifier.Dispose();
        Loop.Dispose();
    }

    private void KeepHouse()
    {
        foreach ((FileLog log, _) in _logs) log.KeepHouse();
    }
}
