using System.Buffers;
using System.Text;
using CsCheck;
using DotNats.Primitives;
using Shouldly;
using Xunit;

namespace Primitives.Tests;

public sealed class S2FramesTests
{
    private static readonly byte[] Identifier = [0xFF, 6, 0, 0, .. "S2sTwO"u8];

    // CRC-32C's usual check value for these nine digits is e3069283; rotated right by 15 and offset by a282ead8 that is c78ab0e5.
    private static readonly byte[] Digits = [1, 13, 0, 0, 0xE5, 0xB0, 0x8A, 0xC7, .. "123456789"u8];

    [Fact]
    public void Short_content_is_one_stored_chunk() => Encode("123456789"u8.ToArray()).ShouldBe([.. Identifier, .. Digits]);

    [Fact]
    public void Nothing_is_an_identifier() => Encode([]).ShouldBe(Identifier);

    [Fact]
    public void No_bytes_are_an_empty_stream() => Decode([], 10).ShouldBe([]);

    [Fact]
    public void What_may_be_passed_over_is()
    {
        byte[] padding = [0xFE, 3, 0, 0, 9, 9, 9];
        byte[] index = [0x99, 2, 0, 0, 1, 2];
        byte[] unknown = [0x80, 0, 0, 0];
        Decode([.. Identifier, .. padding, .. Digits, .. index, .. unknown, .. Digits, .. padding], 18).ShouldBe("123456789123456789"u8.ToArray());
    }

    [Fact]
    public void Streams_follow_each_other() => Decode([.. Identifier, .. Digits, .. SnappyFrames.Encode("abc"u8), .. Identifier, .. Digits], 21).ShouldBe("123456789abc123456789"u8.ToArray());

    [Fact]
    public void Snappy_streams_are_read() => Decode(SnappyFrames.Encode(new byte[200_000]), 200_000).ShouldBe(new byte[200_000]);

    [Theory]
    [InlineData("ff06000053327354774e")]
    [InlineData("ff0500005332735477")]
    [InlineData("0100000000")]
    [InlineData("fe00000000")]
    [InlineData("ff06000053327354774f 02 00 00 00")]
    [InlineData("ff06000053327354774f 7f 00 00 00")]
    [InlineData("ff06000053327354774f 01 03 00 00 01 02 03")]
    [InlineData("ff06000053327354774f 01 0d 00 00 e4 b0 8a c7 31 32 33 34 35 36 37 38 39")]
    [InlineData("ff06000053327354774f 00 0d 00 00 e5 b0 8a c7 31 32 33 34 35 36 37 38 39")]
    [InlineData("ff06000053327354774f 01 ff ff ff 00 00 00 00")]
    [InlineData("ff06000053327354774f 00 08 00 00 00 00 00 00 ff ff ff 0f")]
    public void What_is_damaged_is_refused(string frames) => Decode(Hex(frames), 1000).ShouldBeNull();

    [Fact]
    public void A_stream_that_ends_early_is_refused()
    {
        byte[] frames = [.. Identifier, .. Digits];
        for (int length = 1; length < frames.Length; length++)
        {
            if (length != Identifier.Length) Decode(frames[..length], 100).ShouldBeNull();
        }
    }

    [Fact]
    public void More_than_there_is_room_for_is_refused() => Decode([.. Identifier, .. Digits], 8).ShouldBeNull();

    // A Snappy stream's chunks hold 64 KiB at most, whatever they say.
    [Fact]
    public void A_chunk_beyond_its_format_is_refused()
    {
        byte[] block = new byte[100];
        int length = S2Block.Encode(new byte[70_000], block);
        byte[] chunk = [0, (byte)(length + 4), 0, 0, .. BitConverter.GetBytes(SnappyFrames.Checksum(new byte[70_000])), .. block[..length]];
        Decode([.. Identifier, .. chunk], 70_000).ShouldNotBeNull();
        Decode([0xFF, 6, 0, 0, .. "sNaPpY"u8, .. chunk], 70_000).ShouldBeNull();
    }

    [Fact]
    public void Pieces_of_any_size_encode_and_decode() =>
        Gen.Select(Gen.Int[1, 5000], Gen.Int[1, 3000], Gen.Int[1, 3000], Gen.Int[0, 10_000], Gen.Int[2, 200]).Sample(parts =>
        {
            (int blockBytes, int writeBytes, int readBytes, int length, int period) = parts;
            byte[] content = [.. Enumerable.Range(0, length).Select(i => (byte)(i * i / period % period))];
            var frames = new ArrayBufferWriter<byte>();
            using var encoder = new S2Encoder(blockBytes);
            foreach (byte[] piece in content.Chunk(writeBytes)) encoder.Append(piece, frames);
            encoder.Flush(frames);

            using var decoder = new S2Decoder();
            var decoded = new List<byte>();
            foreach (byte[] piece in frames.WrittenSpan.ToArray().Chunk(readBytes))
            {
                ReadOnlySpan<byte> rest = piece;
                S2Status status;
                while ((status = decoder.Read(ref rest, out ReadOnlySpan<byte> decodedPiece)) == S2Status.Content) decoded.AddRange(decodedPiece);
                status.ShouldBe(S2Status.NeedsMore);
                rest.IsEmpty.ShouldBeTrue();
            }

            decoder.IsWhole.ShouldBeTrue();
            decoded.ShouldBe(content);
        }, iter: 300);

    [Fact]
    public void Mutated_streams_are_decoded_or_refused() =>
        Gen.Select(Gen.Int[0, 3000], Gen.Int[2, 200], Gen.Int.Array[1, 6]).Sample(parts =>
        {
            (int length, int period, int[] places) = parts;
            byte[] frames = Encode([.. Enumerable.Range(0, length).Select(i => (byte)(i * i / period % period))]);
            foreach (int place in places) frames[(int)((uint)place % (uint)frames.Length)] ^= (byte)(1 << (place & 7));
            Decode(frames, 10_000);
        }, iter: 2_000);

    [Fact]
    public async Task Streams_read_what_streams_wrote()
    {
        byte[] content = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{i * 31 % 1000},")));
        foreach (bool async in new[] { true, false })
        {
            var frames = new MemoryStream();
            var writer = new S2WriteStream(frames);
            foreach (byte[] piece in content.Chunk(70_001))
            {
                if (async) await writer.WriteAsync(piece, TestContext.Current.CancellationToken);
                else writer.Write(piece);
            }

            if (async) await writer.DisposeAsync();
            else writer.Dispose();
            frames.Length.ShouldBeLessThan(content.Length / 2);
            frames.Position = 0;
            await using var reader = new S2ReadStream(frames);
            var read = new MemoryStream();
            if (async) await reader.CopyToAsync(read, TestContext.Current.CancellationToken);
            else reader.CopyTo(read);
            read.ToArray().AsSpan().SequenceEqual(content).ShouldBeTrue();
        }
    }

    [Fact]
    public void A_damaged_stream_throws_what_is_documented()
    {
        byte[] frames = [.. Identifier, .. Digits];
        frames[^1] ^= 1;
        using var reader = new S2ReadStream(new MemoryStream(frames));
        Should.Throw<InvalidDataException>(() => reader.ReadByte());
        using var cut = new S2ReadStream(new MemoryStream([.. Identifier, .. Digits[..^1]]));
        Should.Throw<InvalidDataException>(() => cut.ReadByte());
    }

    [Fact]
    public void A_stream_of_nothing_ends_at_once()
    {
        using var reader = new S2ReadStream(new MemoryStream([]));
        reader.ReadByte().ShouldBe(-1);
    }

    private static byte[] Encode(byte[] content)
    {
        var frames = new ArrayBufferWriter<byte>();
        S2Frames.Encode(content, frames);
        return frames.WrittenSpan.ToArray();
    }

    // Null where it is refused.
    private static byte[]? Decode(byte[] frames, int room)
    {
        byte[] target = new byte[room];
        return S2Frames.TryDecode(frames, target, out int written) ? target[..written] : null;
    }

    private static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));
}
