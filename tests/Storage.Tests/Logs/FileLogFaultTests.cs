using DotNats.Storage;
using Shouldly;
using Storage.Tests.Harness;
using Xunit;

namespace Storage.Tests.Logs;

public sealed class FileLogFaultTests
{
    [Fact]
    public async Task A_full_disk_is_told_and_what_was_accepted_is_committed_when_there_is_room()
    {
        var files = new RefusingFiles();
        await using var fixture = new LogFixture(files);
        fixture.Open();
        fixture.Add("s", "safe");
        await fixture.CommitAsync();

        files.IsFull = true;
        fixture.Add("s", "waits");
        fixture.Log.Commit();
        await Eventually.HoldsAsync(() => Append(fixture.Log).Status == LogStatus.NoSpace);
        fixture.Listener.Committed.ShouldBe(1);
        fixture.Read(2).ShouldBe("2 s waits");
        new FileInfo(Path.Combine(fixture.Directory, "1.blk")).Length.ShouldBe(69);

        files.IsFull = false;
        await fixture.Listener.WaitForAsync(fixture.Log.Position);
        Append(fixture.Log).IsOk.ShouldBeTrue();
        await fixture.CommitAsync();
        await fixture.ReopenAsync();
        fixture.Read(2).ShouldBe("2 s waits");
    }

    [Fact]
    public async Task A_log_that_was_closed_on_a_full_disk_has_what_was_safe()
    {
        var files = new RefusingFiles();
        await using var fixture = new LogFixture(files);
        fixture.Open();
        fixture.Add("s", "safe");
        await fixture.CommitAsync();
        files.IsFull = true;
        fixture.Add("s", "never told as safe");
        await fixture.ReopenAsync();
        fixture.Read(1).ShouldBe("1 s safe");
        fixture.Log.State.LastSequence.ShouldBe(1UL);

        files.IsFull = false;
        fixture.Add("s", "again").ShouldBe(2UL);
        await fixture.CommitAsync();
    }

    [Fact]
    public async Task A_failed_sync_ends_the_log_and_what_was_not_safe_is_cut_off()
    {
        var files = new RefusingFiles();
        await using var fixture = new LogFixture(files);
        fixture.Open();
        fixture.Add("s", "safe");
        await fixture.CommitAsync();

        files.FailsSyncs = true;
        fixture.Add("s", "lost");
        fixture.Log.Commit();
        await Eventually.HoldsAsync(() => Append(fixture.Log).Status == LogStatus.Failed);
        fixture.Listener.Committed.ShouldBe(1);

        files.FailsSyncs = false;
        await fixture.ReopenAsync();
        fixture.Log.State.LastSequence.ShouldBe(1UL);
        fixture.Add("s", "again").ShouldBe(2UL);
        await fixture.CommitAsync();
        fixture.Read(2).ShouldBe("2 s again");
    }

    [Fact]
    public async Task Appending_allocates_nothing()
    {
        await using var fixture = new LogFixture();
        FileLog log = fixture.Open();
        // Over one growth of what a block keeps in memory for each message; before the next.
        for (int i = 0; i < 66_000; i++) Append(log);
        await fixture.CommitAsync();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++) Append(log);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        await fixture.CommitAsync();
    }

    private static AppendResult Append(FileLog log) => log.Append(new NewMessage { Timestamp = 1, Subject = "s"u8, Payload = "payload"u8 });
}
