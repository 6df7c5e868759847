using DotNats.Storage;
using Shouldly;
using Storage.Tests.Harness;
using Xunit;

namespace Storage.Tests.Logs;

public sealed class FileLogIndexTests
{
    private static readonly LogOptions SmallBlocks = new() { Name = "S", BlockBytes = 500 };

    [Fact]
    public async Task Blocks_written_behind_an_old_index_are_found()
    {
        await using var fixture = new LogFixture();
        fixture.Open(SmallBlocks);
        for (int i = 1; i <= 40; i++) fixture.Add($"s.{i % 5}", $"payload {i}");
        fixture.Log.Remove(3, erase: false);
        await fixture.ReopenAsync(SmallBlocks);
        File.Exists(IndexPath(fixture)).ShouldBeTrue();
        byte[] oldIndex = File.ReadAllBytes(IndexPath(fixture));

        for (int i = 41; i <= 90; i++) fixture.Add($"s.{i % 7}", $"payload {i}");
        fixture.Log.Remove(20, erase: false);
        fixture.Log.Remove(60, erase: true);
        await fixture.CommitAsync();
        LogState before = fixture.Log.State;
        await fixture.Log.DisposeAsync();
        File.WriteAllBytes(IndexPath(fixture), oldIndex);

        fixture.Open(SmallBlocks);
        fixture.Log.State.ShouldBe(before);
        fixture.Log.Damage.ShouldBeEmpty();
        for (ulong i = 1; i <= 90; i++) fixture.Read(i).ShouldBe(i is 3 or 20 or 60 ? "Deleted" : $"{i} s.{i % (i <= 40 ? 5UL : 7)} payload {i}");
        fixture.Log.GetSubject("s.6"u8).ShouldBe(new SubjectState(8, 41, 90));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(-3)]
    public async Task A_damaged_index_is_not_believed(int at)
    {
        await using var fixture = new LogFixture();
        fixture.Open(SmallBlocks);
        for (int i = 1; i <= 40; i++) fixture.Add($"s.{i % 5}", $"payload {i}");
        LogState before = fixture.Log.State;
        await fixture.Log.DisposeAsync();
        byte[] index = File.ReadAllBytes(IndexPath(fixture));
        index[at < 0 ? index.Length + at : at] ^= 4;
        File.WriteAllBytes(IndexPath(fixture), index);

        fixture.Open(SmallBlocks).State.ShouldBe(before);
        for (ulong i = 1; i <= 40; i++) fixture.Read(i).ShouldBe($"{i} s.{i % 5} payload {i}");
        fixture.Log.Damage.ShouldHaveSingleItem().Place.ShouldBe(IndexPath(fixture));
        File.Exists(IndexPath(fixture)).ShouldBeFalse();
    }

    [Fact]
    public async Task An_index_of_blocks_that_are_gone_is_not_believed()
    {
        await using var fixture = new LogFixture();
        fixture.Open(SmallBlocks);
        for (int i = 1; i <= 40; i++) fixture.Add("s", $"payload {i}");
        await fixture.Log.DisposeAsync();
        File.Delete(Path.Combine(fixture.Directory, "1.blk"));

        fixture.Open(SmallBlocks);
        fixture.Log.State.FirstSequence.ShouldBeGreaterThan(1UL);
        fixture.Log.State.Messages.ShouldBe(41 - fixture.Log.State.FirstSequence);
    }

    [Fact]
    public async Task What_rules_removed_does_not_come_back_when_they_are_relaxed()
    {
        await using var fixture = new LogFixture();
        LogOptions few = SmallBlocks with { MaxMessages = 10 };
        fixture.Open(few);
        for (int i = 1; i <= 40; i++) fixture.Add("s", $"payload {i}");
        fixture.Log.Update(SmallBlocks);
        await fixture.CommitAsync();
        string copy = fixture.Directory + "-copy";
        Copy(fixture.Directory, copy);
        try
        {
            await using FileLog crashed = FileLog.Open(fixture.Services, null, copy, SmallBlocks, new RecordingListener());
            crashed.State.ShouldBe(fixture.Log.State);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Fact]
    public async Task What_a_limit_removed_does_not_come_back_when_more_is_removed()
    {
        await using var fixture = new LogFixture();
        LogOptions five = new() { Name = "S", MaxMessages = 5 };
        fixture.Open(five);
        for (int i = 1; i <= 6; i++) fixture.Add("s", $"payload {i}");
        fixture.Log.Remove(6, erase: false);
        LogState before = fixture.Log.State;
        await fixture.Log.DisposeAsync();
        File.Delete(IndexPath(fixture));

        fixture.Open(five).State.ShouldBe(before);
    }

    [Fact]
    public async Task The_last_message_stays_when_a_block_of_tombstones_behind_it_goes()
    {
        await using var fixture = new LogFixture();
        fixture.Open(SmallBlocks);
        for (int i = 1; i <= 40; i++) fixture.Add("s", $"payload {i}");
        for (ulong i = 1; i < 40; i++) fixture.Log.Remove(i, erase: false);
        await fixture.CommitAsync();
        fixture.Add("s", "payload 41");
        for (int i = 0; i < 3; i++)
        {
            fixture.Log.Remove(41, erase: false);
            await fixture.CommitAsync();
        }

        await fixture.Log.DisposeAsync();
        File.Delete(IndexPath(fixture));
        fixture.Open(SmallBlocks);
        fixture.Read(40).ShouldBe("40 s payload 40");
        fixture.Log.State.LastSequence.ShouldBe(41UL);
    }

    [Fact]
    public async Task A_bit_that_was_turned_over_in_an_old_block_is_named_and_costs_nothing()
    {
        await using var fixture = new LogFixture();
        fixture.Open(SmallBlocks);
        for (int i = 1; i <= 40; i++) fixture.Add("s", $"payload {i}");
        await fixture.Log.DisposeAsync();
        string first = Path.Combine(fixture.Directory, "1.blk");
        byte[] bytes = File.ReadAllBytes(first);
        bytes[75] ^= 1;
        File.WriteAllBytes(first, bytes);

        fixture.Open(SmallBlocks);
        await Eventually.HoldsAsync(() => fixture.Log.Damage.Count > 0);
        fixture.Log.Damage.ShouldHaveSingleItem().Place.ShouldBe($"{first} at byte 75");
        fixture.Log.State.Lost.ShouldBe(0UL);
        fixture.Read(2).ShouldBe("2 s payload 2");
    }

    [Fact]
    public async Task Damage_in_an_old_block_is_found_in_the_background()
    {
        await using var fixture = new LogFixture();
        fixture.Open(SmallBlocks);
        for (int i = 1; i <= 40; i++) fixture.Add("s", $"payload {i}");
        await fixture.Log.DisposeAsync();
        string first = Path.Combine(fixture.Directory, "1.blk");
        byte[] bytes = File.ReadAllBytes(first);
        bytes[75] ^= 0x5A;
        File.WriteAllBytes(first, bytes);

        fixture.Open(SmallBlocks);
        await Eventually.HoldsAsync(() => fixture.Log.Damage.Count > 0);
        LogDamage damage = fixture.Log.Damage.ShouldHaveSingleItem();
        (damage.FirstSequence, damage.LastSequence).ShouldBe((2UL, 2UL));
        damage.Place.ShouldStartWith(first);
        fixture.Log.State.Lost.ShouldBe(1UL);
        fixture.Read(2).ShouldBe("Damaged");
        fixture.Read(3).ShouldBe("3 s payload 3");
    }

    private static string IndexPath(LogFixture fixture) => Path.Combine(fixture.Directory, "dotnats.idx");

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
