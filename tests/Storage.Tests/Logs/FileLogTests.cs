using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Logs;

public sealed class FileLogTests
{
    private static readonly LogOptions SmallBlocks = new() { Name = "S", BlockBytes = 200 };

    [Fact]
    public async Task Reading_what_lies_in_memory_by_wildcards_allocates_nothing()
    {
        await using var fixture = new LogFixture();
        fixture.Open();
        for (int i = 0; i < 500; i++) fixture.Add($"s.{i:D3}", "payload");
        var filters = new SubjectFilters("s.*");
        var buffer = new MessageBuffer();
        for (ulong next = 1; next <= 500; next++) fixture.Log.TryReadNext(next, filters, buffer);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (ulong next = 1; next <= 500; next++) fixture.Log.TryReadNext(next, filters, buffer);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        buffer.Sequence.ShouldBe(500UL);
    }

    [Fact]
    public async Task What_was_appended_and_committed_is_read_after_reopening()
    {
        await using var fixture = new LogFixture();
        fixture.Open();
        fixture.Add("a.b", "one").ShouldBe(1UL);
        fixture.Add("a.c", "two", "NATS/1.0\r\nA: b\r\n\r\n").ShouldBe(2UL);
        await fixture.CommitAsync();
        LogState before = fixture.Log.State;

        await fixture.ReopenAsync();
        fixture.Log.State.ShouldBe(before);
        fixture.Read(1).ShouldBe("1 a.b one");
        fixture.Read(2).ShouldBe("2 a.c NATS/1.0\r\nA: b\r\n\r\ntwo");
        fixture.Read(3).ShouldBe("NotFound");
        fixture.Log.Damage.ShouldBeEmpty();
    }

    [Fact]
    public async Task Whoever_reads_a_closed_log_finds_nothing()
    {
        await using var fixture = new LogFixture();
        fixture.Open();
        fixture.Add("s", "one");
        fixture.Add("t", "two");
        await fixture.Log.DisposeAsync();

        var buffer = new MessageBuffer();
        fixture.Read(1).ShouldBe("NotFound");
        fixture.Log.TryReadNext(0, null, buffer).ShouldBe(ReadStatus.NotFound);
        fixture.Log.TryReadPrevious(ulong.MaxValue, new SubjectFilters("s"), buffer).ShouldBe(ReadStatus.NotFound);
        fixture.Log.TryReadLast("*"u8, buffer).ShouldBe(ReadStatus.NotFound);
        fixture.Log.CountPending(0, new SubjectFilters("*"), lastPerSubject: true).Messages.ShouldBe(0UL);
        fixture.Log.GetFiltered(0, "s"u8).Messages.ShouldBe(0UL);
        fixture.Log.FirstSequenceSince(0).ShouldBe(3UL);
        fixture.Log.State.Messages.ShouldBe(0UL);
        fixture.Log.Damage.ShouldBeEmpty();
    }

    [Fact]
    public async Task Bytes_are_counted_as_the_real_server_counts_them()
    {
        await using var fixture = new LogFixture();
        fixture.Open();
        fixture.Add("foo", "hello");
        fixture.Log.State.Bytes.ShouldBe(22UL + 3 + 5 + 8);
        fixture.Add("foo", "hello", "NATS/1.0\r\n\r\n");
        fixture.Log.State.Bytes.ShouldBe((2 * (22UL + 3 + 5 + 8)) + 4 + 12);
    }

    [Theory]
    [InlineData(LogDurability.Synced)]
    [InlineData(LogDurability.Written)]
    [InlineData(LogDurability.Buffered)]
    public async Task Messages_spread_over_many_blocks_and_are_found_in_all_of_them(LogDurability durability)
    {
        await using var fixture = new LogFixture(cacheBytes: 40_000);
        LogOptions options = SmallBlocks with { Durability = durability };
        fixture.Open(options);
        for (int i = 1; i <= 100; i++)
        {
            fixture.Add($"s.{i % 7}", $"payload {i}");
            if (i % 10 == 0) await fixture.CommitAsync();
        }

        for (ulong i = 1; i <= 100; i++) fixture.Read(i).ShouldBe($"{i} s.{i % 7} payload {i}");
        await fixture.ReopenAsync(options);
        for (ulong i = 1; i <= 100; i++) fixture.Read(i).ShouldBe($"{i} s.{i % 7} payload {i}");
        fixture.Log.GetSubject("s.3"u8).ShouldBe(new SubjectState(14, 3, 94));
        Directory.GetFiles(fixture.Directory, "*.blk").Length.ShouldBeGreaterThan(10);
    }

    [Fact]
    public async Task Removed_messages_stay_removed_after_reopening()
    {
        await using var fixture = new LogFixture();
        fixture.Open(SmallBlocks);
        for (int i = 1; i <= 30; i++) fixture.Add("s", $"payload {i}");
        fixture.Log.Remove(1, erase: false).ShouldBeTrue();
        fixture.Log.Remove(1, erase: false).ShouldBeFalse();
        fixture.Log.Remove(15, erase: false).ShouldBeTrue();
        fixture.Log.Remove(30, erase: false).ShouldBeTrue();
        await fixture.CommitAsync();
        LogState before = fixture.Log.State;
        before.Messages.ShouldBe(27UL);
        before.FirstSequence.ShouldBe(2UL);
        before.LastSequence.ShouldBe(30UL);

        await fixture.ReopenAsync(SmallBlocks);
        fixture.Log.State.ShouldBe(before);
        fixture.Read(15).ShouldBe("Deleted");
        fixture.Read(30).ShouldBe("Deleted");
        fixture.Add("s", "next").ShouldBe(31UL);
    }

    [Fact]
    public async Task A_purged_log_goes_on_with_the_next_sequence()
    {
        await using var fixture = new LogFixture();
        fixture.Open(SmallBlocks);
        for (int i = 1; i <= 30; i++) fixture.Add("s", $"payload {i}");
        await fixture.CommitAsync();
        fixture.Log.Purge(default, 0, 0).ShouldBe(30UL);
        await fixture.CommitAsync();
        fixture.Listener.Removed.Count.ShouldBe(30);

        await fixture.ReopenAsync(SmallBlocks);
        fixture.Log.State.Messages.ShouldBe(0UL);
        fixture.Log.State.FirstSequence.ShouldBe(31UL);
        fixture.Log.State.LastSequence.ShouldBe(30UL);
        Directory.GetFiles(fixture.Directory, "*.blk").Length.ShouldBe(1);
        fixture.Add("s", "next").ShouldBe(31UL);
    }
}
