using System.Text;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests;

/// <summary>Recorded stores are sound; whatever bit is turned over in a copy, its file is named.</summary>
public sealed class StoreCheckTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"dotnats-check-{Guid.NewGuid():N}");
    private readonly List<StoreFinding> _findings = [];

    [Theory]
    [InlineData("plain", null, "ok: 39 records in 1 blocks, 1 consumers")]
    [InlineData("s2", null, null)]
    [InlineData("chacha", StoreCipherKind.ChaCha, "ok: 40 records in 1 blocks, 1 consumers")]
    [InlineData("aes", StoreCipherKind.Aes, "ok: 40 records in 1 blocks, 1 consumers")]
    [InlineData("s2aes", StoreCipherKind.Aes, null)]
    public void A_store_of_the_real_server_is_sound(string way, StoreCipherKind? kind, string? what)
    {
        Copy(way);
        Check(kind).ShouldBe(StoreCheckResult.Sound);
        _findings.ShouldHaveSingleItem().Account.ShouldBe("$G");
        _findings[0].Stream.ShouldBe("ORDERS");
        if (what is not null) _findings[0].What.ShouldBe(what);
    }

    [Theory]
    [InlineData("plain", null)]
    [InlineData("s2", null)]
    [InlineData("aes", StoreCipherKind.Aes)]
    [InlineData("chacha", StoreCipherKind.ChaCha)]
    public void A_flipped_bit_is_found_in_its_file(string way, StoreCipherKind? kind)
    {
        Copy(way);
        var random = new Random(1);
        foreach (string file in Directory.GetFiles(_directory, "*", SearchOption.AllDirectories))
        {
            // Of a consumer's plain state only the first byte is known here.
            if (kind is null && file.EndsWith("o.dat", StringComparison.Ordinal)) continue;
            byte[] bytes = File.ReadAllBytes(file);
            byte[] damaged = [.. bytes];
            // Not in the lengths of subjects and headers: the format's checksums leave them out.
            int at = file.EndsWith(".blk", StringComparison.Ordinal) ? bytes.Length - 1 - random.Next(60) : random.Next(bytes.Length);
            damaged[at] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(file, damaged);
            Check(kind).ShouldBe(StoreCheckResult.Damaged, file);
            string name = file.EndsWith("meta.sum", StringComparison.Ordinal) ? file.Replace("meta.sum", "meta.inf", StringComparison.Ordinal) : file;
            _findings.ShouldContain(finding => finding.IsDamage && finding.Place.StartsWith(name, StringComparison.Ordinal), file);
            File.WriteAllBytes(file, bytes);
        }

        Check(kind).ShouldBe(StoreCheckResult.Sound);
    }

    [Fact]
    public void Damage_has_its_place()
    {
        Copy("plain");
        string block = Path.Combine(_directory, "jetstream", "$G", "streams", "ORDERS", "msgs", "1.blk");
        byte[] bytes = File.ReadAllBytes(block);
        bytes[150] ^= 0x5A;
        File.WriteAllBytes(block, bytes);
        Check(null).ShouldBe(StoreCheckResult.Damaged);
        // The first record has 131 bytes.
        _findings[0].Place.ShouldBe($"{block} at byte 131");
        _findings[0].What.ShouldBe("131 bytes are no records, behind sequence 1");
    }

    [Fact]
    public void Without_its_key_an_encrypted_store_is_checked_as_far_as_can_be()
    {
        Copy("aes");
        Check(null).ShouldBe(StoreCheckResult.Sound);
        _findings[0].What.ShouldEndWith("encrypted, only checksums of meta files were checked: give the key");
    }

    [Fact]
    public void With_another_key_it_is_said_that_none_opens()
    {
        Copy("aes");
        var options = new StoreCheckOptions { Directory = _directory, CipherOf = account => new StoreCipher(StoreCipherKind.Aes, "other"u8, [], account) };
        StoreCheck.Run(options, _findings.Add).ShouldBe(StoreCheckResult.Damaged);
        _findings.ShouldContain(finding => finding.Place.EndsWith("meta.key", StringComparison.Ordinal) && finding.What == "damaged, or sealed with another key");
    }

    [Fact]
    public void A_missing_meta_file_is_damage()
    {
        Copy("plain");
        File.Delete(Path.Combine(_directory, "jetstream", "$G", "streams", "ORDERS", "meta.inf"));
        Check(null).ShouldBe(StoreCheckResult.Damaged);
    }

    [Fact]
    public void The_directory_of_accounts_is_a_store_too()
    {
        Copy("plain");
        StoreCheck.Run(new StoreCheckOptions { Directory = Path.Combine(_directory, "jetstream") }, _findings.Add).ShouldBe(StoreCheckResult.Sound);
    }

    [Fact]
    public void What_is_no_store_is_none()
    {
        Check(null).ShouldBe(StoreCheckResult.NotAStore);
        Directory.CreateDirectory(Path.Combine(_directory, "something"));
        Check(null).ShouldBe(StoreCheckResult.NotAStore);
    }

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    private StoreCheckResult Check(StoreCipherKind? kind)
    {
        _findings.Clear();
        Func<string, StoreCipher>? cipherOf = kind is null ? null : account => new StoreCipher(kind.Value, Encoding.UTF8.GetBytes(RecordedStore.Key), [], account);
        return StoreCheck.Run(new StoreCheckOptions { Directory = _directory, CipherOf = cipherOf }, _findings.Add);
    }

    private void Copy(string way)
    {
        foreach (string path in RecordedStore.Paths(way))
        {
            string target = Path.Combine([_directory, "jetstream", "$G", "streams", "ORDERS", .. path.Split('/')[1..]]);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.WriteAllBytes(target, RecordedStore.Read(path));
        }
    }
}
