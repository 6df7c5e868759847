using System.Text;
using CsCheck;
using DotNats.Primitives;
using Shouldly;
using Xunit;

namespace Primitives.Tests;

public sealed class S2BlockTests
{
    // Elements as the documentation of Snappy and S2 describes them; what they decode to stands beside them.
    [Theory]
    [InlineData("00", "")]
    [InlineData("03 08 61 62 63", "abc")]
    [InlineData("03 f0 02 61 62 63", "abc")]
    [InlineData("03 f4 02 00 61 62 63", "abc")]
    [InlineData("03 f8 02 00 00 61 62 63", "abc")]
    [InlineData("03 fc 02 00 00 00 61 62 63", "abc")]
    [InlineData("07 08 61 62 63 01 03", "abcabca")]
    [InlineData("05 08 61 62 63 06 03 00", "abcab")]
    [InlineData("05 08 61 62 63 07 03 00 00 00", "abcab")]
    [InlineData("0c 08 61 62 63 01 03 05 00", "abcabcabcabc")]
    [InlineData("08 08 61 62 63 02 03 00 01 00", "abcabcab")]
    [InlineData("09 08 61 62 63 02 03 00 00 78 01 00", "abcaxcaxc")]
    [InlineData("10 08 61 62 63 02 03 00 15 00 04", "abcabcabcabcabca")]
    public void Elements_are_read_as_documented(string block, string content)
    {
        byte[] bytes = Convert.FromHexString(block.Replace(" ", "", StringComparison.Ordinal));
        S2Block.TryReadLength(bytes, out int length).ShouldBeTrue();
        byte[] target = new byte[length];
        S2Block.TryDecode(bytes, target).ShouldBeTrue();
        Encoding.ASCII.GetString(target).ShouldBe(content);
    }

    [Theory]
    [InlineData(0x15, 8 + 255, 1)]
    [InlineData(0x19, 260 + 65535, 2)]
    [InlineData(0x1D, 65540 + 70_000, 3)]
    public void Long_repeats_carry_their_length_behind_them(byte tag, int repeated, int lengthBytes)
    {
        int behind = repeated - (lengthBytes == 1 ? 8 : lengthBytes == 2 ? 260 : 65540);
        byte[] rest = [.. Enumerable.Range(0, lengthBytes).Select(i => (byte)(behind >> (8 * i)))];
        byte[] block = [.. Varint(7 + repeated), 8, .. "abc"u8, 1, 3, tag, 0, .. rest];
        byte[] target = new byte[7 + repeated];
        S2Block.TryDecode(block, target).ShouldBeTrue();
        Encoding.ASCII.GetString(target).ShouldBe(string.Concat(Enumerable.Repeat("abc", repeated))[..target.Length]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("ff ff ff ff 0f")]
    [InlineData("80 80 80 80 80 01")]
    [InlineData("04 08 61 62 63")]
    [InlineData("02 08 61 62 63")]
    [InlineData("04 08 61 62")]
    [InlineData("07 08 61 62 63 01 04")]
    [InlineData("07 08 61 62 63 01 00")]
    [InlineData("07 01 03")]
    [InlineData("07 08 61 62 63 01")]
    [InlineData("05 08 61 62 63 06 00 00")]
    [InlineData("05 08 61 62 63 07 ff ff ff ff")]
    [InlineData("05 08 61 62 63 07 03 00 00")]
    [InlineData("03 fc ff ff ff ff 61 62 63")]
    [InlineData("05 08 61 62 63 1d 00 ff ff ff")]
    public void What_is_damaged_is_refused(string block)
    {
        byte[] bytes = Convert.FromHexString(block.Replace(" ", "", StringComparison.Ordinal));
        if (S2Block.TryReadLength(bytes, out int length) && length < 100) S2Block.TryDecode(bytes, new byte[length]).ShouldBeFalse();
        S2Block.TryDecode(bytes, new byte[5]).ShouldBeFalse();
    }

    [Fact]
    public void Everything_comes_back() =>
        Gen.Select(Gen.Byte.Array[0, 40], Gen.Int[1, 20_000], Gen.Byte.Array[0, 3000]).Sample(parts =>
        {
            (byte[] pattern, int times, byte[] tail) = parts;
            RoundTrip([.. tail, .. Enumerable.Repeat(pattern, Math.Min(times, 200_000 / Math.Max(1, pattern.Length))).SelectMany(bytes => bytes), .. tail, .. pattern]);
        }, iter: 100);

    [Fact]
    public void Copies_reach_beyond_64_KiB()
    {
        byte[] noise = new byte[100_000];
        new Random(1).NextBytes(noise);
        byte[] encoded = RoundTrip([.. noise, .. noise]);
        encoded.Length.ShouldBeLessThan(101_000);
    }

    [Fact]
    public void Records_of_one_shape_shrink_more_than_with_Snappy()
    {
        byte[] content = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 1200).Select(i => $"{{\"cid\":{i},\"kind\":\"Client\",\"type\":\"nats\"}},")));
        byte[] snappy = new byte[SnappyBlock.MaxEncodedLength(content.Length)];
        RoundTrip(content).Length.ShouldBeLessThan(SnappyBlock.Encode(content, snappy));
    }

    [Fact]
    public void A_large_run_is_a_few_bytes()
    {
        RoundTrip(new byte[S2Block.MaxContentBytes]).Length.ShouldBeLessThan(32);
    }

    [Fact]
    public void Mutated_blocks_are_decoded_or_refused() =>
        Gen.Select(Gen.Byte.Array[0, 600], Gen.Int.Array[1, 6]).Sample(parts =>
        {
            (byte[] content, int[] places) = parts;
            for (int i = 0; i < content.Length; i++) content[i] &= 3;
            byte[] encoded = Encode(content);
            foreach (int place in places) encoded[(int)((uint)place % (uint)encoded.Length)] ^= (byte)(1 << (place & 7));
            if (S2Block.TryReadLength(encoded, out int length) && length <= 1 << 20) S2Block.TryDecode(encoded, new byte[length]);
        }, iter: 4_000);

    [Fact]
    public void Noise_is_decoded_or_refused() =>
        Gen.Byte.Array[0, 60].Sample(block =>
        {
            S2Block.TryDecode(block, new byte[block.Length == 0 ? 0 : block[0]]);
        }, iter: 20_000);

    private static byte[] RoundTrip(byte[] content)
    {
        byte[] encoded = Encode(content);
        S2Block.TryReadLength(encoded, out int length).ShouldBeTrue();
        length.ShouldBe(content.Length);
        byte[] decoded = new byte[length];
        S2Block.TryDecode(encoded, decoded).ShouldBeTrue();
        decoded.AsSpan().SequenceEqual(content).ShouldBeTrue();
        return encoded;
    }

    private static byte[] Encode(byte[] content)
    {
        byte[] encoded = new byte[S2Block.MaxEncodedLength(content.Length)];
        return encoded[..S2Block.Encode(content, encoded)];
    }

    private static byte[] Varint(int value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        return [.. bytes, (byte)value];
    }
}
