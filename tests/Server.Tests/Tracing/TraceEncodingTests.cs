using System.IO.Compression;
using System.Text;
using DotNats.Server.Tracing;
using Shouldly;
using Xunit;

namespace Server.Tests.Tracing;

public sealed class TraceEncodingTests
{
    [Fact]
    public void Gzip_comes_back_whole()
    {
        byte[] content = Encoding.ASCII.GetBytes(new string('a', 100_000));
        using var gzip = new GZipStream(new MemoryStream(TraceEncoding.Encode("gzip", content)), CompressionMode.Decompress);
        var back = new MemoryStream();
        gzip.CopyTo(back);
        back.ToArray().ShouldBe(content);
    }

    [Fact]
    public void Snappy_frames_carry_the_bytes_and_their_masked_checksum()
    {
        // CRC-32C's usual check value for these nine digits is e3069283; rotated right by 15 and offset by a282ead8 that is c78ab0e5.
        byte[] expected = [0xFF, 6, 0, 0, .. "sNaPpY"u8, 1, 13, 0, 0, 0xE5, 0xB0, 0x8A, 0xC7, .. "123456789"u8];
        TraceEncoding.Encode("snappy", Encoding.ASCII.GetBytes("123456789")).ShouldBe(expected);
    }

    [Fact]
    public void Snappy_chunks_hold_at_most_64_KiB()
    {
        byte[] frames = TraceEncoding.Encode("snappy", new byte[65537]);
        frames.Length.ShouldBe(10 + 8 + 65536 + 8 + 1);
        frames[10..14].ShouldBe([1, 4, 0, 1]);
        frames[^9..^5].ShouldBe([1, 5, 0, 0]);
    }
}
