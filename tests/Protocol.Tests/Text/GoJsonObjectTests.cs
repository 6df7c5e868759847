using System.Text;
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
    [InlineData("{\"SORT\":5}", "json: cannot unmarshal number into Go struct field ConnzEventOptions.SORT of type server.SortOpt")]
    [InlineData("{\"tags\":[\"x\",null,{}]}", "json: cannot unmarshal object into ConnzEventOptions.tags.2 of type string")]
    public void Errors_name_a_member_as_it_was_written_and_an_element_by_its_place(string json, string expected)
    {
        Read(json, out string? error);
        error.ShouldBe(expected);
    }

    [Fact]
    public void Whatever_is_JSON_is_read_without_throwing()
    {
        string[] words = ["{", "}", "[", "]", ",", ":", "\"a\"", "\"sort\"", "\"tags\"", "\"\\u00e9\"", "0", "-", ".5", "e3", "true", "null", " "];
        Gen.Int[0, words.Length - 1].Array[0, 9].Select(picks => string.Concat(picks.Select(pick => words[pick]))).Sample(text => Read(text, out _), iter: 50_000);
    }

    private static GoJsonObject Read(string json, out string? error) => GoJsonObject.Read(Encoding.UTF8.GetBytes(json), "server.ConnzEventOptions", Fields, out error);
}
