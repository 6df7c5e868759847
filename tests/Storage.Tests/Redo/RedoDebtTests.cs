using System.Text;
using DotNats.Storage;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Storage.Tests.Harness;
using Storage.Tests.Logs;
using Xunit;

namespace Storage.Tests.Redo;

/// <summary>Where many logs are written at once, what is safe in the redo journal is written to their files later.</summary>
public sealed class RedoDebtTests : IDisposable
{
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(1);

    private readonly string _directory = Directory.CreateTempSubdirectory("dotnats-debt-").FullName;
    private readonly RedoStoreFiles _files = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly RecordingListener _listener = new();

    private string Redo => string.Concat(RedoFormat.FileNames.Select(name => Read(Path.Combine(_directory, name))));

    private string Block => Read(Path.Combine(_directory, "A", "streams", "S", "msgs", "1.blk"));

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task What_is_safe_is_in_its_file_after_a_while()
    {
        using FileStore store = Open();
        await using FileLog log = await OweAsync(store, "some message");
        var message = new MessageBuffer();
        log.TryRead(log.State.LastSequence, message).ShouldBe(ReadStatus.Found);
        Encoding.ASCII.GetString(message.Payload).ShouldBe("some message");
        Redo.ShouldContain("some message");
        Block.ShouldNotContain("some message");

        _clock.Advance(LongEnough);
        await Eventually.HoldsAsync(() => Block.Contains("some message", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_told_without_bytes_waits_for_nothing()
    {
        using FileStore store = Open();
        await using FileLog log = await OweAsync(store, "some message");
        log.Purge("b"u8, 0, 0).ShouldBe(0u);
        log.Remove(1, erase: false).ShouldBeTrue();
        log.Commit();
        await _listener.WaitForAsync(log.Position);
    }

    [Fact]
    public async Task A_start_after_a_kill_completes_the_file()
    {
        using (FileStore store = Open())
        {
            await using FileLog log = await OweAsync(store, "some message");
            foreach (string path in Directory.GetFiles(_directory, "*", SearchOption.AllDirectories))
            {
                string copy = Path.Combine(_directory, "copy", Path.GetRelativePath(_directory, path));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(path, copy);
            }
        }

        using FileStore second = FileStore.Open(new FileStoreOptions { Directory = Path.Combine(_directory, "copy"), SyncThreads = 1 });
        (await LastAsync(second)).ShouldBe("some message");
    }

    [Fact]
    public async Task A_half_is_not_begun_anew_while_somebody_owes_what_it_has()
    {
        using FileStore store = Open();
        await using FileLog log = await OweAsync(store, "some message");
        // Each takes a page, and there are seven pages for groups in each half. What has no room is synced.
        for (int i = 0; i < 6; i++) await AppendAsync(log, $"message {i}");
        store.Services.Redo.IsSafe(1).ShouldBeFalse();
        Redo.ShouldContain("some message");

        _clock.Advance(LongEnough);
        await Eventually.HoldsAsync(() => store.Services.Redo.IsSafe(1));
        for (int i = 6; i < 40; i++) await AppendAsync(log, $"message {i}");
    }

    [Fact]
    public async Task Who_erases_has_others_pay_first()
    {
        using FileStore store = Open();
        await using FileLog log = await OweAsync(store, "some message");
        var listener = new RecordingListener();
        await using FileLog other = store.Create("A", "OTHER", "{}"u8).OpenLog(new LogOptions { Name = "OTHER" }, listener);
        Append(other, "a secret");
        other.Commit();
        await listener.WaitForAsync(other.Position);
        other.Remove(1, erase: true).ShouldBeTrue();
        other.Commit();
        await listener.WaitForAsync(other.Position);
        Redo.ShouldNotContain("a secret");
        Block.ShouldContain("some message");
    }

    [Fact]
    public async Task Who_erases_waits_for_nobody_in_the_same_group()
    {
        using FileStore store = Open(syncThreads: 0);
        FileLog log = store.Create("A", "S", "{}"u8).OpenLog(new LogOptions { Name = "S" }, _listener);
        FileLog other = store.Create("A", "OTHER", "{}"u8).OpenLog(new LogOptions { Name = "OTHER" }, new RecordingListener());
        foreach (string payload in (string[])["first", "second", "a secret", "some message"])
        {
            foreach (FileLog one in (FileLog[])[other, log]) Append(one, payload);
            CommitBoth();
        }

        Block.ShouldNotContain("some message");
        other.Remove(3, erase: true).ShouldBeTrue();
        log.Remove(3, erase: true).ShouldBeTrue();
        await Eventually.ComesAsync(Task.Run(CommitBoth, TestContext.Current.CancellationToken));
        Block.ShouldContain("some message");
        Block.ShouldNotContain("a secret");
        Redo.ShouldNotContain("a secret");

        Task ends = Task.WhenAll(other.DisposeAsync().AsTask(), log.DisposeAsync().AsTask());
        RunTurns();
        await ends;

        void CommitBoth()
        {
            other.Commit();
            log.Commit();
            RunTurns();
        }

        void RunTurns()
        {
            while (store.Services.Loop.TryRunTurn())
            {
            }
        }
    }

    [Fact]
    public async Task While_the_disk_is_full_the_journal_keeps_it()
    {
        using FileStore store = Open();
        await using FileLog log = await OweAsync(store, "some message");
        _files.BlockWriteFailure = new DiskFullException("1.blk");
        _clock.Advance(LongEnough);
        await Eventually.HoldsAsync(() => _listener.Failure is not null);
        Should.Throw<IOException>(store.Services.Redo.Scrub);
        Redo.ShouldContain("some message");

        _files.BlockWriteFailure = null;
        await Eventually.HoldsAsync(() =>
        {
            _clock.Advance(LongEnough);
            return Block.Contains("some message", StringComparison.Ordinal);
        });
        store.Services.Redo.Scrub();
    }

    [Fact]
    public async Task A_sync_that_fails_behind_it_takes_nothing_of_it_back()
    {
        using FileStore store = Open();
        await using FileLog log = await OweAsync(store, "some message");
        _files.FailsNextBlockSync = true;
        // Too large for the journal.
        Append(log, new string('x', 150_000));
        log.Commit();
        await Eventually.HoldsAsync(() => _listener.Failure is not null);
        Block.ShouldContain("some message");
        Block.ShouldNotContain("xxxx");
        Redo.ShouldContain("some message");

        await Eventually.HoldsAsync(() =>
        {
            _clock.Advance(LongEnough);
            return _listener.Committed >= log.Position;
        });
        Block.ShouldContain("xxxx");
    }

    [Fact]
    public async Task Where_a_file_cannot_be_written_any_more_the_next_start_completes_it()
    {
        using (FileStore store = Open())
        {
            await using FileLog log = await OweAsync(store, "some message");
            _files.BlockWriteFailure = new IOException("the device is broken");
            _clock.Advance(LongEnough);
            await Eventually.HoldsAsync(() => _listener.Failure is not null);
            _files.BlockWriteFailure = null;
        }

        Redo.ShouldContain("some message");
        using FileStore second = Open();
        (await LastAsync(second)).ShouldBe("some message");
    }

    [Fact]
    public async Task A_journal_that_is_given_up_is_needed_no_more_when_everything_is_paid()
    {
        using FileStore store = Open();
        await using FileLog log = await OweAsync(store, "some message");
        _files.RedoWriteFailure = new IOException("the device is broken");
        Append(log, "another message");
        log.Commit();
        await _listener.WaitForAsync(log.Position);
        Block.ShouldContain("some message");
        Block.ShouldContain("another message");
        // It could not be overwritten; so it stays, and says no more than the files.
        store.Services.Redo.IsSafe(1).ShouldBeTrue();
        store.Services.Redo.IsReady.ShouldBeFalse();
        _files.RedoWriteFailure = null;
    }

    [Fact]
    public async Task A_store_that_is_closed_owes_nothing()
    {
        using (FileStore store = Open())
        {
            await using FileLog log = await OweAsync(store, "some message");
        }

        Block.ShouldContain("some message");
        Redo.ShouldBeEmpty();
    }

    [Fact]
    public async Task Memory_that_grew_meanwhile_is_written_as_one()
    {
        using FileStore store = Open(redoBytes: 256 * 1024);
        await using FileLog log = await OweAsync(store, "some message");
        // Longer together than the memory a block starts with.
        for (int i = 0; i < 5; i++) await AppendAsync(log, $"{i}{new string('x', 5000)}");
        Block.ShouldNotContain("some message");
        _clock.Advance(LongEnough);
        await Eventually.HoldsAsync(() => Block.Contains("4xxxx", StringComparison.Ordinal));
        Block.ShouldContain("some message");
        await log.DisposeAsync();
        store.Dispose();
        using FileStore second = Open();
        (await LastAsync(second)).ShouldStartWith("4xxxx");
    }

    private static async Task<string> LastAsync(FileStore store)
    {
        var streams = new List<StoredStream>();
        store.Find("A", streams, []);
        await using FileLog log = streams.Find(stream => stream.Directory.Name == "S")!.Directory.OpenLog(new LogOptions { Name = "S" }, new RecordingListener());
        var message = new MessageBuffer();
        log.Damage.ShouldBeEmpty();
        log.TryRead(log.State.LastSequence, message).ShouldBe(ReadStatus.Found);
        return Encoding.ASCII.GetString(message.Payload);
    }

    private FileStore Open(long redoBytes = 64 * 1024, int syncThreads = 1) =>
        FileStore.Open(new FileStoreOptions { Directory = _directory, Files = _files, Clock = _clock, RedoBytes = redoBytes, RedoAfterSyncs = 1, SyncThreads = syncThreads, OwingLogs = 1 });

    // A log whose last message is in the journal alone.
    private async Task<FileLog> OweAsync(FileStore store, string payload)
    {
        FileLog log = store.Create("A", "S", "{}"u8).OpenLog(new LogOptions { Name = "S" }, _listener);
        await AppendAsync(log, "first");
        await Eventually.HoldsAsync(() => store.Services.Redo.IsReady);
        // The block's file is there; what follows need not be.
        await AppendAsync(log, "second");
        await AppendAsync(log, payload);
        return log;
    }

    private async Task AppendAsync(FileLog log, string payload)
    {
        Append(log, payload);
        log.Commit();
        await _listener.WaitForAsync(log.Position);
    }

    private static void Append(FileLog log, string payload) =>
        log.Append(new NewMessage { Timestamp = 1, Subject = "a"u8, Payload = Encoding.ASCII.GetBytes(payload) }).IsOk.ShouldBeTrue();

    private static string Read(string path) => File.Exists(path) ? Encoding.Latin1.GetString(File.ReadAllBytes(path)) : "";
}
