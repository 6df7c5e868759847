using System.IO.Compression;
using System.Text;
using DotNats.Primitives;
using DotNats.Server.InternalClients;
using Shouldly;
using Xunit;

namespace Server.Tests.InternalClients;

public sealed class ContentEncodingTests
{
    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("gzip", "gzip")]
    [InlineData("GZIP, br", "gzip")]
    [InlineData("gzip, S2", "snappy")]
    [InlineData("snappy", "snappy")]
    [InlineData("br", "identity")]
    public void The_first_known_form_is_chosen(string? accepted, string? chosen) => ContentEncoding.Choose(accepted).ShouldBe(chosen);

    [Fact]
    public void Gzip_comes_back_whole()
    {
        byte[] content = Encoding.ASCII.GetBytes(new string('a', 100_000));
        using var gzip = new GZipStream(new MemoryStream(ContentEncoding.Encode("gzip", content).ToArray()), CompressionMode.Decompress);
        var back = new MemoryStream();
        gzip.CopyTo(back);
        back.ToArray().ShouldBe(content);
    }

    [Fact]
    public void Snappy_comes_as_frames_and_anything_else_as_it_is()
    {
        byte[] content = Encoding.ASCII.GetBytes("123456789");
        ContentEncoding.Encode("snappy", content).ToArray().ShouldBe(SnappyFrames.Encode(content));
        ContentEncoding.Encode("identity", content).ToArray().ShouldBe(content);
        ContentEncoding.Encode(null, content).ToArray().ShouldBe(content);
    }

    [Fact]
    public void The_header_names_the_form()
    {
        Encoding.ASCII.GetString(ContentEncoding.HeaderOf("gzip")).ShouldBe("NATS/1.0\r\nContent-Encoding: gzip\r\n\r\n");
        ContentEncoding.HeaderOf(null).ShouldBeEmpty();
    }

    [Fact]
    public void A_header_is_found_by_its_very_name()
    {
        ReadOnlySpan<byte> block = "NATS/1.0\r\naccept-encoding: a\r\nX-Accept-Encoding: b\r\nAccept-Encoding:\t c \r\nAccept-Encoding: d\r\n\r\n"u8;
        MessageHeaders.Find(block, "Accept-Encoding"u8).ShouldBe("c");
        MessageHeaders.Find(block, "Accept"u8).ShouldBeNull();
        MessageHeaders.Find("NATS/1.0\r\nAccept-Encoding"u8, "Accept-Encoding"u8).ShouldBeNull();
        MessageHeaders.Find(default, "Accept-Encoding"u8).ShouldBeNull();
    }
}
