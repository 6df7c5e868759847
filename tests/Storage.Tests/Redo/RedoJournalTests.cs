using System.Text;
using DotNats.Storage;
using Shouldly;
using Storage.Tests.Logs;
using Xunit;

namespace Storage.Tests.Redo;

public sealed class RedoJournalTests : IDisposable
{
    // More than is worth writing twice.
    private const int LargeBytes = 150_000;

    private readonly string _directory = Directory.CreateTempSubdirectory("dotnats-redo-").FullName;
    private readonly RedoStoreFiles _files = new();
    private readonly RecordingListener _listener = new();

    private string[] RedoPaths => [.. RedoFormat.FileNames.Select(name => Path.Combine(_directory, name))];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Small_commits_are_safe_without_a_sync_of_their_files_until_the_store_is_closed()
    {
        using (FileStore store = Open())
        {
            await using FileLog log = store.Create("A", "S", "{}"u8).OpenLog(new LogOptions { Name = "S" }, _listener);
            await BeginRedoAsync(log);
            int syncs = _files.BlockSyncs;
            for (int i = 0; i < 50; i++) await AppendAsync(log, $"message {i}");
            _files.BlockSyncs.ShouldBe(syncs);
            InRedo("message 49").ShouldBeTrue();
        }

        RedoPaths.ShouldAllBe(path => !File.Exists(path));
    }

    [Fact]
    public async Task More_than_half_of_its_room_is_made_safe_and_begun_anew()
    {
        using FileStore store = Open();
        await using FileLog log = store.Create("A", "S", "{}"u8).OpenLog(new LogOptions { Name = "S" }, _listener);
        await BeginRedoAsync(log);
        int syncs = _files.BlockSyncs;
        // Each takes a page, and there are seven pages for groups in each half.
        for (int i = 0; i < 40; i++) await AppendAsync(log, $"message {i}");
        InRedo("message 0").ShouldBeFalse();
        InRedo("message 39").ShouldBeTrue();
        store.Services.Redo.IsSafe(1).ShouldBeTrue();
        _files.BlockSyncs.ShouldBe(syncs);
    }

    [Fact]
    public async Task What_is_erased_is_not_in_it()
    {
        using FileStore store = Open();
        await using FileLog log = store.Create("A", "S", "{}"u8).OpenLog(new LogOptions { Name = "S" }, _listener);
        await BeginRedoAsync(log);
        await AppendAsync(log, "a secret");
        InRedo("a secret").ShouldBeTrue();
        log.Remove(log.State.LastSequence, erase: true).ShouldBeTrue();
        log.Commit();
        await _listener.WaitForAsync(log.Position);
        InRedo("a secret").ShouldBeFalse();
    }

    [Fact]
    public async Task A_large_commit_is_synced_by_itself()
    {
        using FileStore store = Open();
        await using FileLog log = store.Create("A", "S", "{}"u8).OpenLog(new LogOptions { Name = "S" }, _listener);
        await BeginRedoAsync(log);
        int syncs = _files.BlockSyncs;
        await AppendAsync(log, new string('x', LargeBytes));
        _files.BlockSyncs.ShouldBeGreaterThan(syncs);
        InRedo("xxxxxxxx").ShouldBeFalse();
    }

    [Fact]
    public async Task What_a_failed_sync_may_have_lost_is_written_again_and_the_log_goes_on()
    {
        using FileStore store = Open();
        await using FileLog log = store.Create("A", "S", "{}"u8).OpenLog(new LogOptions { Name = "S" }, _listener);
        await BeginRedoAsync(log);
        await AppendAsync(log, "in the journal alone");
        _files.FailsNextBlockSync = true;
        Append(log, new string('x', LargeBytes));
        log.Commit();
        await Eventually.HoldsAsync(() => _listener.Failure is not null);
        await _listener.WaitForAsync(log.Position);
        await AppendAsync(log, "and on");
        _files.FailsNextBlockSync.ShouldBeFalse();
    }

    [Fact]
    public async Task Where_not_everything_could_be_synced_it_is_kept_for_the_next_start()
    {
        using (FileStore store = Open())
        {
            await using FileLog log = store.Create("A", "S", "{}"u8).OpenLog(new LogOptions { Name = "S" }, _listener);
            await BeginRedoAsync(log);
            await AppendAsync(log, "in the journal alone");
            _files.WholeSyncWorks = false;
        }

        InRedo("in the journal alone").ShouldBeTrue();
        string block = Path.Combine(_directory, "A", "streams", "S", "msgs", "1.blk");
        byte[] before = File.ReadAllBytes(block);
        File.WriteAllBytes(block, before[..^100]);
        RedoReplay.Look(_files, _directory).Files.ShouldBe(1);
        Open().Dispose();
        File.ReadAllBytes(block).ShouldBe(before);
        RedoPaths.ShouldAllBe(path => !File.Exists(path));
    }

    [Fact]
    public async Task A_stream_that_is_put_together_leaves_it_before_it_gets_its_name()
    {
        using FileStore store = Open();
        using StagedStream staged = store.Stage("A", "S");
        staged.Directory.WriteMeta("{}"u8);
        await using (FileLog log = staged.Directory.OpenLog(new LogOptions { Name = "S" }, _listener))
        {
            await BeginRedoAsync(log);
            await AppendAsync(log, "in the journal alone");
        }

        RedoReplay.Look(_files, _directory).Files.ShouldBe(1);
        staged.Adopt();
        RedoReplay.Look(_files, _directory).Files.ShouldBe(0);
    }

    [Fact]
    public async Task A_deleted_stream_does_not_come_back_with_it()
    {
        using FileStore store = Open();
        StreamDirectory directory = store.Create("A", "S", "{}"u8);
        await using (FileLog log = directory.OpenLog(new LogOptions { Name = "S" }, _listener))
        {
            await BeginRedoAsync(log);
            await AppendAsync(log, "in the journal alone");
        }

        RedoReplay.Look(_files, _directory).Files.ShouldBe(1);
        directory.Delete();
        RedoReplay.Look(_files, _directory).Files.ShouldBe(0);
    }

    private FileStore Open() =>
        FileStore.Open(new FileStoreOptions { Directory = _directory, Files = _files, RedoBytes = 64 * 1024, RedoAfterSyncs = 1, SyncThreads = 2 });

    // Its files are made beside the first commits.
    private async Task BeginRedoAsync(FileLog log)
    {
        await AppendAsync(log, "first");
        await Eventually.HoldsAsync(() => RedoPaths.All(File.Exists));
        await Eventually.HoldsAsync(() =>
        {
            Append(log, "until it is taken");
            log.Commit();
            return InRedo("until it is taken");
        });
        await _listener.WaitForAsync(log.Position);
    }

    private async Task AppendAsync(FileLog log, string payload)
    {
        Append(log, payload);
        log.Commit();
        await _listener.WaitForAsync(log.Position);
    }

    private static void Append(FileLog log, string payload) =>
        log.Append(new NewMessage { Timestamp = 1, Subject = "a"u8, Payload = Encoding.ASCII.GetBytes(payload) }).IsOk.ShouldBeTrue();

    // A group that a later fill has written over counts for nothing; here its bytes may still be there.
    private bool InRedo(string text)
    {
        foreach (string path in RedoPaths)
        {
            if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().IndexOf(Encoding.ASCII.GetBytes(text)) >= 0) return true;
        }

        return false;
    }
}
