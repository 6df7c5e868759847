using System.Buffers.Binary;
using System.Text;
using CsCheck;
using DotNats.Primitives;
using Shouldly;
using Xunit;

namespace Primitives.Tests;

public sealed class SnappyFramesTests
{
    [Fact]
    public void Short_content_is_stored_with_its_masked_checksum()
    {
        // CRC-32C's usual check value for these nine digits is e3069283; rotated right by 15 and offset by a282ead8 that is c78ab0e5.
        byte[] expected = [0xFF, 6, 0, 0, .. "sNaPpY"u8, 1, 13, 0, 0, 0xE5, 0xB0, 0x8A, 0xC7, .. "123456789"u8];
        SnappyFrames.Encode("123456789"u8).ShouldBe(expected);
    }

    [Fact]
    public void Noise_is_stored_in_chunks_of_at_most_64_KiB()
    {
        byte[] noise = new byte[65537];
        new Random(1).NextBytes(noise);
        byte[] frames = SnappyFrames.Encode(noise);
        frames.Length.ShouldBe(10 + 8 + 65536 + 8 + 1);
        frames[10..14].ShouldBe([1, 4, 0, 1]);
        frames[^9..^5].ShouldBe([1, 5, 0, 0]);
    }

    [Fact]
    public void Repetitions_are_compressed()
    {
        byte[] content = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 2000).Select(i => $"{{\"cid\":{i},\"kind\":\"Client\",\"type\":\"nats\"}},")));
        byte[] frames = SnappyFrames.Encode(content);
        frames.Length.ShouldBeLessThan(content.Length / 3);
        Decode(frames).ShouldBe(content);
    }

    [Fact]
    public void Nothing_is_an_empty_stream() => Decode(SnappyFrames.Encode([])).ShouldBeEmpty();

    [Fact]
    public void Everything_comes_back() =>
        Gen.Select(Gen.Byte.Array[0, 40], Gen.Int[1, 20_000], Gen.Byte.Array[0, 3000]).Sample(parts =>
        {
            (byte[] pattern, int times, byte[] tail) = parts;
            byte[] content = [.. Enumerable.Repeat(pattern, Math.Min(times, 200_000 / Math.Max(1, pattern.Length))).SelectMany(bytes => bytes), .. tail, .. pattern];
            Decode(SnappyFrames.Encode(content)).ShouldBe(content);
        }, iter: 100);

    // The reading side, written from the format's description alone.
    private static byte[] Decode(ReadOnlySpan<byte> frames)
    {
        frames[..10].SequenceEqual((byte[])[0xFF, 6, 0, 0, .. "sNaPpY"u8]).ShouldBeTrue();
        frames = frames[10..];
        var content = new List<byte>();
        while (!frames.IsEmpty)
        {
            int length = (int)(BinaryPrimitives.ReadUInt32LittleEndian(frames) >> 8);
            ReadOnlySpan<byte> data = frames[8..(4 + length)];
            byte[] plain = frames[0] == 1 ? data.ToArray() : DecodeBlock(data);
            SnappyFrames.Checksum(plain).ShouldBe(BinaryPrimitives.ReadUInt32LittleEndian(frames[4..]));
            plain.Length.ShouldBeLessThanOrEqualTo(65536);
            content.AddRange(plain);
            frames = frames[(4 + length)..];
        }

        return [.. content];
    }

    private static byte[] DecodeBlock(ReadOnlySpan<byte> block)
    {
        int length = 0, shift = 0, at = 0;
        do
        {
            length |= (block[at] & 0x7F) << shift;
            shift += 7;
        }
        while (block[at++] >= 0x80);
        var plain = new List<byte>(length);
        while (at < block.Length)
        {
            byte tag = block[at++];
            if ((tag & 3) == 0)
            {
                int count = tag >> 2;
                if (count == 60) count = block[at++];
                else if (count == 61)
                {
                    count = block[at] | block[at + 1] << 8;
                    at += 2;
                }

                plain.AddRange(block.Slice(at, count + 1));
                at += count + 1;
                continue;
            }

            (tag & 3).ShouldBeInRange(1, 2);
            bool isShort = (tag & 3) == 1;
            int offset = isShort ? block[at] | tag >> 5 << 8 : block[at] | block[at + 1] << 8;
            offset.ShouldBeGreaterThan(0, "only S2 repeats");
            at += isShort ? 1 : 2;
            for (int left = isShort ? (tag >> 2 & 7) + 4 : (tag >> 2) + 1; left > 0; left--) plain.Add(plain[^offset]);
        }

        plain.Count.ShouldBe(length);
        return [.. plain];
    }
}
