using DotNats.Storage;
using Shouldly;
using Storage.Tests.Harness;
using Storage.Tests.Logs;
using Xunit;

namespace Storage.Tests.Commits;

public sealed class BackgroundIndexTests
{
    private static readonly LogOptions Unsynced = new() { Name = "S", Durability = LogDurability.Written, SyncInterval = TimeSpan.FromHours(1) };

    [Fact]
    public async Task A_log_that_is_not_synced_goes_on_while_the_device_is_busy_with_its_index()
    {
        var files = new HeldFiles();
        await using var fixture = new LogFixture(files);
        fixture.Open(Unsynced);
        files.IsHeld = true;
        try
        {
            await BeginIndexAsync(fixture, files);
            for (int i = 0; i < 10; i++)
            {
                fixture.Add("s", $"behind {i}");
                await fixture.CommitAsync();
            }

            File.Exists(IndexPath(fixture)).ShouldBeFalse();
        }
        finally
        {
            files.LetAll();
        }

        await Eventually.HoldsAsync(() => File.Exists(IndexPath(fixture)));
        byte[] index = await File.ReadAllBytesAsync(IndexPath(fixture), TestContext.Current.CancellationToken);
        await fixture.Log.DisposeAsync();
        // As if it had been killed: the index speaks of the first message alone.
        await File.WriteAllBytesAsync(IndexPath(fixture), index, TestContext.Current.CancellationToken);
        fixture.Open(Unsynced).State.Messages.ShouldBe(11UL);
        fixture.Log.Damage.ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_syncs_what_an_index_waits_for_waits_with_it()
    {
        var files = new HeldFiles();
        await using var fixture = new LogFixture(files);
        fixture.Open(Unsynced);
        files.IsHeld = true;
        Task closing;
        try
        {
            await BeginIndexAsync(fixture, files);
            closing = fixture.Log.DisposeAsync().AsTask();
            // Its own sync would be the second.
            files.Syncs.Count.ShouldBe(1);
            closing.IsCompleted.ShouldBeFalse();
        }
        finally
        {
            files.LetAll();
        }

        await closing;
        fixture.Open(Unsynced).State.Messages.ShouldBe(1UL);
    }

    [Fact]
    public async Task What_the_device_refuses_to_an_index_has_the_log_fail()
    {
        var files = new RefusingFiles();
        await using var fixture = new LogFixture(files);
        fixture.Open(Unsynced);
        fixture.Add("s", "a");
        fixture.Log.WantIndex();
        files.FailsSyncs = true;
        fixture.Log.Commit();

        await Eventually.HoldsAsync(() => fixture.Listener.Failure is not null);
        fixture.Listener.Failure.ShouldBe($"Failed: input/output error: {Path.Combine(fixture.Directory, "1.blk")}");
    }

    [Fact]
    public async Task Without_room_for_an_index_the_log_goes_on_with_the_one_there_is()
    {
        var files = new NoIndexFiles();
        await using var fixture = new LogFixture(files);
        fixture.Open(Unsynced);
        fixture.Add("s", "a");
        await fixture.CommitAsync();
        await fixture.ReopenAsync(Unsynced);
        byte[] before = await File.ReadAllBytesAsync(IndexPath(fixture), TestContext.Current.CancellationToken);
        files.IsFull = true;
        fixture.Add("s", "b");
        fixture.Log.WantIndex();
        await fixture.CommitAsync();
        await Eventually.HoldsAsync(() => files.Refused == 1);

        fixture.Add("s", "c");
        await fixture.CommitAsync();
        File.ReadAllBytes(IndexPath(fixture)).ShouldBe(before);
        fixture.Listener.Failure.ShouldBeNull();
        files.IsFull = false;
    }

    private static async Task BeginIndexAsync(LogFixture fixture, HeldFiles files)
    {
        files.Syncs.Clear();
        fixture.Add("s", "first");
        fixture.Log.WantIndex();
        await fixture.CommitAsync();
        await Eventually.HoldsAsync(() => files.Syncs.Count == 1);
    }

    private static string IndexPath(LogFixture fixture) => Path.Combine(fixture.Directory, "dotnats.idx");

    /// <summary>Has no room for anything but blocks while it is full.</summary>
    private sealed class NoIndexFiles : PassingFiles
    {
        private int _refused;

        public volatile bool IsFull;

        public int Refused => Volatile.Read(ref _refused);

        public override IStorageFile Open(string path, bool create)
        {
            if (!IsFull || path.EndsWith(".blk", StringComparison.Ordinal)) return base.Open(path, create);
            Interlocked.Increment(ref _refused);
            throw new DiskFullException(path);
        }
    }
}
