using System.Buffers;
using System.Text;
using DotNats.Primitives;
using Shouldly;
using Xunit;

namespace Primitives.Tests.Text;

public class GoQuoteTests
{
    [Theory]
    [InlineData("", "\"\"")]
    [InlineData("foo", "\"foo\"")]
    [InlineData("a b", "\"a b\"")]
    [InlineData("a\"b\\c", "\"a\\\"b\\\\c\"")]
    [InlineData("\a\b\f\n\r\t\v", "\"\\a\\b\\f\\n\\r\\t\\v\"")]
    [InlineData("\0\u001f\u007f", "\"\\x00\\x1f\\x7f\"")]
    [InlineData("ü€😀", "\"ü€😀\"")]
    [InlineData("\u00a0\u200b", "\"\\u00a0\\u200b\"")]
    [InlineData("\U000f0000", "\"\\U000f0000\"")]
    public void Text_is_quoted_as_a_go_string_literal(string text, string quoted) => GoQuote.Quote(text).ShouldBe(quoted);

    [Fact]
    public void Bytes_that_are_no_utf8_become_hex_escapes()
    {
        ArrayBufferWriter<byte> destination = new();
        GoQuote.Write([(byte)'a', 0xff, 0xc3, 0x28, 0xe2, 0x82], destination);
        Encoding.UTF8.GetString(destination.WrittenSpan).ShouldBe("\"a\\xff\\xc3(\\xe2\\x82\"");
    }
}
