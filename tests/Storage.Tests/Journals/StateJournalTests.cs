using System.Text;
using DotNats.Storage;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Storage.Tests.Harness;
using Xunit;

namespace Storage.Tests.Journals;

public sealed class StateJournalTests : IDisposable
{
    private static readonly JournalOptions Synced = new(LogDurability.Synced, TimeSpan.FromMinutes(2));

    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"dotnats-journal-{Guid.NewGuid():N}");
    private readonly FakeTimeProvider _clock = new();

    private string JournalPath => Path.Combine(_directory, "A", "streams", "S", "obs", "C", "dotnats.jnl");

    private string StatePath => Path.Combine(_directory, "A", "streams", "S", "obs", "C", "o.dat");

    [Fact]
    public async Task Changes_are_there_again_behind_the_state_they_go_on_from()
    {
        using (FileStore store = Create())
        {
            StateJournal journal = Open(store, Synced, out JournalContent content);
            content.ShouldBe(new JournalContent(null, content.Changes, null, null));
            journal.Begin("state"u8);
            journal.Append("a"u8);
            journal.Append("b"u8);
            journal.Commit(isUrgent: false);
            journal.Append("c"u8);
            await journal.DisposeAsync();
        }

        using FileStore again = OpenStore();
        await using StateJournal reopened = Open(again, Synced, out JournalContent kept);
        Describe(kept).ShouldBe("state + abc");
        kept.Damage.ShouldBeNull();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_journal_that_nothing_was_written_to_need_not_be_held(bool isEncrypted)
    {
        StoreEncryption? encryption = isEncrypted ? new StoreEncryption(StoreCipherKind.ChaCha, "key"u8.ToArray(), default) : null;
        using (FileStore store = Create(encryption))
        {
            StateJournal first = Open(store, Synced, out _);
            first.Begin("state"u8);
            first.TryRest(out RestingJournal resting).ShouldBeTrue();

            StateJournal journal = Consumer(store).ResumeJournal(Synced, new Listener(), in resting);
            journal.Append("a"u8);
            journal.TryRest(out _).ShouldBeFalse();
            await journal.DisposeAsync();
        }

        using FileStore again = OpenStore(encryption);
        await using StateJournal reopened = Open(again, Synced, out JournalContent kept);
        Describe(kept).ShouldBe("state + a");
        reopened.TryRest(out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_check_of_the_store_finds_each_bit_of_a_journal(bool isEncrypted)
    {
        StoreEncryption? encryption = isEncrypted ? new StoreEncryption(StoreCipherKind.ChaCha, "key"u8.ToArray(), default) : null;
        using (FileStore store = OpenStore(encryption))
        {
            store.Create("A", "S", "{}"u8).Consumer("C").WriteMeta("{}"u8);
            StateJournal journal = Open(store, Synced, out _);
            journal.Begin([22, 2, 0, 0, 0, 0, 0, 0]);
            journal.Append("a"u8);
            await journal.DisposeAsync();
        }

        Check(encryption).ShouldBe((StoreCheckResult.Sound, ""));
        byte[] bytes = File.ReadAllBytes(JournalPath);
        for (int at = 0; at < bytes.Length; at++)
        {
            byte[] damaged = [.. bytes];
            damaged[at] ^= 4;
            File.WriteAllBytes(JournalPath, damaged);
            (StoreCheckResult result, string places) = Check(encryption);
            result.ShouldBe(StoreCheckResult.Damaged, $"byte {at}");
            places.ShouldContain(JournalPath);
        }

        File.WriteAllBytes(JournalPath, bytes);
        if (isEncrypted) return;
        File.WriteAllBytes(StatePath, [22, 2, 0, 0, 1, 0, 0, 0]);
        Check(null).ShouldBe((StoreCheckResult.Sound, StatePath), "nats-server may have gone on with it");
    }

    private (StoreCheckResult Result, string Places) Check(StoreEncryption? encryption)
    {
        var findings = new List<StoreFinding>();
        var options = new StoreCheckOptions { Directory = _directory, CipherOf = encryption is null ? null : encryption.CipherOf };
        StoreCheckResult result = StoreCheck.Run(options, findings.Add);
        return (result, string.Join('\n', findings.FindAll(finding => finding.Place.Length > 0).ConvertAll(finding => finding.Place)));
    }

    [Fact]
    public async Task What_is_urgent_is_told_when_it_is_safe()
    {
        using FileStore store = Create();
        var listener = new Listener();
        await using StateJournal journal = Open(store, Synced, out _, listener);
        journal.Begin("state"u8);
        journal.Append("a"u8);
        journal.Commit(isUrgent: false);
        journal.Append("b"u8);
        journal.Commit(isUrgent: true);
        await Eventually.HoldsAsync(() => listener.Committed == 2);
        File.Exists(JournalPath).ShouldBeTrue();
        journal.Commit(isUrgent: true);
        journal.Position.ShouldBe(2);
    }

    [Fact]
    public async Task What_is_not_urgent_is_written_a_little_later()
    {
        using FileStore store = Create();
        await using StateJournal journal = Open(store, Synced, out _);
        journal.Begin("state"u8);
        journal.Append("a"u8);
        journal.Commit(isUrgent: false);
        File.Exists(JournalPath).ShouldBeFalse();
        _clock.Advance(TimeSpan.FromMilliseconds(150));
        await Eventually.HoldsAsync(() => File.Exists(JournalPath) && new FileInfo(JournalPath).Length > 70);
    }

    [Theory]
    [InlineData(LogDurability.Written)]
    [InlineData(LogDurability.Buffered)]
    public async Task Without_sync_what_is_urgent_is_told_at_once(LogDurability durability)
    {
        using FileStore store = Create();
        var listener = new Listener();
        await using StateJournal journal = Open(store, new JournalOptions(durability, TimeSpan.FromMinutes(2)), out _, listener);
        journal.Begin("state"u8);
        journal.Append("a"u8);
        journal.Commit(isUrgent: true);
        listener.Committed.ShouldBe(1);
        File.Exists(JournalPath).ShouldBe(durability == LogDurability.Written);
    }

    [Fact]
    public async Task A_state_takes_the_place_of_all_changes_before_it()
    {
        using (FileStore store = Create())
        {
            StateJournal journal = Open(store, Synced, out _);
            journal.Begin("first"u8);
            journal.Append("a"u8);
            journal.Commit(isUrgent: true);
            journal.Append("b"u8);
            journal.Replace("second"u8.ToArray());
            journal.Append("c"u8);
            await journal.DisposeAsync();
        }

        File.ReadAllText(StatePath).ShouldBe("second");
        using FileStore again = OpenStore();
        await using StateJournal reopened = Open(again, Synced, out JournalContent kept);
        Describe(kept).ShouldBe("second + c");
    }

    [Fact]
    public async Task A_state_that_was_not_put_in_place_yet_is_in_the_journal()
    {
        using (FileStore store = Create())
        {
            StateJournal journal = Open(store, Synced, out _);
            journal.Begin("first"u8);
            journal.Replace("second"u8.ToArray());
            journal.Append("c"u8);
            await journal.DisposeAsync();
        }

        File.WriteAllText(StatePath, "first");
        using FileStore again = OpenStore();
        await using StateJournal reopened = Open(again, Synced, out JournalContent kept);
        Describe(kept).ShouldBe("second + c");
        kept.Foreign.ShouldBeNull();
    }

    [Fact]
    public async Task A_state_of_somebody_else_is_told_beside_its_own()
    {
        await KeepAsync("first", "a");
        File.WriteAllText(StatePath, "other");
        using FileStore again = OpenStore();
        await using StateJournal reopened = Open(again, Synced, out JournalContent kept);
        Describe(kept).ShouldBe("first + a");
        Encoding.ASCII.GetString(kept.Foreign!).ShouldBe("other");
    }

    [Fact]
    public async Task A_torn_end_is_cut_and_what_follows_takes_its_place()
    {
        await KeepAsync("first", "a");
        using (FileStream file = File.OpenWrite(JournalPath))
        {
            file.Seek(0, SeekOrigin.End);
            file.Write(new byte[37]);
        }

        using (FileStore again = OpenStore())
        {
            StateJournal journal = Open(again, Synced, out JournalContent kept);
            Describe(kept).ShouldBe("first + a");
            kept.Damage.ShouldNotBeNull().ShouldContain("cannot be read from byte");
            journal.Append("b"u8);
            await journal.DisposeAsync();
        }

        using FileStore third = OpenStore();
        await using StateJournal reopened = Open(third, Synced, out JournalContent now);
        Describe(now).ShouldBe("first + ab");
        now.Damage.ShouldBeNull();
    }

    [Fact]
    public async Task Every_flipped_bit_is_noticed()
    {
        await KeepAsync("first", "abc");
        byte[] good = File.ReadAllBytes(JournalPath);
        for (int bit = 0; bit < 8 * good.Length; bit++)
        {
            byte[] bad = [.. good];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(JournalPath, bad);
            using FileStore again = OpenStore();
            await using StateJournal journal = Open(again, Synced, out JournalContent kept);
            kept.Damage.ShouldNotBeNull($"bit {bit}");
            Describe(kept).ShouldBe("first + ");
        }
    }

    [Theory]
    [InlineData(StoreCipherKind.ChaCha)]
    [InlineData(StoreCipherKind.Aes)]
    public async Task With_a_key_nothing_of_it_can_be_read(StoreCipherKind kind)
    {
        var encryption = new StoreEncryption(kind, "key"u8.ToArray(), default);
        await KeepAsync("a state of some length", "secret changes", encryption);
        Encoding.Latin1.GetString(File.ReadAllBytes(JournalPath)).ShouldNotContain("secret");
        using FileStore again = OpenStore(encryption);
        await using StateJournal journal = Open(again, Synced, out JournalContent kept);
        Describe(kept).ShouldBe("a state of some length + secret changes");
    }

    [Fact]
    public async Task It_goes_over_to_another_key_with_its_consumer()
    {
        await KeepAsync("first", "a");
        (StoreEncryption? Encryption, string Expected)[] steps =
        [
            (new StoreEncryption(StoreCipherKind.ChaCha, "one"u8.ToArray(), default), "first + a"),
            (new StoreEncryption(StoreCipherKind.Aes, "two"u8.ToArray(), "one"u8.ToArray()), "first + ab"),
            (new StoreEncryption(StoreCipherKind.Aes, "two"u8.ToArray(), default), "first + abb"),
        ];
        foreach ((StoreEncryption? encryption, string expected) in steps)
        {
            using FileStore store = OpenStore(encryption);
            Consumer(store).ReadMeta(out string reason).ShouldNotBeNull(reason);
            StateJournal journal = Open(store, Synced, out JournalContent kept);
            Describe(kept).ShouldBe(expected);
            kept.Damage.ShouldBeNull();
            journal.Append("b"u8);
            await journal.DisposeAsync();
        }
    }

    [Fact]
    public async Task What_was_sealed_with_another_key_is_put_aside()
    {
        var encryption = new StoreEncryption(StoreCipherKind.ChaCha, "key"u8.ToArray(), default);
        await KeepAsync("first", "a", encryption);
        byte[] bytes = File.ReadAllBytes(StatePath);
        bytes[^1] ^= 1;
        File.WriteAllBytes(StatePath, bytes);
        using FileStore again = OpenStore(encryption);
        await using StateJournal journal = Open(again, Synced, out JournalContent kept);
        Describe(kept).ShouldBe("first + a");
        kept.Damage.ShouldNotBeNull();
        File.Exists(StatePath + ".damaged").ShouldBeTrue();
    }

    [Fact]
    public async Task The_file_of_a_quiet_one_is_closed_and_opened_again()
    {
        using FileStore store = Create();
        var listener = new Listener();
        await using StateJournal journal = Open(store, Synced, out _, listener);
        journal.Begin("state"u8);
        journal.Append("a"u8);
        journal.Commit(isUrgent: true);
        await Eventually.HoldsAsync(() => listener.Committed == 1);
        for (int i = 0; i < 4; i++) _clock.Advance(TimeSpan.FromSeconds(5));
        journal.Append("b"u8);
        journal.Commit(isUrgent: true);
        await Eventually.HoldsAsync(() => listener.Committed == 2);
    }

    [Fact]
    public async Task A_full_disk_that_keeps_much_from_being_written_wants_a_whole_state_instead()
    {
        var files = new RefusingFiles();
        using FileStore store = Create(files: files);
        var listener = new Listener();
        StateJournal journal = Open(store, Synced, out _, listener);
        journal.Begin("state"u8);
        files.IsFull = true;
        byte[] change = new byte[1024];
        for (int i = 0; i < 5000 && !journal.IsLong; i++)
        {
            journal.Append(change);
            journal.Commit(isUrgent: true);
            if (i % 100 == 0) _clock.Advance(TimeSpan.FromMilliseconds(300));
        }

        await Eventually.HoldsAsync(() => journal.IsLong);
        journal.Replace("whole"u8.ToArray());
        journal.Commit(isUrgent: true);
        journal.IsLong.ShouldBeFalse();
        listener.Failure.ShouldNotBeNull();
        files.IsFull = false;
        await Eventually.HoldsAsync(() =>
        {
            _clock.Advance(TimeSpan.FromMilliseconds(300));
            return listener.Committed == journal.Position;
        });
        await journal.DisposeAsync();
        new FileInfo(JournalPath).Length.ShouldBeLessThan(1000);
    }

    [Fact]
    public async Task Appending_and_committing_allocates_nothing()
    {
        using FileStore store = Create();
        await using StateJournal journal = Open(store, Synced, out _);
        journal.Begin("state"u8);
        Round();
        long least = long.MaxValue;
        for (int i = 0; i < 20; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Round();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        least.ShouldBe(0);

        void Round()
        {
            for (int i = 0; i < 100; i++) journal.Append("a change"u8);
            journal.Commit(isUrgent: false);
        }
    }

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    private static string Describe(JournalContent content) =>
        $"{Encoding.ASCII.GetString(content.State ?? [])} + {Encoding.ASCII.GetString(content.Changes)}";

    private static ConsumerDirectory Consumer(FileStore store)
    {
        var streams = new List<StoredStream>();
        store.Find("A", streams, new List<QuarantinedStream>());
        return streams.ShouldHaveSingleItem().Directory.Consumer("C");
    }

    private static StateJournal Open(FileStore store, JournalOptions options, out JournalContent content, Listener? listener = null) =>
        Consumer(store).OpenJournal(options, listener ?? new Listener(), out content);

    private async Task KeepAsync(string state, string changes, StoreEncryption? encryption = null)
    {
        using FileStore store = Create(encryption);
        StateJournal journal = Open(store, Synced, out _);
        journal.Begin(Encoding.ASCII.GetBytes(state));
        journal.Append(Encoding.ASCII.GetBytes(changes));
        await journal.DisposeAsync();
    }

    private FileStore Create(StoreEncryption? encryption = null, IStorageFiles? files = null)
    {
        FileStore store = OpenStore(encryption, files);
        store.Create("A", "S", "{}"u8).Consumer("C").WriteMeta("{}"u8);
        return store;
    }

    private FileStore OpenStore(StoreEncryption? encryption = null, IStorageFiles? files = null) =>
        FileStore.Open(new FileStoreOptions { Directory = _directory, Clock = _clock, SyncThreads = 1, Encryption = encryption, Files = files ?? new DiskFiles() });

    private sealed class Listener : IJournalListener
    {
        private long _committed;

        public long Committed => Interlocked.Read(ref _committed);

        public void OnCommitted(long position) => Interlocked.Exchange(ref _committed, position);

        public string? Failure { get; private set; }

        public void OnFailed(LogStatus status, string reason) => Failure = reason;
    }
}
