using System.Diagnostics;
using DotNats.Storage;
using Shouldly;
using Storage.Tests.Harness;
using Xunit;

namespace Storage.Tests.Commits;

public sealed class FileTurnsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("dotnats-turns-").FullName;
    private readonly HeldFiles _files = new();
    private readonly HeldListener _listener = new();
    private readonly FileStore _store;
    private readonly FileLog _log;

    public FileTurnsTests()
    {
        _store = FileStore.Open(new FileStoreOptions { Directory = _directory, Files = _files, SyncThreads = 4 });
        _log = _store.Create("A", "S", "{}"u8).OpenLog(new LogOptions { Name = "S" }, _listener);
        _files.Syncs.Clear();
        _files.IsHeld = true;
    }

    public void Dispose()
    {
        _files.LetAll();
        _listener.LetAll();
        _log.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _store.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Who_tells_quickly_goes_on_with_what_came_during_the_sync()
    {
        Write();
        for (int i = 1; i <= 20; i++)
        {
            await Eventually.HoldsAsync(() => _files.Syncs.Count == i);
            Write();
            _files.LetOne();
        }

        await Eventually.HoldsAsync(() => _files.Syncs.Count == 21);
        // A thread that is not given the processor for a moment tells slowly, and hands one turn over.
        int[] threads = [.. _files.Syncs];
        threads.Zip(threads.Skip(1)).Count(pair => pair.First != pair.Second).ShouldBeLessThan(10);
    }

    [Fact]
    public async Task What_came_during_a_sync_need_not_wait_until_everybody_is_told_where_that_takes_long()
    {
        _listener.IsHeld = true;
        Write();
        await Eventually.HoldsAsync(() => _files.Syncs.Count == 1);
        Write();
        _files.LetOne();
        await Eventually.HoldsAsync(() => _listener.Told == 1);
        long start = Stopwatch.GetTimestamp();
        await Eventually.HoldsAsync(() => Stopwatch.GetElapsedTime(start) > TimeSpan.FromMilliseconds(1));
        _listener.LetOne();

        await Eventually.HoldsAsync(() => _files.Syncs.Count == 2);
        Write();
        _files.LetOne();
        await Eventually.HoldsAsync(() => _listener.Told == 2);
        await Eventually.HoldsAsync(() => _files.Syncs.Count == 3);
        _listener.Told.ShouldBe(2);
    }

    private void Write()
    {
        _log.Append(new NewMessage { Timestamp = 1, Subject = "a"u8, Payload = "b"u8 }).IsOk.ShouldBeTrue();
        _log.Commit();
    }

    /// <summary>Is told for as long as it is held.</summary>
    private sealed class HeldListener : ILogListener
    {
        private readonly SemaphoreSlim _allowed = new(0);
        private int _told;

        public volatile bool IsHeld;

        public int Told => Volatile.Read(ref _told);

        public void LetOne() => _allowed.Release();

        public void LetAll()
        {
            IsHeld = false;
            _allowed.Release(1000);
        }

        public void OnCommitted(long position)
        {
            Interlocked.Increment(ref _told);
            if (IsHeld) _allowed.Wait();
        }

        public void OnFailed(LogStatus status, string reason)
        {
        }

        public void OnRemoved(
            ulong sequence, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, int bytes, RemovalReason reason, bool isLastOfSubject)
        {
        }
    }
}
