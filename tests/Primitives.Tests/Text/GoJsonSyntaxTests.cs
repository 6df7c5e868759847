using System.Text;
using System.Text.Json;
using CsCheck;
using DotNats.Primitives;
using Shouldly;
using Xunit;

namespace Primitives.Tests.Text;

// Error texts were taken from nats-server 2.15.1; connect-errors.txt of Protocol.Tests has more.
public sealed class GoJsonSyntaxTests
{
    [Theory]
    [InlineData("{,", "invalid character ',' looking for beginning of object key string")]
    [InlineData("{\"a\" 1", "invalid character '1' after object key")]
    [InlineData("[1 2", "invalid character '2' after array element")]
    [InlineData("[1,]", "invalid character ']' looking for beginning of value")]
    [InlineData("\"\n", "invalid character '\\n' in string")]
    [InlineData("\"\\x", "invalid escape sequence `\\x` in string")]
    [InlineData("\"\\u00g", "invalid escape sequence `\\u00g` in string")]
    [InlineData("-a", "invalid character 'a' in numeric literal")]
    [InlineData("1.e", "invalid character 'e' in numeric literal")]
    [InlineData("1e+x", "invalid character 'x' in numeric literal")]
    [InlineData("01", "invalid character '1' after top-level value")]
    [InlineData("tru ", "invalid character ' ' in literal true (expecting 'e')")]
    [InlineData("'", "invalid character '\\'' looking for beginning of value")]
    [InlineData("é", "invalid character 'é' looking for beginning of value")]
    [InlineData("\"a\\u00", "unexpected end of JSON input")]
    [InlineData("1e", "unexpected end of JSON input")]
    [InlineData("nul", "unexpected end of JSON input")]
    public void Syntax_errors_name_the_first_bad_character(string json, string expected) => GoJsonSyntax.FindError(Encoding.UTF8.GetBytes(json)).ShouldBe(expected);

    [Theory]
    [InlineData("null")]
    [InlineData(" {\"a\":[1,-0.5e3,true,false,{}],\"b\":\"\\u00e9\\n\"} ")]
    [InlineData("0")]
    public void Json_has_no_error(string json) => GoJsonSyntax.FindError(Encoding.UTF8.GetBytes(json)).ShouldBeNull();

    [Fact]
    public void Errors_are_found_exactly_where_the_platforms_reader_finds_some()
    {
        string[] words = ["{", "}", "[", "]", ",", ":", "\"a\"", "\"sort\"", "\"", "\\", "\\n", "\\u00e9", "0", "12", "-", ".5", "e3", "true", "nul", "null", " ", "x", "\t"];
        Gen.Int[0, words.Length - 1].Array[0, 9].Select(picks => string.Concat(picks.Select(pick => words[pick]))).Sample(
            text =>
            {
                byte[] json = Encoding.UTF8.GetBytes(text);
                (GoJsonSyntax.FindError(json) is null).ShouldBe(IsJson(json), text);
            },
            iter: 200_000);

        static bool IsJson(byte[] json)
        {
            try
            {
                var reader = new Utf8JsonReader(json);
                while (reader.Read())
                {
                }

                return true;
            }
            catch (JsonException)
            {
                return false;
            }
        }
    }

    [Fact]
    public void Nesting_is_limited() => GoJsonSyntax.FindError(Encoding.ASCII.GetBytes(new string('[', 10_001))).ShouldBe("exceeded max depth");
}
