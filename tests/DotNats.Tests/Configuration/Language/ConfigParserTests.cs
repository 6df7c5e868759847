using System.Text;
using DotNats.Configuration;
using DotNats.Configuration.Language;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Configuration.Language;

public class ConfigParserTests
{
    [Theory]
    [InlineData("a: 1", 1L)]
    [InlineData("a = -7", -7L)]
    [InlineData("a 10k", 10_000L)]
    [InlineData("a: 10KB", 10_240L)]
    [InlineData("a: 10Ki", 10_240L)]
    [InlineData("a: 10kib", 10_240L)]
    [InlineData("a: 3m", 3_000_000L)]
    [InlineData("a: 3MB", 3_145_728L)]
    [InlineData("a: 2g", 2_000_000_000L)]
    [InlineData("a: 2GiB", 2_147_483_648L)]
    [InlineData("a: 1t", 1_000_000_000_000L)]
    [InlineData("a: 1Ti", 1_099_511_627_776L)]
    [InlineData("a: 1p", 1_000_000_000_000_000L)]
    [InlineData("a: 1Pb", 1_125_899_906_842_624L)]
    [InlineData("a: 1e", 1_000_000_000_000_000_000L)]
    [InlineData("a: 1EiB", 1_152_921_504_606_846_976L)]
    [InlineData("a: 1.5", 1.5)]
    [InlineData("a: -0.25", -0.25)]
    [InlineData("a: yes", true)]
    [InlineData("a: Off", false)]
    [InlineData("a: \"on\"", "on")]
    [InlineData("a: bare text", null)]
    [InlineData("a: bare", "bare")]
    [InlineData("a: 'it is'", "it is")]
    [InlineData("a: \"\\x41\\tB\"", "A\tB")]
    [InlineData("a: \"\\xc3\\xa9\"", "é")]
    [InlineData("a: 127.0.0.1:4222", "127.0.0.1:4222")]
    [InlineData("a: 10s", "10s")]
    [InlineData("a: $2a$11$abc", "$2a$11$abc")]
    [InlineData("a: (\nx\n)\n", "\nx\n")]
    public void Values_are_read(string text, object? value)
    {
        if (value is null)
            Fail(text).Message.ShouldContain("Expected a top-level value to end with a new line");
        else
            Parse(text)["a"]!.Value.ShouldBe(value);
    }

    [Fact]
    public void Dates_are_utc() => Parse("a: 2016-05-04T18:53:41Z")["a"]!.Value.ShouldBe(new DateTime(2016, 5, 4, 18, 53, 41, DateTimeKind.Utc));

    [Fact]
    public void Places_count_bytes_from_the_key()
    {
        ConfigMap map = Parse("first: 1\n  second { third: \"ä\", fourth: [ x, \"yz\", { a: b } ] }\n");
        map["first"]!.Place.ShouldBe(new ConfigPlace("t.conf", 1, 0));
        map["second"]!.Place.ShouldBe(new ConfigPlace("t.conf", 2, 3));
        ConfigMap second = (ConfigMap)map["second"]!.Value;
        second["fourth"]!.Place.ShouldBe(new ConfigPlace("t.conf", 2, 25));
        // In an array a value's own place counts, a map's is behind its brace.
        ((ConfigList)second["fourth"]!.Value).Items.Select(i => i.Place.Column).ShouldBe([35, 39, 52]);
    }

    [Fact]
    public void Variables_look_from_the_inside_out()
    {
        ConfigMap map = Parse("X: outer\nm { X: inner, v: $X }\nv: $X\n");
        ((ConfigMap)map["m"]!.Value)["v"]!.Value.ShouldBe("inner");
        map["v"]!.Value.ShouldBe("outer");
        map["X"]!.IsUsedAsVariable.ShouldBeTrue();
    }

    [Fact]
    public void The_environment_is_read_as_a_value()
    {
        ConfigMap map = Parse("a: $N\nb: $L\nc: $Q\n", environment: new() { ["N"] = "2k", ["L"] = "[x, y]", ["Q"] = "\"1\"" });
        map["a"]!.Value.ShouldBe(2000L);
        ((ConfigList)map["b"]!.Value).Items.Select(i => i.Value).ShouldBe(["x", "y"]);
        map["c"]!.Value.ShouldBe("1");
    }

    [Fact]
    public void What_the_environment_says_stands_where_it_is_referred_to()
    {
        ConfigMap map = Parse("\nm: $M\n", environment: new() { ["M"] = "{ a: [ 1 , $N ] }", ["N"] = "{ b: c }" });
        var list = (ConfigList)((ConfigMap)map["m"]!.Value)["a"]!.Value;
        list.Items.Select(i => i.Place).ShouldAllBe(place => place == new ConfigPlace("t.conf", 2, 5));
    }

    [Fact]
    public void A_missing_include_is_reported_where_it_is_named()
    {
        ConfigError error = Fail("a: 1\nm {\n  include nowhere.conf\n}\n");
        error.Message.ShouldBe("error parsing include file 'nowhere.conf', open nowhere.conf: no such file or directory");
        (error.File, error.Line).ShouldBe(("t.conf", 3));
    }

    [Fact]
    public void Environment_variables_that_refer_to_each_other_in_a_circle_are_an_error() =>
        Fail("a: $A", environment: new() { ["A"] = "$B", ["B"] = "$A" }).Message.ShouldBe(
            "variable reference for 'A' on line 1 could not be parsed: variable reference for 'B' on line 1 could not be parsed: "
            + "variable reference for 'A' on line 1 could not be parsed: variable reference cycle for 'A'");

    [Fact]
    public void An_include_is_found_beside_the_file_that_names_it()
    {
        ConfigMap map = Parse("a: 1\ninclude sub/b.conf\n", ("sub/b.conf", "b: 2\ninclude c.conf\n"), ("sub/c.conf", "c: 3\n"));
        map.Entries.Select(e => e.Key).ShouldBe(["a", "b", "c"]);
        map["c"]!.Place.ShouldBe(new ConfigPlace("sub/c.conf", 1, 0));
    }

    [Fact]
    public void A_file_that_includes_itself_is_an_error()
    {
        ConfigError error = Fail("include b.conf\n", ("b.conf", "x: 1\ninclude c.conf\n"), ("c.conf", "include './b.conf'\n"));
        error.Message.ShouldBe("error parsing include file 'b.conf', error parsing include file 'c.conf', "
            + "error parsing include file './b.conf', the file includes itself: b.conf");
        error.ToString().ShouldBe(error.Message);
    }

    [Fact]
    public void Files_that_include_each_other_many_times_over_are_given_up()
    {
        (string, string)[] files = [.. Enumerable.Range(0, 20).Select(i => ($"f{i}.conf", $"include f{i + 1}.conf\ninclude f{i + 1}.conf\n")), ("f20.conf", "a: 1\n")];
        Fail("include f0.conf\n", files).Message.ShouldEndWith("too many files included");
    }

    [Fact]
    public void Nesting_costs_no_stack()
    {
        foreach (string open in new[] { "a: [", "a {", "{", "[", "a: [ {" })
            Fail(string.Concat(Enumerable.Repeat(open, 200_000))).Message.ShouldNotBeEmpty();
        Fail(string.Concat(Enumerable.Repeat("a {", 200_000))).Message.ShouldContain("nested more than 1000 deep");
        Parse(string.Concat(Enumerable.Repeat("a {", 900)) + string.Concat(Enumerable.Repeat("}", 900))).Count.ShouldBe(1);
    }

    [Fact]
    public void Variables_and_includes_that_nest_each_other_are_given_up()
    {
        string open = string.Concat(Enumerable.Repeat("a {", 900)), close = string.Concat(Enumerable.Repeat("}", 900));
        Fail($"x {{ {open} b: 1 {close} }}\ny {{ {open} b: $x {close} }}\n").Message.ShouldContain("nested more than 1000 deep");
        ConfigError included = Fail($"{open} include b.conf\n{close}\n", ("b.conf", $"\n{open} b: 1 {close}"));
        included.Message.ShouldContain("nested more than 1000 deep");
        included.File.ShouldBe("t.conf");
    }

    [Fact]
    public void Variables_that_double_each_other_are_given_up()
    {
        StringBuilder text = new("v0: [ x, x ]\n");
        for (int i = 0; i < 60; i++)
            text.Append($"v{i + 1}: [ $v{i}, $v{i} ]\n");
        Fail(text.ToString()).Message.ShouldStartWith("variables repeat values too often");
        Fail("a: $V0\n", environment: Enumerable.Range(0, 60).ToDictionary(i => $"V{i}", i => i == 59 ? "x" : $"[ $V{i + 1}, $V{i + 1} ]"))
            .Message.ShouldContain("too many references between environment variables");
    }

    [Theory]
    [InlineData("a: b\0c\n", "Parse error on line 1: 'Unexpected NUL character'")]
    [InlineData("\n# comment \0\n", "Parse error on line 2: 'Unexpected NUL character'")]
    public void A_nul_is_an_error(string text, string message) => Fail(text).Message.ShouldBe(message);

    [Theory]
    [InlineData("a: b\u00ff")]
    [InlineData("a: \"b\u00ff\"")]
    [InlineData("a: 'b\u00ff'")]
    [InlineData("a\u00ff: b")]
    [InlineData("a: (\n\u00ff\n)\n")]
    [InlineData("m { \"k\u00ff\": b }")]
    public void Bytes_that_are_no_utf8_are_an_error(string latin1) =>
        FailBytes(Encoding.Latin1.GetBytes(latin1)).Message.ShouldContain("Expected UTF-8 text");

    [Fact]
    public void Comments_may_be_in_any_encoding()
    {
        ParseSession session = new(InMemoryConfigFiles.FromText(), new Dictionary<string, string>());
        ConfigParser.TryParseText(session, Encoding.Latin1.GetBytes("a: 1 # gr\u00fc\u00dfe\n// \u00e4\n"), "t.conf", out ConfigMap? map, out _).ShouldBeTrue();
        map.Count.ShouldBe(1);
    }

    [Fact]
    public void A_missing_file_is_an_error_of_its_own()
    {
        ConfigResult result = ConfigLoader.Load("/does/not/exist.conf");
        result.Errors.ShouldHaveSingleItem().File.ShouldBe("/does/not/exist.conf");
        result.ToString().ShouldBe("open /does/not/exist.conf: no such file or directory");
        result.Options.ShouldBeNull();
        ConfigLoader.Load(Path.GetTempPath()).ToString().ShouldBe($"read {Path.GetTempPath()}: is a directory");
    }

    private static ConfigMap Parse(string text, params (string, string)[] files) => Parse(text, null, files);

    private static ConfigMap Parse(string text, Dictionary<string, string>? environment, params (string, string)[] files)
    {
        ParseSession session = new(InMemoryConfigFiles.FromText(files), environment ?? []);
        ConfigParser.TryParseText(session, Encoding.UTF8.GetBytes(text), "t.conf", out ConfigMap? map, out ConfigError? error).ShouldBeTrue(error?.Message);
        return map;
    }

    private static ConfigError Fail(string text, params (string, string)[] files) => Fail(text, null, files);

    private static ConfigError Fail(string text, Dictionary<string, string>? environment, params (string, string)[] files)
    {
        ParseSession session = new(InMemoryConfigFiles.FromText(files), environment ?? []);
        ConfigParser.TryParseText(session, Encoding.UTF8.GetBytes(text), "t.conf", out _, out ConfigError? error).ShouldBeFalse();
        return error!;
    }

    private static ConfigError FailBytes(byte[] text)
    {
        ParseSession session = new(InMemoryConfigFiles.FromText(), new Dictionary<string, string>());
        ConfigParser.TryParseText(session, text, "t.conf", out _, out ConfigError? error).ShouldBeFalse();
        return error!;
    }
}
