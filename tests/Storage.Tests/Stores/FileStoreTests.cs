using System.Text;
using DotNats.Storage;
using Shouldly;
using Storage.Tests.Logs;
using TestSupport;
using Xunit;

namespace Storage.Tests.Stores;

public sealed class FileStoreTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"dotnats-store-{Guid.NewGuid():N}");

    private static byte[] Meta(string text) => Encoding.UTF8.GetBytes(text);

    [Fact]
    public async Task A_stream_that_was_created_is_found_with_its_meta_and_messages()
    {
        using (FileStore store = Open())
        {
            StreamDirectory stream = store.Create("ACC", "ORDERS", Meta("first"));
            stream.WriteMeta(Meta("second"));
            var listener = new RecordingListener();
            await using FileLog log = stream.OpenLog(new LogOptions { Name = "ORDERS" }, listener);
            log.Append(new NewMessage { Timestamp = 1, Subject = "a"u8, Payload = "b"u8 }).IsOk.ShouldBeTrue();
        }

        using FileStore again = Open();
        again.AccountNames().ShouldBe(["ACC"]);
        (List<StoredStream> streams, List<QuarantinedStream> quarantined) = Find(again, "ACC");
        quarantined.ShouldBeEmpty();
        StoredStream found = streams.ShouldHaveSingleItem();
        found.Directory.Name.ShouldBe("ORDERS");
        Encoding.UTF8.GetString(found.Meta).ShouldBe("second");
        await using FileLog reopened = found.Directory.OpenLog(new LogOptions { Name = "ORDERS" }, new RecordingListener());
        reopened.State.Messages.ShouldBe(1UL);
    }

    [Fact]
    public void A_stream_whose_meta_is_damaged_is_named_and_left_alone()
    {
        using FileStore store = Open();
        StreamDirectory stream = store.Create("ACC", "ORDERS", Meta("some configuration"));
        File.WriteAllText(Path.Combine(stream.Path, "meta.inf"), "some configuratioN");

        (List<StoredStream> streams, List<QuarantinedStream> quarantined) = Find(store, "ACC");
        streams.ShouldBeEmpty();
        quarantined.ShouldHaveSingleItem().ShouldBe(new QuarantinedStream(stream.Path, "meta.inf does not have the checksum in meta.sum"));
        Directory.Exists(stream.Path).ShouldBeTrue();
    }

    [Fact]
    public void A_meta_file_of_gigabytes_is_named_and_not_read()
    {
        using FileStore store = Open();
        StreamDirectory stream = store.Create("ACC", "ORDERS", Meta("x"));
        using (FileStream file = File.OpenWrite(Path.Combine(stream.Path, "meta.inf"))) file.SetLength(3L << 30);
        Find(store, "ACC").Quarantined.ShouldHaveSingleItem().Reason.ShouldContain("too long");
    }

    [Fact]
    public void A_new_stream_sets_aside_one_that_cannot_be_read()
    {
        using FileStore store = Open();
        StreamDirectory damaged = store.Create("ACC", "ORDERS", Meta("x"));
        File.Delete(Path.Combine(damaged.Path, "meta.sum"));
        store.Create("ACC", "ORDERS", Meta("y"));

        Find(store, "ACC").Streams.ShouldHaveSingleItem();
        File.ReadAllText(Path.Combine(_directory, "ACC", "quarantine", "ORDERS.1", "meta.inf")).ShouldBe("x");
    }

    [Fact]
    public void A_deleted_stream_is_gone_and_a_store_can_be_closed_twice()
    {
        using FileStore store = Open();
        store.Create("ACC", "ORDERS", Meta("x")).Delete();
        Find(store, "ACC").Streams.ShouldBeEmpty();
        Directory.GetFileSystemEntries(Path.Combine(_directory, "ACC", "streams")).ShouldBeEmpty();
        store.Dispose();
    }

    [Fact]
    public void A_meta_file_whose_replacement_was_interrupted_is_the_old_or_the_new_one()
    {
        using FileStore store = Open();
        StreamDirectory stream = store.Create("ACC", "ORDERS", Meta("old"));
        string sum = Path.Combine(stream.Path, "meta.sum");
        string oldSum = File.ReadAllText(sum);
        stream.WriteMeta(Meta("new"));
        File.Move(sum, sum + ".tmp");
        File.WriteAllText(sum, oldSum);

        Encoding.UTF8.GetString(Find(store, "ACC").Streams.ShouldHaveSingleItem().Meta).ShouldBe("new");
    }

    [Fact]
    public void An_update_that_never_came_to_be_does_not_with_an_interrupted_deletion()
    {
        using FileStore store = Open();
        StreamDirectory stream = store.Create("ACC", "ORDERS", Meta("old"));
        ConsumerDirectory consumer = stream.Consumer("worker");
        consumer.WriteMeta(Meta("old"));
        foreach (string path in (string[])[stream.Path, consumer.Path]) LeaveUnfinished(path);
        using FileStore interrupted = FileStore.Open(new FileStoreOptions { Directory = _directory, Files = new DownWithMeta(), SyncThreads = 1 });
        StreamDirectory same = Find(interrupted, "ACC").Streams.ShouldHaveSingleItem().Directory;

        Should.Throw<IOException>(same.Consumer("worker").Delete);
        stream.Consumer("worker").ReadMeta(out _).ShouldBeNull();
        Should.Throw<IOException>(same.Delete);
        Find(store, "ACC").Streams.ShouldBeEmpty();

        // A crash before the first of an update's files took its place.
        void LeaveUnfinished(string path)
        {
            string[] old = [.. new[] { "meta.inf", "meta.sum" }.Select(name => File.ReadAllText(Path.Combine(path, name)))];
            if (path == stream.Path) stream.WriteMeta(Meta("never"));
            else consumer.WriteMeta(Meta("never"));
            foreach ((string name, string content) in new[] { "meta.inf", "meta.sum" }.Zip(old))
            {
                File.Move(Path.Combine(path, name), Path.Combine(path, name + ".tmp"));
                File.WriteAllText(Path.Combine(path, name), content);
            }
        }
    }

    [Fact]
    public void Consumers_keep_meta_and_state()
    {
        using FileStore store = Open();
        StreamDirectory stream = store.Create("ACC", "ORDERS", Meta("x"));
        ConsumerDirectory consumer = stream.Consumer("worker");
        consumer.WriteMeta(Meta("config"));
        consumer.ReadState().ShouldBeNull();
        consumer.WriteState([1, 2, 3]);

        stream.ConsumerNames().ShouldBe(["worker"]);
        Encoding.UTF8.GetString(stream.Consumer("worker").ReadMeta(out _)!).ShouldBe("config");
        stream.Consumer("worker").ReadState().ShouldBe([1, 2, 3]);
        consumer.Delete();
        stream.ConsumerNames().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(StoreCipherKind.ChaCha)]
    [InlineData(StoreCipherKind.Aes)]
    public async Task An_encrypted_store_opens_with_its_key_only(StoreCipherKind kind)
    {
        var encryption = new StoreEncryption(kind, Meta("key"), default);
        using (FileStore store = Open(encryption))
        {
            StreamDirectory stream = store.Create("ACC", "ORDERS", Meta("configuration"));
            stream.Consumer("worker").WriteMeta(Meta("consumer"));
            stream.Consumer("worker").WriteState([1, 2, 3]);
            await using FileLog log = stream.OpenLog(new LogOptions { Name = "ORDERS" }, new RecordingListener());
            log.Append(new NewMessage { Timestamp = 1, Subject = "a"u8, Payload = "b"u8 });
        }

        using (FileStore plain = Open())
            Find(plain, "ACC").Quarantined.ShouldHaveSingleItem().Reason.ShouldBe("meta.inf is encrypted, and no key is configured");
        using (FileStore wrong = Open(encryption with { Key = Meta("other") }))
            Find(wrong, "ACC").Quarantined.ShouldHaveSingleItem().Reason.ShouldBe("meta.key cannot be opened with the configured key");
        using FileStore rotated = Open(new StoreEncryption(kind, Meta("new"), Meta("key")));
        StoredStream found = Find(rotated, "ACC").Streams.ShouldHaveSingleItem();
        Encoding.UTF8.GetString(found.Meta).ShouldBe("configuration");
        Encoding.UTF8.GetString(found.Directory.Consumer("worker").ReadMeta(out _)!).ShouldBe("consumer");
        found.Directory.Consumer("worker").ReadState().ShouldBe([1, 2, 3]);
        await using FileLog reopened = found.Directory.OpenLog(new LogOptions { Name = "ORDERS" }, new RecordingListener());
        reopened.State.Messages.ShouldBe(1UL);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("")]
    public void Names_that_lead_elsewhere_are_refused(string name)
    {
        using FileStore store = Open();
        Should.Throw<ArgumentException>(() => store.Create("ACC", name, Meta("x")));
        Should.Throw<ArgumentException>(() => store.Create(name, "S", Meta("x")));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static (List<StoredStream> Streams, List<QuarantinedStream> Quarantined) Find(FileStore store, string account)
    {
        var streams = new List<StoredStream>();
        var quarantined = new List<QuarantinedStream>();
        store.Find(account, streams, quarantined);
        return (streams, quarantined);
    }

    private FileStore Open(StoreEncryption? encryption = null) =>
        FileStore.Open(new FileStoreOptions { Directory = _directory, Encryption = encryption });

    // Goes down when a meta file is deleted.
    private sealed class DownWithMeta : PassingFiles
    {
        public override void DeleteFile(string path)
        {
            base.DeleteFile(path);
            if (Path.GetFileName(path) == "meta.inf") throw new IOException("the machine is down");
        }

        public override void DeleteDirectory(string path)
        {
            if (File.Exists(Path.Combine(path, "meta.inf"))) DeleteFile(Path.Combine(path, "meta.inf"));
            base.DeleteDirectory(path);
        }
    }
}
