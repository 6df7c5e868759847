using System.Text;
using CsCheck;
using DotNats.Protocol;
using Shouldly;
using Xunit;

namespace Protocol.Tests.Commands;

public sealed class ArgumentReaderTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("   ", "")]
    [InlineData("a", "a")]
    [InlineData(" a \t b\t\tc ", "a|b|c")]
    [InlineData("a\rb", "a\rb")]
    [InlineData("a\fb\vc\0d", "a\fb\vc\0d")]
    public void Blanks_and_tabs_separate(string arguments, string expected) => Read(arguments, splitAtLineEnds: false).ShouldBe(expected);

    [Theory]
    [InlineData("a\rb\nc", "a|b|c")]
    [InlineData("\r\n", "")]
    [InlineData("a\fb", "a\fb")]
    public void Line_ends_separate_where_asked(string arguments, string expected) => Read(arguments, splitAtLineEnds: true).ShouldBe(expected);

    [Fact]
    public void Reads_what_splitting_gives() =>
        Gen.Char[" \t\r\nab."].Array[0, 30].Select(chars => new string(chars)).Sample(text =>
        {
            Read(text, splitAtLineEnds: true).ShouldBe(string.Join('|', text.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries)));
            Read(text, splitAtLineEnds: false).ShouldBe(string.Join('|', text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)));
        });

    private static string Read(string arguments, bool splitAtLineEnds)
    {
        var reader = new ArgumentReader(Encoding.Latin1.GetBytes(arguments), splitAtLineEnds);
        int count = reader.Count();
        var tokens = new List<string>();
        for (ReadOnlySpan<byte> token = reader.Next(); !token.IsEmpty; token = reader.Next()) tokens.Add(Encoding.Latin1.GetString(token));
        tokens.Count.ShouldBe(count);
        reader.Next().IsEmpty.ShouldBeTrue();
        return string.Join('|', tokens);
    }
}
