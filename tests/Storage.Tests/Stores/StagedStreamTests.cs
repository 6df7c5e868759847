using DotNats.Storage;
using Shouldly;
using Storage.Tests.Logs;
using Xunit;

namespace Storage.Tests.Stores;

public sealed class StagedStreamTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"dotnats-stage-{Guid.NewGuid():N}");

    private string Stages => Path.Combine(_directory, "ACC", "__snapshots__");

    [Fact]
    public async Task A_stream_that_is_put_together_is_seen_when_it_is_adopted_with_all_that_is_in_it()
    {
        using FileStore store = Open();
        using StagedStream staged = store.Stage("ACC", "S");
        staged.Directory.WriteMeta("meta"u8);
        await using (FileLog log = staged.Directory.OpenLog(new LogOptions { Name = "S" }, new RecordingListener()))
            log.Append(new NewMessage { Sequence = 7, Timestamp = 1, Subject = "a"u8, Payload = "b"u8 }).IsOk.ShouldBeTrue();
        staged.Directory.Consumer("c").WriteMeta("consumer"u8);
        Directory.Exists(Path.Combine(_directory, "ACC", "streams")).ShouldBeFalse();
        StreamDirectory adopted = staged.Adopt();
        adopted.ConsumerNames().ShouldBe(["c"]);
        Find(store).ShouldHaveSingleItem().Directory.Name.ShouldBe("S");
        await using FileLog opened = adopted.OpenLog(new LogOptions { Name = "S" }, new RecordingListener());
        (opened.State.Messages, opened.State.FirstSequence).ShouldBe((1UL, 7UL));
        Directory.GetFileSystemEntries(Stages).ShouldBeEmpty();
    }

    [Fact]
    public void One_that_is_given_up_leaves_nothing_and_neither_does_one_that_a_crash_left()
    {
        using (FileStore store = Open())
        {
            using (StagedStream staged = store.Stage("ACC", "S"))
            {
                StoreFileName block = StoreFileName.Read("msgs/1.blk");
                staged.Create(block)!.Dispose();
                staged.Create(block).ShouldBeNull();
                staged.Read(block).ShouldBe([]);
            }

            Directory.GetFileSystemEntries(Stages).ShouldBeEmpty();
            store.Stage("ACC", "S").Directory.WriteMeta("meta"u8);
        }

        Directory.GetFileSystemEntries(Stages).ShouldHaveSingleItem();
        using FileStore next = Open();
        Find(next).ShouldBeEmpty();
        Directory.GetFileSystemEntries(Stages).ShouldBeEmpty();
    }

    [Fact]
    public void What_stands_in_its_place_unreadable_is_set_aside()
    {
        using FileStore store = Open();
        File.Delete(Path.Combine(store.Create("ACC", "S", "old"u8).Path, "meta.sum"));
        using StagedStream staged = store.Stage("ACC", "S");
        staged.Directory.WriteMeta("new"u8);
        staged.Adopt();
        Find(store).ShouldHaveSingleItem().Meta.ShouldBe("new"u8.ToArray());
        File.ReadAllText(Path.Combine(_directory, "ACC", "quarantine", "S.1", "meta.inf")).ShouldBe("old");
    }

    private FileStore Open() => FileStore.Open(new FileStoreOptions { Directory = _directory });

    private static List<StoredStream> Find(FileStore store)
    {
        List<StoredStream> streams = [];
        store.Find("ACC", streams, []);
        return streams;
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
