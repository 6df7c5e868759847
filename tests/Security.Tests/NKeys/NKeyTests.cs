using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using DotNats.Security;
using Shouldly;
using Xunit;

namespace Security.Tests.NKeys;

public class NKeyTests
{
    // Made with an independent implementation of RFC 8032 and of the nkey encoding.
    private const string Seed = "SUAATVAI2IN5EBSSQEDURFOJNX7OHV7YYZS722EIALPOCOBMOLR7VPY5LQ";
    private const string Public = "UBWY34MDQY5YMPGWLHUSRRXJYDZ6PORKL4YU3YVTTGLA5NHB2CBPUKLJ";
    private const string Signature =
        "f2e39510bc83e8648a0c61e9f40ab895bf832fb0281214e060f0ecc1e99e8c71c9686086af45005ae5ac04c5d63899d44ce76fbd38fcdaaee183fe65573a1207";

    private static readonly Gen<byte[]> RawSeed = Gen.Byte.Array[NKey.KeyBytes];
    private static readonly Gen<NKeyKind> AnyKind = Gen.Enum<NKeyKind>();

    [Fact]
    public void Known_seed_gives_known_public_key_and_signature()
    {
        using NKey key = NKey.FromSeed(Seed);
        key.Kind.ShouldBe(NKeyKind.User);
        key.PublicKey.ShouldBe(Public);
        key.GetSeed().ShouldBe(Seed);
        Convert.ToHexStringLower(key.Sign("test nonce"u8)).ShouldBe(Signature);
        NKey.Verify(key.RawPublicKey, "test nonce"u8, Convert.FromHexString(Signature)).ShouldBeTrue();
    }

    [Theory]
    [InlineData(NKeyKind.Operator, 'O')]
    [InlineData(NKeyKind.Account, 'A')]
    [InlineData(NKeyKind.User, 'U')]
    [InlineData(NKeyKind.Server, 'N')]
    [InlineData(NKeyKind.Cluster, 'C')]
    [InlineData(NKeyKind.Curve, 'X')]
    public void Letters_tell_the_kind(NKeyKind kind, char letter)
    {
        using NKey key = NKey.Create(kind);
        key.PublicKey.Length.ShouldBe(56);
        key.PublicKey[0].ShouldBe(letter);
        string seed = key.GetSeed();
        seed.Length.ShouldBe(58);
        seed[..2].ShouldBe("S" + letter);
        NKey.IsPublicKey(key.PublicKey, kind).ShouldBeTrue();
        NKey.IsPublicKey(key.PublicKey, kind == NKeyKind.User ? NKeyKind.Account : NKeyKind.User).ShouldBeFalse();
    }

    [Fact]
    public void Seed_and_public_key_survive_their_text_forms() => Gen.Select(AnyKind, RawSeed).Sample((kind, seed) =>
    {
        using NKey key = NKey.FromRawSeed(kind, seed);
        using NKey again = NKey.FromSeed(key.GetSeed());
        again.Kind.ShouldBe(kind);
        again.PublicKey.ShouldBe(key.PublicKey);
        byte[] raw = new byte[NKey.KeyBytes];
        NKey.TryParsePublic(key.PublicKey, out NKeyKind parsed, raw).ShouldBeTrue();
        parsed.ShouldBe(kind);
        raw.ShouldBe(key.RawPublicKey.ToArray());
        NKey.EncodePublic(kind, raw).ShouldBe(key.PublicKey);
    }, iter: 100);

    [Fact]
    public void One_wrong_character_never_parses() => Gen.Select(Gen.Int[0, 55], Gen.Char).Sample((at, c) =>
    {
        char[] text = Public.ToCharArray();
        if (text[at] == c)
            return;
        text[at] = c;
        NKey.TryParsePublic(text, out _, new byte[NKey.KeyBytes]).ShouldBeFalse();
    }, iter: 5_000);

    [Fact]
    public void Whatever_parses_is_spelled_one_way_only() =>
        Gen.Select(Gen.Char["ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"], Gen.Int[0, 57]).Sample((c, at) =>
        {
            char[] text = Seed.ToCharArray();
            text[at] = c;
            byte[] raw = new byte[NKey.KeyBytes];
            if (NKeyEncoding.TryDecodeSeed(text, out NKeyKind kind, raw))
                NKeyEncoding.EncodeSeed(kind, raw).ShouldBe(new string(text));
        }, iter: 5_000);

    [Fact]
    public void Junk_is_refused_without_exceptions() => Gen.String.Sample(text =>
    {
        NKey.TryParsePublic(text, out _, new byte[NKey.KeyBytes]).ShouldBeFalse();
        Should.Throw<FormatException>(() => NKey.FromSeed(text).Dispose());
    }, iter: 2_000);

    [Theory]
    [InlineData("")]
    [InlineData("ubwy34mdqy5ympgwlhusrrxjydz6porkl4yu3yvttgla5nhb2cbpuklj")]
    [InlineData(Public + "=")]
    [InlineData(Seed)]
    public void Other_texts_are_no_public_key(string text) =>
        NKey.TryParsePublic(text, out _, new byte[NKey.KeyBytes]).ShouldBeFalse();

    [Fact]
    public void A_seed_is_no_public_key_and_the_other_way_round() =>
        Should.Throw<FormatException>(() => NKey.FromSeed(Public).Dispose());

    [Fact]
    public void Only_the_signed_message_with_the_right_key_verifies() =>
        Gen.Select(RawSeed, Gen.Byte.Array[0, 64], Gen.Int[0, 63], Gen.Int[0, 7]).Sample((seed, message, at, bit) =>
        {
            using NKey key = NKey.FromRawSeed(NKeyKind.User, seed);
            byte[] signature = key.Sign(message);
            NKey.Verify(key.RawPublicKey, message, signature).ShouldBeTrue();
            NKey.Verify(key.RawPublicKey, [.. message, 0], signature).ShouldBeFalse();
            signature[at] ^= (byte)(1 << bit);
            NKey.Verify(key.RawPublicKey, message, signature).ShouldBeFalse();
            signature[at] ^= (byte)(1 << bit);
            using NKey other = NKey.Create(NKeyKind.User);
            NKey.Verify(other.RawPublicKey, message, signature).ShouldBeFalse();
        }, iter: 50);

    [Fact]
    public void Verifying_junk_never_throws() =>
        Gen.Select(Gen.Byte.Array[0, 40], Gen.Byte.Array[0, 10], Gen.Byte.Array[0, 70]).Sample((key, message, signature) =>
            NKey.Verify(key, message, signature).ShouldBeFalse(), iter: 1_000);

    [Fact]
    public void Verifying_points_off_the_curve_never_throws() =>
        Gen.Select(RawSeed, Gen.Byte.Array[64]).Sample((key, signature) => NKey.Verify(key, "m"u8, signature).ShouldBeFalse(), iter: 500);

    // S, then U's five bits and three bits that belong to nothing, 32 bytes, a right checksum.
    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(4, false)]
    public void A_seed_with_stray_prefix_bits_is_none(int stray, bool parses)
    {
        byte[] raw = new byte[36];
        raw[0] = 18 << 3 | 5;
        raw[1] = (byte)stray;
        BinaryPrimitives.WriteUInt16LittleEndian(raw.AsSpan(34), Crc16.Compute(raw.AsSpan(0, 34)));
        char[] text = new char[58];
        Base32.Encode(raw, text);
        NKeyEncoding.TryDecodeSeed(text, out _, new byte[NKey.KeyBytes]).ShouldBe(parses);
    }

    [Fact]
    public void Curve_keys_do_not_sign()
    {
        using NKey key = NKey.Create(NKeyKind.Curve);
        Should.Throw<InvalidOperationException>(() => key.Sign("m"u8));
    }

    [Fact]
    public void Curve_public_key_is_x25519_of_the_seed()
    {
        // Computed with OpenSSL.
        byte[] seed = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        using NKey key = NKey.FromRawSeed(NKeyKind.Curve, seed);
        Convert.ToHexStringLower(key.RawPublicKey).ShouldBe("8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f");
    }

    [Fact]
    public void A_disposed_key_gives_its_secret_to_nobody()
    {
        NKey key = NKey.FromSeed(Seed);
        key.Dispose();
        Should.Throw<ObjectDisposedException>(() => key.Sign("m"u8));
        Should.Throw<ObjectDisposedException>(key.GetSeed);
        key.ToString().ShouldBe(Public);
    }

    [Fact]
    public void Checksum_is_xmodem() => Crc16.Compute(Encoding.ASCII.GetBytes("123456789")).ShouldBe((ushort)0x31C3);

    [Fact]
    public void Base32_agrees_with_rfc_4648()
    {
        foreach ((string plain, string encoded) in new[] { ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"), ("foobar", "MZXW6YTBOI") })
        {
            char[] text = new char[Base32.EncodedLength(plain.Length)];
            Base32.Encode(Encoding.ASCII.GetBytes(plain), text);
            new string(text).ShouldBe(encoded);
            byte[] back = new byte[plain.Length];
            Base32.TryDecode(encoded, back).ShouldBeTrue();
            Encoding.ASCII.GetString(back).ShouldBe(plain);
        }
    }

    [Fact]
    public void Base32_refuses_left_over_bits() => Base32.TryDecode("MZ", new byte[1]).ShouldBeFalse();

    [Fact]
    public void Random_keys_differ()
    {
        using NKey a = NKey.Create(NKeyKind.Server);
        using NKey b = NKey.Create(NKeyKind.Server);
        a.PublicKey.ShouldNotBe(b.PublicKey);
        CryptographicOperations.FixedTimeEquals(a.RawPublicKey, b.RawPublicKey).ShouldBeFalse();
    }
}
