using System.Text;
using DotNats.Storage;
using Shouldly;
using TestSupport;
using Xunit;

namespace Storage.Tests.Redo;

public sealed class RedoReplayTests : IDisposable
{
    private const string Block = "A/streams/S/msgs/1.blk";

    private readonly string _directory = Directory.CreateTempSubdirectory("dotnats-redo-").FullName;
    private readonly RedoStoreFiles _files = new();
    private readonly RedoFile[] _halves = new RedoFile[2];

    public RedoReplayTests()
    {
        Directory.CreateDirectory(PathOf("A/streams/S/msgs"));
        for (int i = 0; i < 2; i++) _halves[i] = RedoFile.Make(_files, PathOf(RedoFormat.FileNames[i]), 64 * 1024);
    }

    private string[] RedoPaths => [.. RedoFormat.FileNames.Select(PathOf)];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void What_a_file_lacks_is_put_where_it_belongs_and_the_journal_goes()
    {
        File.WriteAllText(PathOf(Block), "one");
        Commit(1, 0, (Block, 3, "two"));
        Commit(1, 1, (Block, 6, "three"), ("A/streams/S/msgs/2.blk", 0, "new"));
        Replay();
        File.ReadAllText(PathOf(Block)).ShouldBe("onetwothree");
        File.ReadAllText(PathOf("A/streams/S/msgs/2.blk")).ShouldBe("new");
        RedoPaths.ShouldAllBe(path => !File.Exists(path));
    }

    [Theory]
    [InlineData("/store")]
    [InlineData("/store/")]
    public void Names_are_relative_however_the_store_is_written(string store) =>
        RedoFormat.NameOf(store, Path.Combine(store, "A", "streams")).ShouldBe("A/streams"u8.ToArray());

    [Fact]
    public void What_is_behind_it_in_a_file_stays()
    {
        File.WriteAllText(PathOf(Block), "onetwo and more");
        Commit(1, 0, (Block, 3, "two"));
        Replay();
        File.ReadAllText(PathOf(Block)).ShouldBe("onetwo and more");
    }

    [Fact]
    public void What_was_forgotten_does_not_come_back_and_what_came_later_does()
    {
        Commit(1, 0, (Block, 0, "old"), ("A/streams/S2/msgs/1.blk", 0, "other"));
        Directory.CreateDirectory(PathOf("A/streams/S2/msgs"));
        Forget(2, 0, "A/streams/S");
        Commit(2, 1, ("A/streams/S/msgs/3.blk", 0, "later"));
        Replay();
        File.Exists(PathOf(Block)).ShouldBeFalse();
        File.ReadAllText(PathOf("A/streams/S/msgs/3.blk")).ShouldBe("later");
        File.ReadAllText(PathOf("A/streams/S2/msgs/1.blk")).ShouldBe("other");
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("A/../../outside")]
    [InlineData("/outside")]
    [InlineData("A//outside")]
    public void A_name_outside_of_the_store_is_not_written(string name)
    {
        Commit(1, 0, (name, 0, "hostile"), (Block, 0, "one"));
        Replay();
        File.Exists(Path.Combine(Path.GetDirectoryName(_directory)!, "outside")).ShouldBeFalse();
        File.ReadAllText(PathOf(Block)).ShouldBe("one");
    }

    [Fact]
    public void Files_of_directories_that_are_gone_are_not_made()
    {
        Commit(1, 0, ("A/streams/GONE/msgs/1.blk", 0, "one"), (Block, 5, "not its first bytes"));
        Replay();
        Directory.Exists(PathOf("A/streams/GONE")).ShouldBeFalse();
        File.Exists(PathOf(Block)).ShouldBeFalse();
    }

    [Fact]
    public void Where_a_nats_server_was_since_nothing_is_changed()
    {
        File.WriteAllText(PathOf("A/streams/S/msgs/index.db"), "");
        Commit(1, 0, (Block, 0, "one"));
        Replay();
        File.Exists(PathOf(Block)).ShouldBeFalse();
    }

    [Fact]
    public void A_torn_end_counts_for_nothing_and_is_no_damage()
    {
        Commit(1, 0, (Block, 0, "one"));
        Commit(1, 1, (Block, 3, "two"));
        Flip(RedoFormat.FileNames[1], (2 * RedoFormat.Alignment) + RedoFormat.HeadBytes + 2);
        RedoReplay.Look(_files, _directory).Damage.ShouldBeEmpty();
        Replay();
        File.ReadAllText(PathOf(Block)).ShouldBe("one");
    }

    [Fact]
    public void Damage_before_other_groups_is_named_and_costs_its_group_alone()
    {
        Commit(1, 0, (Block, 0, "one"));
        Commit(1, 1, (Block, 3, "two"));
        Commit(1, 2, ("A/streams/S/msgs/2.blk", 0, "three"));
        Flip(RedoFormat.FileNames[1], (2 * RedoFormat.Alignment) + RedoFormat.HeadBytes + 2);
        RedoReplay.Look(_files, _directory).Damage.ShouldBe([$"{PathOf(RedoFormat.FileNames[1])} before byte {3 * RedoFormat.Alignment}"]);
        Replay();
        File.ReadAllText(PathOf(Block)).ShouldBe("one");
        File.ReadAllText(PathOf("A/streams/S/msgs/2.blk")).ShouldBe("three");
    }

    [Fact]
    public void What_is_left_of_a_fill_before_does_not_count()
    {
        Commit(1, 0, (Block, 0, "one"));
        Commit(1, 1, (Block, 3, "old"));
        _halves[1].BeginAnew();
        Commit(3, 0, ("A/streams/S/msgs/2.blk", 0, "three"));
        Replay();
        File.Exists(PathOf(Block)).ShouldBeFalse();
        File.ReadAllText(PathOf("A/streams/S/msgs/2.blk")).ShouldBe("three");
    }

    [Fact]
    public void A_message_that_looks_like_a_group_is_none()
    {
        byte[] head = new byte[RedoFormat.FileHeadBytes];
        RedoFormat foreign = RedoFormat.WriteFileHead(head);
        RedoBatch batch = BatchOf((Block, 0, "forged"));
        foreign.WriteHead(batch.Group, new RedoHead(9, 0, batch.Length - RedoFormat.HeadBytes));
        byte[] file = File.ReadAllBytes(PathOf(RedoFormat.FileNames[0]));
        batch.Group.CopyTo(file.AsSpan(4 * RedoFormat.Alignment));
        File.WriteAllBytes(PathOf(RedoFormat.FileNames[0]), file);
        Replay();
        File.Exists(PathOf(Block)).ShouldBeFalse();
    }

    [Fact]
    public void A_file_that_cannot_be_completed_keeps_no_other_from_it_and_the_journal_stays()
    {
        Directory.CreateDirectory(PathOf(Block));
        Commit(1, 0, (Block, 0, "one"), ("A/streams/S/msgs/2.blk", 0, "two"));
        Replay();
        File.ReadAllText(PathOf("A/streams/S/msgs/2.blk")).ShouldBe("two");
        File.Exists(PathOf(RedoFormat.FileNames[1]) + ".damaged").ShouldBeTrue();
    }

    private static RedoBatch BatchOf(params (string Name, long Offset, string Bytes)[] writes)
    {
        var batch = new RedoBatch();
        foreach ((string name, long offset, string bytes) in writes) batch.Add(Encoding.UTF8.GetBytes(name), offset, Encoding.UTF8.GetBytes(bytes));
        return batch;
    }

    private void Commit(ulong fill, uint number, params (string Name, long Offset, string Bytes)[] writes) =>
        _halves[fill & 1].Write(BatchOf(writes), fill, number);

    private void Forget(ulong fill, uint number, string directory)
    {
        var batch = new RedoBatch();
        batch.Forget(Encoding.UTF8.GetBytes(directory));
        _halves[fill & 1].Write(batch, fill, number);
    }

    private void Flip(string name, int at)
    {
        byte[] bytes = File.ReadAllBytes(PathOf(name));
        bytes[at] ^= 4;
        File.WriteAllBytes(PathOf(name), bytes);
    }

    private void Replay()
    {
        foreach (RedoFile half in _halves) half.Dispose();
        RedoReplay.Run(new FileStoreOptions { Directory = _directory, Files = _files });
        RedoFile.DeleteDone(_files, _directory);
        Directory.GetFiles(_directory, "*.done").ShouldBeEmpty();
    }

    private string PathOf(string name) => Path.Combine(_directory, name);
}
