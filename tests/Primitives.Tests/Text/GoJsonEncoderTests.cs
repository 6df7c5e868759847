using System.Text;
using CsCheck;
using DotNats.Primitives;
using Shouldly;
using Xunit;

namespace Primitives.Tests;

public sealed class GoJsonEncoderTests
{
    [Theory]
    [InlineData("plain é ✓ 😀", "plain é ✓ 😀")]
    [InlineData("<a href=\"x\">&'+`", "\\u003ca href=\\\"x\\\"\\u003e\\u0026'+`")]
    [InlineData("\u0001\b\f\n\r\t\u001f\\/\u007f", "\\u0001\\b\\f\\n\\r\\t\\u001f\\\\/\u007f")]
    [InlineData("\u2028\u2029", "\\u2028\\u2029")]
    public void Text_is_escaped_as_Go_escapes_it(string text, string expected) => GoJsonEncoder.Instance.Encode(text).ShouldBe(expected);

    [Fact]
    public void Any_valid_text_is_escaped_as_by_the_simple_way() =>
        Gen.Char.Where(c => !char.IsSurrogate(c)).Array[0, 40].Select(chars => new string(chars)).Sample(text =>
            GoJsonEncoder.Instance.Encode(text) == Simple(text));

    private static string Simple(string text)
    {
        StringBuilder result = new();
        foreach (char c in text)
        {
            result.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\b' => "\\b",
                '\f' => "\\f",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                < ' ' or '<' or '>' or '&' or '\u2028' or '\u2029' => $"\\u{(int)c:x4}",
                _ => c.ToString(),
            });
        }

        return result.ToString();
    }
}
