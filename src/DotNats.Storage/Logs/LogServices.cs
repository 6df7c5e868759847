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
    private readonly ConcurrentDictionary<StateJournal, bool> _journals = new();
    private readonly ITimer _housekeeping;
    private readonly SharedSync _shared;

    public LogServices(FileStoreOptions options)
    {
        (Files, Logger, Told) = (options.Files, options.Logger, options.CommitsTold ?? (static () => { }));
        TimeProvider clock = Clock = options.Clock;
        MostIndexBytes = options.MostIndexBytes;
        OwingTime = options.OwingTime;
        Buffers = new BlockBuffers(options.ActiveBytes);
        Cache = new BlockCache(options.CacheBytes);
        Numbers = new NumbersRoom(options.NumbersBytes);
        FileSystem = Files.OpenSync(options.Directory);
        Redo = new RedoJournal(options);
        _shared = new SharedSync(FileSystem, Redo, options.OwingLogs, Told);
        Whole = new WholeSync(Files);
        Loop = new SyncLoop(options.SyncThreads, clock, _shared);
        ReadsAhead = options.SyncThreads > 0;
        Verifier = new Verifier(hasThread: ReadsAhead);
        _housekeeping = clock.CreateTimer(static services => ((LogServices)services!).KeepHouse(), this, HousekeepingInterval, HousekeepingInterval);
    }

    public IStorageFiles Files { get; }

    public TimeProvider Clock { get; }

    public ILogger? Logger { get; }

    /// <summary>Of one log's index.</summary>
    public int MostIndexBytes { get; }

    /// <summary>How long what is safe in the redo journal may be missing from its file.</summary>
    public TimeSpan OwingTime { get; }

    /// <summary>Called behind words to listeners that something is safe.</summary>
    public Action Told { get; }

    /// <summary>Syncs the file system of the store; null where files are synced one by one.</summary>
    public IFileSystemSync? FileSystem { get; }

    /// <summary>Makes new files safe, all of an asset at once.</summary>
    public WholeSync Whole { get; }

    /// <summary>Makes small writes safe.</summary>
    public RedoJournal Redo { get; }

    public BlockBuffers Buffers { get; }

    public BlockCache Cache { get; }

    public NumbersRoom Numbers { get; }

    /// <summary>Blocks may be read on other threads than those that ask; false where there are none.</summary>
    public bool ReadsAhead { get; }

    public SyncLoop Loop { get; }

    public Verifier Verifier { get; }

    public void Add(FileLog log) => _logs.TryAdd(log, true);

    public void Remove(FileLog log) => _logs.TryRemove(log, out _);

    /// <summary>A journal has a file open.</summary>
    public void Add(StateJournal journal) => _journals.TryAdd(journal, true);

    public void Remove(StateJournal journal) => _journals.TryRemove(journal, out _);

    public void Dispose()
    {
        _housekeeping.Dispose();
        Verifier.Dispose();
        Loop.Dispose();
        Redo.Dispose();
        _shared.Dispose();
    }

    private void KeepHouse()
    {
        foreach ((FileLog log, _) in _logs) log.KeepHouse();
        foreach ((StateJournal journal, _) in _journals) journal.KeepHouse();
        Cache.Age();
        Buffers.Age();
    }
}
