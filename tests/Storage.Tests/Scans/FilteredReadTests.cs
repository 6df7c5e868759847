using DotNats.Storage;
using Shouldly;
using Storage.Tests.Logs;
using TestSupport;
using Xunit;

namespace Storage.Tests.Scans;

/// <summary>What filters with wildcards read of blocks that are not in memory. The cache tells how much was kept.</summary>
public sealed class FilteredReadTests
{
    private const int Messages = 2000;
    private const int BlockBytes = 400_000;
    private const int Wanted = Messages / 20;

    private static readonly LogOptions Options = new() { Name = "S", BlockBytes = BlockBytes };
    private static readonly SubjectFilters Few = new("s.*.7", "none.>");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_wants_few_messages_of_a_block_keeps_no_more_of_it(bool isEncrypted)
    {
        await using var fixture = new LogFixture();
        if (isEncrypted) fixture.Keys = Keys();
        await FillAsync(fixture);
        ReadAll(fixture.Log, Few).Count.ShouldBe(Wanted);
        fixture.Services.Cache.HeldBytes.ShouldBeInRange(1, 2 * 1024 * 1024);
        // Another who wants the same has it already.
        long held = fixture.Services.Cache.HeldBytes;
        ReadAll(fixture.Log, new SubjectFilters("s.*.7", "none.>")).Count.ShouldBe(Wanted);
        fixture.Services.Cache.HeldBytes.ShouldBe(held);
    }

    [Fact]
    public async Task Who_wants_most_of_a_block_has_it_loaded_for_everyone()
    {
        await using var fixture = new LogFixture();
        await FillAsync(fixture);
        ReadAll(fixture.Log, new SubjectFilters("s.*.*", "none.>")).Count.ShouldBe(Messages);
        fixture.Services.Cache.HeldBytes.ShouldBeGreaterThan(Messages * 900);
    }

    [Fact]
    public async Task Where_many_want_different_messages_of_a_block_it_is_loaded_for_all_of_them()
    {
        await using var fixture = new LogFixture();
        await FillAsync(fixture);
        var buffer = new MessageBuffer();
        for (int i = 0; i < 4; i++) fixture.Log.TryReadNext(50, new SubjectFilters($"s.*.{i + 1}"), buffer).ShouldBe(ReadStatus.Found);
        fixture.Services.Cache.HeldBytes.ShouldBeGreaterThan(BlockBytes);
    }

    [Fact]
    public async Task A_compressed_block_is_read_as_a_whole()
    {
        await using var fixture = new LogFixture();
        await FillAsync(fixture, Options with { Compression = LogCompression.S2 });
        ReadAll(fixture.Log, Few).Count.ShouldBe(Wanted);
    }

    [Fact]
    public async Task What_was_removed_is_not_found_any_more()
    {
        await using var fixture = new LogFixture();
        await FillAsync(fixture);
        ReadAll(fixture.Log, Few).ShouldContain(107UL);
        fixture.Log.Remove(107, erase: false);
        fixture.Log.Remove(127, erase: true);
        await fixture.CommitAsync();
        List<ulong> left = ReadAll(fixture.Log, Few);
        left.Count.ShouldBe(Wanted - 2);
        left.ShouldNotContain(107UL);
        left.ShouldNotContain(127UL);
    }

    [Fact]
    public async Task Sequences_that_are_given_to_other_messages_are_read_anew()
    {
        await using var fixture = new LogFixture();
        await FillAsync(fixture);
        ReadAll(fixture.Log, Few).ShouldContain(107UL);
        fixture.Log.Truncate(100);
        while (fixture.Log.State.LastSequence < 300) fixture.Add("other", new string('.', 900));
        fixture.Add("s.1.7", "payload");
        await fixture.CommitAsync();
        ReadAll(fixture.Log, Few).ShouldBe([7, 27, 47, 67, 87, 301]);
    }

    [Theory]
    [InlineData("payload 107 ")]
    [InlineData("payload 110 ")]
    [InlineData("s.10.7")]
    public async Task Damage_to_any_message_of_a_block_is_named(string place)
    {
        await using var fixture = new LogFixture();
        await FillAsync(fixture);
        string block = Path.Combine(fixture.Directory, "1.blk");
        byte[] bytes = File.ReadAllBytes(block);
        int at = bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(place));
        for (int i = 0; i < 4; i++) bytes[at + i] ^= 0x5A;
        File.WriteAllBytes(block, bytes);

        bool isWanted = place != "payload 110 ";
        ReadAll(fixture.Log, Few).Count.ShouldBe(isWanted ? Wanted - 1 : Wanted);
        fixture.Log.Damage.ShouldHaveSingleItem().FirstSequence.ShouldBe(place == "payload 110 " ? 110UL : place == "s.10.7" ? 207UL : 107UL);
        fixture.Log.State.Lost.ShouldBe(1UL);
    }

    [Fact]
    public async Task A_bit_that_was_turned_over_costs_nothing()
    {
        await using var fixture = new LogFixture();
        await FillAsync(fixture);
        string block = Path.Combine(fixture.Directory, "1.blk");
        byte[] bytes = File.ReadAllBytes(block);
        bytes[bytes.AsSpan().IndexOf("s.10.7"u8)] ^= 1;
        File.WriteAllBytes(block, bytes);
        ReadAll(fixture.Log, Few).Count.ShouldBe(Wanted);
        fixture.Log.Damage.ShouldHaveSingleItem().What.ShouldContain("no message is lost");
    }

    [Fact]
    public async Task What_a_block_has_lost_at_its_end_is_named()
    {
        await using var fixture = new LogFixture();
        await FillAsync(fixture);
        string block = Path.Combine(fixture.Directory, "1.blk");
        byte[] bytes = File.ReadAllBytes(block);
        // Up to the seal of an earlier batch.
        int at = bytes.AsSpan().IndexOf("payload 301 "u8);
        File.WriteAllBytes(block, bytes[..(at - "s.15.1".Length - 22)]);
        ReadAll(fixture.Log, Few).Count.ShouldBeLessThan(Wanted);
        fixture.Log.Damage.ShouldNotBeEmpty();
        fixture.Log.State.Lost.ShouldBeGreaterThan(0UL);
    }

    private static List<ulong> ReadAll(FileLog log, SubjectFilters filters)
    {
        var found = new List<ulong>();
        var buffer = new MessageBuffer();
        for (ulong next = 1; next <= log.State.LastSequence; next = buffer.Sequence + 1)
        {
            ReadStatus status = log.TryReadNext(next, filters, buffer);
            if (status == ReadStatus.NotFound) break;
            status.ShouldBe(ReadStatus.Found);
            filters.Match(buffer.Subject).ShouldBeTrue();
            found.Add(buffer.Sequence);
        }

        found.ShouldBe(found.Order());
        return found;
    }

    // Opened without an index, so that nothing is in memory and the background has nothing to read.
    private static async Task FillAsync(LogFixture fixture, LogOptions? options = null)
    {
        fixture.Open(options ?? Options);
        for (ulong i = 1; i <= Messages; i++)
        {
            fixture.Add($"s.{i / 20}.{i % 20}", $"payload {i} {new string('.', 900)}");
            if (i % 100 == 0) await fixture.CommitAsync();
        }

        await fixture.CommitAsync();
        if (options is { Compression: LogCompression.S2 }) await Eventually.HoldsAsync(() => new FileInfo(Path.Combine(fixture.Directory, "1.blk")).Length < BlockBytes / 2);
        await fixture.Log.DisposeAsync();
        File.Delete(Path.Combine(fixture.Directory, "dotnats.idx"));
        fixture.Open(options ?? Options);
        fixture.Services.Cache.HeldBytes.ShouldBe(0);
    }

    private static LogKeys Keys()
    {
        var keys = new StreamKeys(new StoreCipher(StoreCipherKind.ChaCha, "key"u8, [], "A"), "S");
        return new LogKeys(keys, keys.CreateMetaKey(out _));
    }
}
