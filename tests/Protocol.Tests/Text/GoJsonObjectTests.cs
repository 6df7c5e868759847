using System.Text;
using System.Text.Json;
using CsCheck;
using DotNats.Protocol.Text;
using Shouldly;
using Xunit;

namespace Protocol.Tests.Text;

// Error texts were taken from nats-server 2.15.1, as answers to system requests.
public sealed class GoJsonObjectTests
{
    private static readonly GoJsonField[] Fields =
    [
        new("sort", GoJsonKind.Text, "server.SortOpt"), new("auth", GoJsonKind.Flag), new("limit", GoJsonKind.Number),
        new("cid", GoJsonKind.Identifier), new("tags", GoJsonKind.Texts), new("queue", GoJsonKind.Bytes),
    ];

    [Fact]
    public void Members_are_read_whatever_their_case_and_the_last_counts()
    {
        GoJsonObject read = Read("""{"SORT":"a","sort":"b","auth":true,"limit":-3,"cid":7,"tags":["x","y"],"queue":"cQ==","other":{"sort":1}}""", out string? error);
        error.ShouldBeNull();
        (read.Text("sort"), read.Flag("auth"), read.Number("limit"), read.Identifier("cid")).ShouldBe(("b", true, -3, 7UL));
        read.Texts("tags").ShouldBe(["x", "y"]);
        read.Bytes("queue").ShouldBe("q"u8.ToArray());
    }

    [Fact]
    public void What_is_absent_or_null_has_its_zero()
    {
        foreach (string json in (string[])["null", "{}", """{"sort":null,"tags":null,"cid":null}"""])
        {
            GoJsonObject read = Read(json, out string? error);
            error.ShouldBeNull();
            (read.Text("sort"), read.Flag("auth"), read.Number("limit"), read.Identifier("cid")).ShouldBe(("", false, 0, 0UL));
            read.Texts("tags").ShouldBeEmpty();
            read.Bytes("queue").ShouldBeNull();
        }
    }

    [Theory]
    [InlineData("{", "unexpected end of JSON input")]
    [InlineData("  ", "unexpected end of JSON input")]
    [InlineData("{\"a\":1}x", "invalid character 'x' after top-level value")]
    [InlineData("[]", "json: cannot unmarshal array into Go value of type server.ConnzEventOptions")]
    [InlineData("\"x\"", "json: cannot unmarshal string into Go value of type server.ConnzEventOptions")]
    [InlineData("{\"sort\":5}", "json: cannot unmarshal number into Go struct field ConnzEventOptions.sort of type server.SortOpt")]
    [InlineData("{\"cid\":-1}", "json: cannot unmarshal number -1 into Go struct field ConnzEventOptions.cid of type uint64")]
    [InlineData("{\"limit\":\"x\"}", "json: cannot unmarshal string into Go struct field ConnzEventOptions.limit of type int")]
    [InlineData("{\"limit\":1.5}", "json: cannot unmarshal number 1.5 into Go struct field ConnzEventOptions.limit of type int")]
    [InlineData("{\"auth\":1}", "json: cannot unmarshal number into Go struct field ConnzEventOptions.auth of type bool")]
    [InlineData("{\"tags\":\"x\"}", "json: cannot unmarshal string into Go struct field ConnzEventOptions.tags of type []string")]
    [InlineData("{\"auth\":1,\"sort\":{\"a\":[1]}}", "json: cannot unmarshal number into Go struct field ConnzEventOptions.auth of type bool")]
    [InlineData("{\"auth\":1]", "invalid character ']' after object key:value pair")]
    public void What_is_wrong_is_told_in_Gos_words(string json, string expected)
    {
        Read(json, out string? error);
        error.ShouldBe(expected);
    }

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
                // Whatever is JSON is read without throwing.
                Read(text, out _);
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

    private static GoJsonObject Read(string json, out string? error) => GoJsonObject.Read(Encoding.UTF8.GetBytes(json), "server.ConnzEventOptions", Fields, out error);
}
