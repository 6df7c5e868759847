using Storage.Tests.Logs;
using System.Collections.Concurrent;
using DotNats.Storage;
using Shouldly;
using Storage.Tests.Harness;
using Xunit;

namespace Storage.Tests.Commits;

public sealed class SharedSyncTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("dotnats-shared-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task One_sync_commits_all_logs_that_wait_and_none_before()
    {
        var files = new WholeSyncFiles(works: true);
        int told = 0;
        (FileStore store, List<(FileLog Log, RecordingListener Listener)> logs) = Open(files, () => Interlocked.Increment(ref told));
        // The first commit holds the only thread in a sync of its own until all others wait.
        files.HoldSyncs();
        Write(logs[0].Log);
        await Eventually.HoldsAsync(() => files.OwnSyncs > 0);
        foreach ((FileLog log, _) in logs[1..]) Write(log);
        Volatile.Write(ref told, 0);
        files.LetSyncOnce();
        await Eventually.HoldsAsync(() => files.WholeSyncs > 0);
        logs[1..].ShouldAllBe(entry => entry.Listener.Committed < entry.Log.Position);

        files.LetSyncOnce();
        foreach ((FileLog log, RecordingListener listener) in logs) await Eventually.HoldsAsync(() => listener.Committed == log.Position);
        files.WholeSyncs.ShouldBe(1);
        await Eventually.HoldsAsync(() => Volatile.Read(ref told) == 2);
        files.LetAllSync();
        await CloseAsync(store, logs);
    }

    [Fact]
    public async Task What_comes_while_all_are_synced_waits_for_the_next_sync_of_all()
    {
        var sync = new HeldWhole();
        using var redo = new RedoJournal(new FileStoreOptions { Directory = _directory, RedoBytes = 0 });
        using var shared = new SharedSync(sync, redo, owingLogs: 64, () => { });
        var queue = new ConcurrentQueue<ISyncWork>(Enumerable.Range(0, 4).Select(_ => new WrittenWork()));
        var first = new SyncGroup();
        shared.TryTake(queue, first).ShouldBe(SharedTake.Taken);
        Task running = Task.Run(() => shared.Run(first), TestContext.Current.CancellationToken);

        queue.Enqueue(new WrittenWork());
        var second = new SyncGroup();
        Task<SharedTake> waiting = Task.Run(() => shared.TryTake(queue, second), TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync(() => shared.HasWaiter);
        shared.TryTake(queue, new SyncGroup()).ShouldBe(SharedTake.Left);
        sync.Release();
        (await Eventually.ComesAsync(waiting)).ShouldBe(SharedTake.Taken);
        second.Taken.Count.ShouldBe(1);
        await Eventually.ComesAsync(running);
    }

    [Fact]
    public void Who_may_have_others_pay_begins_before_those_who_owe()
    {
        using var redo = new RedoJournal(new FileStoreOptions { Directory = _directory, RedoBytes = 0 });
        var sync = new HeldWhole();
        sync.Release();
        using var shared = new SharedSync(sync, redo, owingLogs: 64, () => { });
        var begun = new List<ISyncWork>();
        ISyncWork[] works = [new OwingWork(begun), new OwingWork(begun), new WrittenWork(begun), new OwingWork(begun), new WrittenWork(begun)];
        var group = new SyncGroup();
        shared.TryTake(new ConcurrentQueue<ISyncWork>(works), group).ShouldBe(SharedTake.Taken);
        shared.Run(group);
        begun.ShouldBe([works[2], works[4], works[0], works[1], works[3]]);
    }

    [Fact]
    public async Task Where_the_whole_cannot_be_synced_each_log_is()
    {
        var files = new WholeSyncFiles(works: false);
        (FileStore store, List<(FileLog Log, RecordingListener Listener)> logs) = Open(files, () => { });
        files.HoldSyncs();
        foreach ((FileLog log, _) in logs) Write(log);
        files.LetAllSync();
        foreach ((FileLog log, RecordingListener listener) in logs) await Eventually.HoldsAsync(() => listener.Committed == log.Position);
        files.OwnSyncs.ShouldBeGreaterThanOrEqualTo(logs.Count);
        await CloseAsync(store, logs);
    }

    private static void Write(FileLog log)
    {
        log.Append(new NewMessage { Timestamp = 1, Subject = "a"u8, Payload = "b"u8 }).IsOk.ShouldBeTrue();
        log.Commit();
    }

    private static async Task CloseAsync(FileStore store, List<(FileLog Log, RecordingListener Listener)> logs)
    {
        foreach ((FileLog log, _) in logs) await log.DisposeAsync();
        store.Dispose();
    }

    private (FileStore Store, List<(FileLog Log, RecordingListener Listener)> Logs) Open(WholeSyncFiles files, Action told)
    {
        FileStore store = FileStore.Open(new FileStoreOptions { Directory = _directory, Files = files, SyncThreads = 1, CommitsTold = told });
        var logs = new List<(FileLog, RecordingListener)>();
        for (int i = 0; i < 10; i++)
        {
            var listener = new RecordingListener();
            logs.Add((store.Create("A", $"S{i}", "{}"u8).OpenLog(new LogOptions { Name = $"S{i}" }, listener), listener));
        }

        return (store, logs);
    }

    /// <summary>A sync of all that waits for word once.</summary>
    private sealed class HeldWhole : IFileSystemSync
    {
        private readonly ManualResetEventSlim _isLet = new();

        public void Release() => _isLet.Set();

        public bool Covers(string directory) => true;

        public bool TrySync()
        {
            _isLet.Wait();
            return true;
        }

        public void Dispose() => _isLet.Dispose();
    }

    private class WrittenWork(List<ISyncWork>? begun = null) : ISyncWork
    {
        public void RunTurn()
        {
        }

        public SharedTurn BeginShared(RedoBatch? redo, bool mayOwe)
        {
            begun?.Add(this);
            return SharedTurn.Written;
        }

        public bool EndShared(SyncMark mark, bool isAlone) => false;

        public void RunRest()
        {
        }

        public void OnDue()
        {
        }
    }

    private sealed class OwingWork(List<ISyncWork> begun) : WrittenWork(begun), IRedoDebtor
    {
        public bool Owes => false;

        public void TryPay()
        {
        }

        public bool WriteNoted() => true;
    }

    /// <summary>The machine's files, whose syncs wait for word once they are held, and can be done for all of them.</summary>
    private sealed class WholeSyncFiles(bool works) : PassingFiles
    {
        private readonly SemaphoreSlim _allowed = new(0);
        private volatile bool _isHeld;
        private int _ownSyncs;
        private int _wholeSyncs;

        public int OwnSyncs => Volatile.Read(ref _ownSyncs);

        public int WholeSyncs => Volatile.Read(ref _wholeSyncs);

        public void HoldSyncs()
        {
            _ownSyncs = 0;
            _isHeld = true;
        }

        public void LetSyncOnce() => _allowed.Release();

        public void LetAllSync()
        {
            _isHeld = false;
            _allowed.Release(1000);
        }

        public override IStorageFile Open(string path, bool create) => new HeldFile(this, base.Open(path, create));

        public override IFileSystemSync? OpenSync(string directory) => new HeldSync(this, works);

        private void Wait(ref int count)
        {
            Interlocked.Increment(ref count);
            if (_isHeld) _allowed.Wait();
        }

        private sealed class HeldSync(WholeSyncFiles files, bool works) : IFileSystemSync
        {
            public bool Covers(string directory) => true;

            public bool TrySync()
            {
                files.Wait(ref files._wholeSyncs);
                return works;
            }

            public void Dispose()
            {
            }
        }

        private sealed class HeldFile(WholeSyncFiles files, IStorageFile file) : PassingFile(file)
        {
            public override void Sync() => files.Wait(ref files._ownSyncs);
        }
    }
}
