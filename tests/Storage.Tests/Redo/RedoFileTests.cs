using DotNats.Storage;
using Shouldly;
using TestSupport;
using Xunit;

namespace Storage.Tests.Redo;

public sealed class RedoFileTests : IDisposable
{
    private const long Length = 64 * 1024;

    private readonly string _directory = Directory.CreateTempSubdirectory("dotnats-redo-").FullName;

    private string FilePath => Path.Combine(_directory, RedoFormat.FileNames[0]);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(5000)]
    [InlineData(50_000)]
    public void A_group_lies_in_whole_pages_however_large_it_grew(int payload)
    {
        var batch = new RedoBatch();
        for (int i = 0; i < payload; i += 1000) batch.Add("A/streams/S/msgs/1.blk"u8, i, new byte[Math.Min(1000, payload - i)]);
        (batch.Pages.Length % RedoFormat.Alignment).ShouldBe(0);
        batch.Pages.Length.ShouldBeInRange(batch.Length, batch.Length + RedoFormat.Alignment - 1);
    }

    [Fact]
    public void Where_writes_can_be_synced_at_once_groups_are_written_so_and_nothing_of_former_ones_with_them()
    {
        var files = new SyncedFiles();
        using (RedoFile file = RedoFile.Make(files, FilePath, Length))
        {
            var batch = new RedoBatch();
            batch.Add("A/streams/S/msgs/1.blk"u8, 0, new byte[3000]);
            batch.Group.Fill(0xAA);
            batch.Clear();
            batch.Add("A/streams/S/msgs/1.blk"u8, 0, "one"u8);
            file.Write(batch, 1, 0);
            batch.Clear();
            batch.Add("A/streams/S/msgs/1.blk"u8, 3, "two"u8);
            file.Write(batch, 1, 1);
        }

        // The first is the trial when the file was made.
        files.Offsets.ShouldBe([4096, 4096, 8192]);
        RedoHalf half = RedoHalf.Read(files, FilePath);
        (half.Fill, half.Groups.Count, half.Damage).ShouldBe((1UL, 2, null));
        File.ReadAllBytes(FilePath).AsSpan().IndexOf(Enumerable.Repeat((byte)0xAA, 16).ToArray()).ShouldBe(-1);
    }

    [Fact]
    public void Where_the_file_system_refuses_them_groups_are_synced()
    {
        var files = new SyncedFiles { Refuses = true };
        using (RedoFile file = RedoFile.Make(files, FilePath, Length))
        {
            var batch = new RedoBatch();
            batch.Add("A/streams/S/msgs/1.blk"u8, 0, "one"u8);
            file.Write(batch, 1, 0);
        }

        RedoHalf.Read(files, FilePath).Groups.Count.ShouldBe(1);
    }

    [Fact]
    public void What_the_machine_writes_and_syncs_at_once_is_in_the_file()
    {
        var files = new DiskFiles();
        using (RedoFile file = RedoFile.Make(files, FilePath, Length))
        {
            var batch = new RedoBatch();
            batch.Add("A/streams/S/msgs/1.blk"u8, 0, "one"u8);
            for (uint i = 0; i < 3; i++) file.Write(batch, 1, i);
        }

        RedoHalf.Read(files, FilePath).Groups.Count.ShouldBe(3);
    }

    /// <summary>The machine's files, of which some can be written and synced at once.</summary>
    private sealed class SyncedFiles : PassingFiles
    {
        public bool Refuses { get; init; }

        public List<long> Offsets { get; } = [];

        public override IStorageFile OpenSynced(string path) => new SyncedFile(this, Open(path, create: false));

        private sealed class SyncedFile(SyncedFiles files, IStorageFile file) : PassingFile(file)
        {
            public override void Write(ReadOnlySpan<byte> bytes, long offset)
            {
                if (files.Refuses) throw new IOException("invalid argument");
                (bytes.Length % RedoFormat.Alignment).ShouldBe(0);
                files.Offsets.Add(offset);
                base.Write(bytes, offset);
            }
        }
    }
}
