using DotNats.Storage;
using Shouldly;
using Storage.Tests.Logs;
using Xunit;

namespace Storage.Tests.Scans;

/// <summary>What is read of blocks that are not in memory. The cache tells what was loaded as a whole.</summary>
public sealed class ColdReadTests
{
    private const int Messages = 2000;
    private const int BlockBytes = 400_000;

    private static readonly LogOptions Options = new() { Name = "S", BlockBytes = BlockBytes };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_message_is_read_without_its_block(bool isEncrypted)
    {
        await using var fixture = new LogFixture();
        if (isEncrypted) fixture.Keys = Keys();
        await FillAsync(fixture, Options);
        foreach (ulong sequence in (ulong[])[1, 700, 140, 1300, 350, 900, 20, 1400]) fixture.Read(sequence).ShouldBe(TextOf(sequence));
        fixture.Services.Cache.HeldBytes.ShouldBe(0);
    }

    [Fact]
    public async Task The_last_message_of_a_subject_is_read_without_its_block()
    {
        await using var fixture = new LogFixture();
        await FillAsync(fixture, Options);
        var buffer = new MessageBuffer();
        fixture.Log.TryReadLast("rare"u8, buffer).ShouldBe(ReadStatus.Found);
        buffer.Sequence.ShouldBe(1001UL);
        fixture.Services.Cache.HeldBytes.ShouldBe(0);
    }

    [Fact]
    public async Task Who_reads_on_gets_the_whole_block()
    {
        await using var fixture = new LogFixture();
        await FillAsync(fixture, Options);
        var buffer = new MessageBuffer();
        for (ulong next = 1; next < Messages; next = buffer.Sequence + 1)
        {
            fixture.Log.TryReadNext(next, null, buffer).ShouldBe(ReadStatus.Found);
            LogFixture.Text(buffer).ShouldBe(TextOf(next));
            if (next > 1) fixture.Services.Cache.HeldBytes.ShouldBeGreaterThan(0);
        }
    }

    [Fact]
    public async Task A_compressed_block_is_read_as_a_whole()
    {
        await using var fixture = new LogFixture();
        LogOptions options = Options with { Compression = LogCompression.S2 };
        await FillAsync(fixture, options);
        fixture.Read(700).ShouldBe(TextOf(700));
        fixture.Services.Cache.HeldBytes.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_message_that_was_damaged_since_is_named_and_its_neighbours_are_read()
    {
        await using var fixture = new LogFixture();
        await FillAsync(fixture, Options);
        string block = Path.Combine(fixture.Directory, "1.blk");
        byte[] bytes = File.ReadAllBytes(block);
        int at = bytes.AsSpan().IndexOf("payload 100 "u8);
        for (int i = 0; i < 4; i++) bytes[at + i] ^= 0x5A;
        File.WriteAllBytes(block, bytes);

        fixture.Read(300).ShouldBe(TextOf(300));
        fixture.Log.Damage.ShouldBeEmpty();
        fixture.Read(100).ShouldBe("Damaged");
        fixture.Log.Damage.ShouldHaveSingleItem().FirstSequence.ShouldBe(100UL);
        fixture.Read(101).ShouldBe(TextOf(101));
    }

    [Fact]
    public async Task What_was_removed_is_not_read_from_a_piece()
    {
        await using var fixture = new LogFixture();
        await FillAsync(fixture, Options);
        fixture.Log.Remove(700, erase: false);
        fixture.Log.Remove(140, erase: true);
        await fixture.CommitAsync();
        fixture.Read(700).ShouldBe("Deleted");
        fixture.Read(140).ShouldBe("Deleted");
        fixture.Read(141).ShouldBe(TextOf(141));
    }

    [Theory]
    [InlineData("rare")]
    [InlineData("*")]
    [InlineData("rare", "other.>")]
    public async Task Blocks_that_have_nothing_of_a_filter_are_passed_by(params string[] filters)
    {
        await using var fixture = new LogFixture();
        await FillAsync(fixture, Options);
        var wanted = new SubjectFilters(filters);
        var buffer = new MessageBuffer();
        fixture.Log.TryReadNext(1, wanted, buffer).ShouldBe(ReadStatus.Found);
        buffer.Sequence.ShouldBe(500UL);
        fixture.Log.TryReadNext(501, wanted, buffer).ShouldBe(ReadStatus.Found);
        buffer.Sequence.ShouldBe(1001UL);
        fixture.Log.TryReadNext(1002, wanted, buffer).ShouldBe(ReadStatus.NotFound);
        fixture.Log.TryReadPrevious(1000, wanted, buffer).ShouldBe(ReadStatus.Found);
        buffer.Sequence.ShouldBe(500UL);
        fixture.Log.CountPending(1, wanted, lastPerSubject: false).Messages.ShouldBe(2UL);
        fixture.Services.Cache.HeldBytes.ShouldBeLessThan(3 * 2 * BlockBytes);
    }

    [Fact]
    public async Task A_subject_that_appears_while_blocks_are_passed_by_is_found()
    {
        await using var fixture = new LogFixture();
        await FillAsync(fixture, Options);
        var buffer = new MessageBuffer();
        var wanted = new SubjectFilters("new.*");
        fixture.Log.TryReadNext(1, wanted, buffer).ShouldBe(ReadStatus.NotFound);
        fixture.Add("new.one", "payload");
        fixture.Log.TryReadNext(1, wanted, buffer).ShouldBe(ReadStatus.Found);
        buffer.Sequence.ShouldBe(Messages + 1UL);
    }

    [Fact]
    public async Task What_nobody_asks_for_is_let_go()
    {
        await using var fixture = new LogFixture();
        await FillAsync(fixture, Options);
        fixture.Read(1);
        fixture.Read(2);
        fixture.Services.Cache.HeldBytes.ShouldBeGreaterThan(0);
        fixture.Services.Cache.Age();
        fixture.Read(2);
        fixture.Services.Cache.Age();
        fixture.Services.Cache.HeldBytes.ShouldBeGreaterThan(0);
        fixture.Services.Cache.Age();
        fixture.Services.Cache.HeldBytes.ShouldBe(0);
        fixture.Read(2).ShouldBe(TextOf(2));
    }

    // Read anew without an index, so that nothing is in memory and the background has nothing to read.
    private static async Task FillAsync(LogFixture fixture, LogOptions options)
    {
        fixture.Open(options);
        for (ulong i = 1; i <= Messages; i++)
        {
            string text = TextOf(i);
            fixture.Add(SubjectOf(i), text[(text.IndexOf("payload", StringComparison.Ordinal))..]);
            if (i % 100 == 0) await fixture.CommitAsync();
        }

        await fixture.CommitAsync();
        await fixture.Log.DisposeAsync();
        File.Delete(Path.Combine(fixture.Directory, "dotnats.idx"));
        fixture.Open(options);
        fixture.Services.Cache.HeldBytes.ShouldBe(0);
    }

    private static string SubjectOf(ulong sequence) => sequence is 500 or 1001 ? "rare" : $"s.{sequence % 7}";

    private static string TextOf(ulong sequence) => $"{sequence} {SubjectOf(sequence)} payload {sequence} {new string('.', 900)}";

    private static LogKeys Keys()
    {
        var keys = new StreamKeys(new StoreCipher(StoreCipherKind.ChaCha, "key"u8, [], "A"), "S");
        return new LogKeys(keys, keys.CreateMetaKey(out _));
    }
}
