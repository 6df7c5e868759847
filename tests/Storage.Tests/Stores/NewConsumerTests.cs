using DotNats.Storage;
using Shouldly;
using TestSupport;
using Xunit;

namespace Storage.Tests.Stores;

public sealed class NewConsumerTests : IDisposable
{
    private static readonly JournalOptions Options = new(LogDurability.Synced, TimeSpan.FromMinutes(2));

    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"dotnats-new-{Guid.NewGuid():N}");

    [Theory]
    [InlineData(true, false, 1, 0)]
    [InlineData(false, false, 1, 3)]
    [InlineData(true, true, 1, 0)]
    [InlineData(false, true, 1, 4)]
    public void Its_files_are_made_safe_by_one_sync_or_by_one_each(bool works, bool isEncrypted, int wholeSyncs, int ownSyncs)
    {
        var files = new CountingFiles(works);
        StoreEncryption? encryption = isEncrypted ? new StoreEncryption(StoreCipherKind.ChaCha, "key"u8.ToArray(), default) : null;
        using FileStore store = FileStore.Open(new FileStoreOptions { Directory = _directory, Files = files, SyncThreads = 0, Encryption = encryption });
        ConsumerDirectory consumer = store.Create("A", "S", "{}"u8).Consumer("C");
        files.Reset();
        consumer.WriteFirstMeta("meta"u8);
        StateJournal journal = consumer.OpenJournal(Options, new Deaf(), out JournalContent content);
        content.State.ShouldBeNull();
        (files.WholeSyncs, files.OwnSyncs).ShouldBe((0, 0));
        journal.Begin("state"u8);
        (files.WholeSyncs, files.OwnSyncs).ShouldBe((wholeSyncs, ownSyncs));

        ConsumerDirectory again = new List<StoredStream>(Find(store)).ShouldHaveSingleItem().Directory.Consumer("C");
        again.ReadMeta(out string reason).ShouldBe("meta"u8.ToArray(), reason);
        again.ReadState().ShouldBe("state"u8.ToArray());
    }

    [Fact]
    public void One_whose_name_has_files_already_takes_their_place_one_by_one()
    {
        var files = new CountingFiles(works: true);
        using FileStore store = FileStore.Open(new FileStoreOptions { Directory = _directory, Files = files, SyncThreads = 0 });
        ConsumerDirectory consumer = store.Create("A", "S", "{}"u8).Consumer("C");
        consumer.WriteMeta("old"u8);
        files.Reset();
        consumer.WriteFirstMeta("new"u8);
        files.OwnSyncs.ShouldBe(2);
        consumer.ReadMeta(out _).ShouldBe("new"u8.ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_left_of_one_that_was_being_made_is_put_aside(bool isEncrypted)
    {
        StoreEncryption? encryption = isEncrypted ? new StoreEncryption(StoreCipherKind.ChaCha, "key"u8.ToArray(), default) : null;
        using FileStore store = FileStore.Open(new FileStoreOptions { Directory = _directory, Files = new CountingFiles(works: true), SyncThreads = 0, Encryption = encryption });
        ConsumerDirectory consumer = store.Create("A", "S", "{}"u8).Consumer("C");
        Directory.CreateDirectory(consumer.Path);
        foreach (string name in (string[])["meta.key", "meta.inf", "o.dat"]) File.WriteAllBytes(Path.Combine(consumer.Path, name), []);
        consumer.WriteFirstMeta("new"u8);
        consumer.ReadMeta(out string reason).ShouldBe("new"u8.ToArray(), reason);
        consumer.ReadState().ShouldBeNull();
        File.Exists(Path.Combine(consumer.Path, "o.dat.damaged")).ShouldBeTrue();
    }

    [Fact]
    public void One_that_the_disk_refused_can_be_made_later()
    {
        var files = new CountingFiles(works: true);
        using FileStore store = FileStore.Open(new FileStoreOptions { Directory = _directory, Files = files, SyncThreads = 0 });
        ConsumerDirectory consumer = store.Create("A", "S", "{}"u8).Consumer("C");
        files.IsFull = true;
        Should.Throw<DiskFullException>(() => consumer.WriteFirstMeta("meta"u8));
        Directory.Exists(consumer.Path).ShouldBeFalse();
        files.OpenWholeSyncs.ShouldBe(1);
        files.IsFull = false;
        consumer.WriteFirstMeta("meta"u8);
        consumer.ReadMeta(out string reason).ShouldBe("meta"u8.ToArray(), reason);
    }

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    private static List<StoredStream> Find(FileStore store)
    {
        var streams = new List<StoredStream>();
        store.Find("A", streams, new List<QuarantinedStream>());
        return streams;
    }

    private sealed class CountingFiles(bool works) : PassingFiles
    {
        public int OwnSyncs { get; private set; }

        public int WholeSyncs { get; private set; }

        public int OpenWholeSyncs { get; private set; }

        public bool IsFull { get; set; }

        public void Reset() => (OwnSyncs, WholeSyncs) = (0, 0);

        public override IStorageFile Open(string path, bool create) => new CountingFile(base.Open(path, create), this);

        public override IFileSystemSync OpenSync(string directory)
        {
            OpenWholeSyncs++;
            return new Whole(this, works);
        }

        private sealed class CountingFile(IStorageFile file, CountingFiles files) : PassingFile(file)
        {
            public override void Sync() => files.OwnSyncs++;

            public override void Write(ReadOnlySpan<byte> bytes, long offset)
            {
                if (files.IsFull) throw new DiskFullException("full");
                base.Write(bytes, offset);
            }
        }

        private sealed class Whole(CountingFiles files, bool works) : IFileSystemSync
        {
            public bool Covers(string directory) => true;

            public bool TrySync()
            {
                files.WholeSyncs++;
                return works;
            }

            public void Dispose() => files.OpenWholeSyncs--;
        }
    }

    private sealed class Deaf : IJournalListener
    {
        public void OnCommitted(long position)
        {
        }

        public void OnFailed(LogStatus status, string reason)
        {
        }
    }
}
