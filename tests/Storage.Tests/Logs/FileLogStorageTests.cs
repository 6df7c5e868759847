using System.Text;
using DotNats.Storage;
using Shouldly;
using Storage.Tests.Harness;
using Xunit;

namespace Storage.Tests.Logs;

/// <summary>Compression, encryption, erasure and compaction: what lies in the files.</summary>
public sealed class FileLogStorageTests
{
    private static readonly LogOptions SmallBlocks = new() { Name = "S", BlockBytes = 2000 };

    [Theory]
    [InlineData(LogCompression.None, null)]
    [InlineData(LogCompression.S2, null)]
    [InlineData(LogCompression.None, StoreCipherKind.ChaCha)]
    [InlineData(LogCompression.S2, StoreCipherKind.ChaCha)]
    [InlineData(LogCompression.S2, StoreCipherKind.Aes)]
    public async Task Messages_are_read_back_however_blocks_are_stored(LogCompression compression, StoreCipherKind? cipher)
    {
        await using var fixture = new LogFixture(cacheBytes: 70_000) { Keys = KeysOf(cipher, "secret") };
        LogOptions options = SmallBlocks with { Compression = compression };
        fixture.Open(options);
        for (int i = 1; i <= 200; i++)
        {
            fixture.Add($"subject.{i % 7}", $"a payload that compresses well, well, well, well {i}");
            if (i % 20 == 0) await fixture.CommitAsync();
        }

        fixture.Log.Remove(10, erase: true).ShouldBeTrue();
        fixture.Log.Remove(199, erase: true).ShouldBeTrue();
        await fixture.CommitAsync();
        if (compression == LogCompression.S2) await Eventually.HoldsAsync(() => SizeOf(fixture) < 14_000);
        for (int round = 0; round < 2; round++)
        {
            for (ulong i = 1; i <= 200; i++)
                fixture.Read(i).ShouldBe(i is 10 or 199 ? "Deleted" : $"{i} subject.{i % 7} a payload that compresses well, well, well, well {i}");
            if (cipher is not null) AllBytes(fixture).ShouldNotContain("payload");
            await fixture.ReopenAsync(options);
            if (round == 0) File.Delete(Path.Combine(fixture.Directory, "dotnats.idx"));
            fixture.Log.Damage.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task An_encrypted_log_does_not_open_with_another_key_and_loses_nothing_by_the_attempt()
    {
        await using var fixture = new LogFixture { Keys = KeysOf(StoreCipherKind.ChaCha, "secret") };
        fixture.Open(SmallBlocks);
        fixture.Add("s", "hidden");
        await fixture.Log.DisposeAsync();
        Should.Throw<IOException>(() => FileLog.Open(fixture.Services, KeysOf(StoreCipherKind.ChaCha, "other"), fixture.Directory, SmallBlocks, fixture.Listener));
        Should.Throw<IOException>(() => FileLog.Open(fixture.Services, null, fixture.Directory, SmallBlocks, fixture.Listener));

        fixture.Open(SmallBlocks);
        fixture.Read(1).ShouldBe("1 s hidden");
    }

    [Fact]
    public async Task Erased_bytes_are_nowhere_in_the_directory()
    {
        await using var fixture = new LogFixture();
        fixture.Open(SmallBlocks);
        for (int i = 1; i <= 50; i++) fixture.Add("s", i is 5 or 50 ? "the secret" : $"payload {i} {new string('x', 80)}");
        await fixture.CommitAsync();
        AllBytes(fixture).ShouldContain("the secret");
        fixture.Log.Remove(5, erase: true);
        fixture.Log.Remove(50, erase: true);
        await fixture.CommitAsync();

        AllBytes(fixture).ShouldNotContain("the secret");
        File.Delete(Path.Combine(fixture.Directory, "dotnats.idx"));
        await fixture.ReopenAsync(SmallBlocks);
        fixture.Log.Damage.ShouldBeEmpty();
        fixture.Log.State.Messages.ShouldBe(48UL);
        fixture.Log.State.LastSequence.ShouldBe(50UL);
    }

    [Fact]
    public async Task A_block_without_messages_goes()
    {
        await using var fixture = new LogFixture();
        fixture.Open(SmallBlocks with { MaxMessages = 20 });
        for (int i = 1; i <= 500; i++) fixture.Add("s", $"payload {i}");
        await fixture.CommitAsync();
        Directory.GetFiles(fixture.Directory, "*.blk").Length.ShouldBeLessThan(4);
        fixture.Log.State.FirstSequence.ShouldBe(481UL);
    }

    [Fact]
    public async Task A_message_that_stays_keeps_no_blocks_but_those_around_it()
    {
        await using var fixture = new LogFixture();
        fixture.Open(SmallBlocks);
        for (int i = 1; i <= 2000; i++)
        {
            ulong sequence = fixture.Add("s", $"payload {i}");
            if (i != 5) fixture.Log.Remove(sequence, erase: false);
            if (i % 50 == 0) await fixture.CommitAsync();
        }

        await fixture.CommitAsync();
        Directory.GetFiles(fixture.Directory, "*.blk").Length.ShouldBeLessThan(5);
        LogState state = fixture.Log.State;
        File.Delete(Path.Combine(fixture.Directory, "dotnats.idx"));
        await fixture.ReopenAsync(SmallBlocks);
        fixture.Log.State.ShouldBe(state);
    }

    [Fact]
    public async Task Blocks_of_which_much_is_deleted_are_written_anew()
    {
        await using var fixture = new LogFixture();
        LogOptions options = SmallBlocks with { MaxMessagesPerSubject = 1 };
        fixture.Open(options);
        for (int i = 1; i <= 1000; i++) fixture.Add(i % 20 == 0 ? $"kept.{i}" : $"often.{i % 3}", $"payload {i}");
        await fixture.CommitAsync();
        long before = SizeOf(fixture);
        fixture.Log.WantIndex();
        fixture.Add("one.more", "x");
        await fixture.CommitAsync();
        await Eventually.HoldsAsync(() => SizeOf(fixture) < before / 2);

        LogState state = fixture.Log.State;
        await fixture.ReopenAsync(options);
        fixture.Log.State.ShouldBe(state);
        File.Delete(Path.Combine(fixture.Directory, "dotnats.idx"));
        await fixture.ReopenAsync(options);
        fixture.Log.State.ShouldBe(state);
        fixture.Read(20).ShouldBe("20 kept.20 payload 20");
    }

    [Fact]
    public async Task The_end_of_a_truncated_log_is_as_if_the_rest_had_never_been()
    {
        await using var fixture = new LogFixture();
        fixture.Open(SmallBlocks);
        for (int i = 1; i <= 200; i++) fixture.Add("s", $"payload {i}");
        fixture.Log.Remove(7, erase: false);
        await fixture.CommitAsync();
        fixture.Log.Truncate(50);
        fixture.Add("s", "again").ShouldBe(51UL);
        await fixture.CommitAsync();

        File.Delete(Path.Combine(fixture.Directory, "dotnats.idx"));
        await fixture.ReopenAsync(SmallBlocks);
        fixture.Log.State.Messages.ShouldBe(50UL);
        fixture.Read(7).ShouldBe("Deleted");
        fixture.Read(51).ShouldBe("51 s again");
        fixture.Read(52).ShouldBe("NotFound");
    }

    private static LogKeys? KeysOf(StoreCipherKind? kind, string key)
    {
        if (kind is null) return null;
        var keys = new StreamKeys(new StoreCipher(kind.Value, Encoding.UTF8.GetBytes(key), default, "ACC"), "S");
        return new LogKeys(keys, keys.CreateMetaKey(out _));
    }

    private static string AllBytes(LogFixture fixture)
    {
        var text = new StringBuilder();
        foreach (string file in Directory.GetFiles(fixture.Directory)) text.Append(Encoding.Latin1.GetString(File.ReadAllBytes(file)));
        return text.ToString();
    }

    private static long SizeOf(LogFixture fixture)
    {
        long size = 0;
        foreach (string file in Directory.GetFiles(fixture.Directory, "*.blk")) size += new FileInfo(file).Length;
        return size;
    }
}
