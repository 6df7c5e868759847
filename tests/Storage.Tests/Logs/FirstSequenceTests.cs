using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Logs;

/// <summary>Logs that start at a sequence of their own and that nothing was stored in yet, by themselves and as nats-server 2.15.1 leaves them.</summary>
public sealed class FirstSequenceTests
{
    private static readonly LogOptions From500 = new() { Name = "E", FirstSequence = 500 };

    // A tombstone of sequence 499 with the time of nothing, and the index that says that there is no time.
    private static readonly byte[] ForeignBlock = Convert.FromHexString("1e000000f30100000000004000001a3deb03b2a10000f4033981a389b71c");
    private static readonly byte[] ForeignState = Convert.FromHexString(
        "0b040000f40300f3030000010200f40300f303ffffafae9885fecdbc0100000002f4033981a389b71ca368a4cf4b51eee1");

    [Fact]
    public async Task A_log_that_was_closed_unused_has_no_last_time()
    {
        await using var fixture = new LogFixture();
        fixture.Open(From500).State.ShouldBe(Unused(0));
        (await fixture.ReopenAsync(From500)).State.ShouldBe(Unused(0));
        fixture.Add("s", "first").ShouldBe(500UL);
    }

    [Fact]
    public async Task A_log_that_was_killed_unused_has_the_last_time_that_nats_server_reads()
    {
        await using var fixture = new LogFixture();
        fixture.Open(From500);
        FileLog killed = FileLog.Open(fixture.Services, null, fixture.Directory, From500, fixture.Listener);
        killed.State.ShouldBe(Unused(BlockFormat.NoTime));
        await killed.DisposeAsync();
        (await fixture.ReopenAsync(From500)).State.ShouldBe(Unused(0));
    }

    [Fact]
    public async Task What_nats_server_left_unused_when_it_was_killed_has_the_time_it_reads()
    {
        await using var fixture = new LogFixture();
        File.WriteAllBytes(Path.Combine(fixture.Directory, "2.blk"), ForeignBlock);
        fixture.Open(From500).State.ShouldBe(Unused(BlockFormat.NoTime));
        fixture.Add("s", "first").ShouldBe(500UL);
    }

    [Fact]
    public async Task What_nats_server_left_unused_when_it_stopped_has_no_last_time_and_leaves_none_to_be_read()
    {
        await using var fixture = new LogFixture();
        File.WriteAllBytes(Path.Combine(fixture.Directory, "2.blk"), ForeignBlock);
        File.WriteAllBytes(Path.Combine(fixture.Directory, "index.db"), ForeignState);
        fixture.Open(From500).State.ShouldBe(Unused(0));
        File.Exists(Path.Combine(fixture.Directory, "2.blk")).ShouldBeFalse();
        (await fixture.ReopenAsync(From500)).State.ShouldBe(Unused(0));
        fixture.Add("s", "first").ShouldBe(500UL);
        await fixture.CommitAsync();
        (await fixture.ReopenAsync(From500)).State.Messages.ShouldBe(1UL);
        fixture.Read(500).ShouldBe("500 s first");
    }

    private static LogState Unused(long lastTime) => new(0, 0, 500, 0, 499, lastTime, 0, 0, 0);
}
