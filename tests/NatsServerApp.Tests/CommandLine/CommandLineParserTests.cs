using DotNats.App.CommandLine;
using Shouldly;
using Xunit;
using Line = DotNats.App.CommandLine.CommandLine;

namespace NatsServerApp.Tests.CommandLine;

public class CommandLineParserTests
{
    [Theory]
    [InlineData("-p", "4333")]
    [InlineData("-p=4333")]
    [InlineData("--p", "4333")]
    [InlineData("--port=4333")]
    [InlineData("-port", "0x10ed")]
    [InlineData("-port", "1", "-p", "4333")]
    [InlineData("-p", "+4_333")]
    public void A_flag_takes_one_dash_or_two_and_its_value_either_way(params string[] args) => Run(args).Port.ShouldBe(4333);

    [Fact]
    public void A_value_may_start_with_a_dash() => Run("-p", "-1", "--user", "-D").ShouldSatisfyAllConditions(
        arguments => arguments.Port.ShouldBe(-1),
        arguments => arguments.Username.ShouldBe("-D"),
        arguments => arguments.Debug.ShouldBeNull());

    [Theory]
    [InlineData("-D", true)]
    [InlineData("-D=true", true)]
    [InlineData("-D=T", true)]
    [InlineData("-debug=1", true)]
    [InlineData("--debug=false", false)]
    [InlineData("-D=0", false)]
    [InlineData("-D=F", false)]
    public void A_switch_can_be_given_a_value(string arg, bool on) => Run(arg).Debug.ShouldBe(on);

    [Fact]
    public void Nothing_said_is_nothing_set()
    {
        CommandLineArguments arguments = Run();
        foreach (var property in typeof(CommandLineArguments).GetProperties())
            property.GetValue(arguments).ShouldBeOneOf(null, false);
    }

    [Theory]
    [InlineData("-p", "9223372036854775807", int.MaxValue)]
    [InlineData("-p", "-9223372036854775808", int.MinValue)]
    [InlineData("-p", "0b11", 3)]
    [InlineData("-p", "0o17", 15)]
    [InlineData("-p", "017", 15)]
    [InlineData("-p", "0_17", 15)]
    [InlineData("-p", "0", 0)]
    public void Numbers_are_read_as_go_literals(string flag, string value, int port) => Run(flag, value).Port.ShouldBe(port);

    [Theory]
    [InlineData("flag provided but not defined: -bogus", "--bogus=1")]
    [InlineData("flag provided but not defined: -", "-\u00e4")]
    [InlineData("flag needs an argument: -p", "-D", "-p")]
    [InlineData("invalid value \"abc\" for flag -port: parse error", "--port", "abc")]
    [InlineData("invalid value \"\" for flag -p: parse error", "-p=")]
    [InlineData("invalid value \"08\" for flag -p: parse error", "-p", "08")]
    [InlineData("invalid value \"1__0\" for flag -p: parse error", "-p", "1__0")]
    [InlineData("invalid value \"_1\" for flag -p: parse error", "-p", "_1")]
    [InlineData("invalid value \"1_\" for flag -p: parse error", "-p", "1_")]
    [InlineData("invalid value \"0x\" for flag -p: parse error", "-p", "0x")]
    [InlineData("invalid value \"9223372036854775808\" for flag -p: value out of range", "-p", "9223372036854775808")]
    [InlineData("invalid value \"99999999999999999999999999999999999999999999999\" for flag -m: value out of range",
        "-m", "99999999999999999999999999999999999999999999999")]
    [InlineData("invalid boolean value \"maybe\" for -D: parse error", "-D=maybe")]
    [InlineData("bad flag syntax: ---x", "---x")]
    [InlineData("bad flag syntax: --=x", "--=x")]
    public void What_is_wrong_with_a_flag_is_said_in_gos_words(string message, params string[] args) =>
        CommandLineParser.Parse(args).ShouldBeOfType<Line.Misuse>().Message.ShouldStartWith(message);

    [Theory]
    [InlineData("version")]
    [InlineData("VERSION", "more")]
    [InlineData("-D", "version")]
    [InlineData("--", "version")]
    [InlineData("-h", "-v")]
    public void Version_can_be_asked_for_in_many_ways(params string[] args) => CommandLineParser.Parse(args).ShouldBeOfType<Line.ShowVersion>();

    [Theory]
    [InlineData("help")]
    [InlineData("-h")]
    [InlineData("--help")]
    [InlineData("-h", "bogus")]
    [InlineData("-help_tls", "-help")]
    public void Help_can_be_asked_for_in_many_ways(params string[] args) => CommandLineParser.Parse(args).ShouldBeOfType<Line.ShowHelp>();

    [Fact]
    public void Tls_help_has_its_own_flag() => CommandLineParser.Parse(["--help_tls"]).ShouldBeOfType<Line.ShowTlsHelp>();

    [Theory]
    [InlineData("extra", "extra")]
    [InlineData("-", "-")]
    [InlineData("-v", "--", "-v")]
    [InlineData("maybe", "-D", "maybe")]
    public void Other_words_are_refused(string word, params string[] args) =>
        CommandLineParser.Parse(args).ShouldBeOfType<Line.Failure>().Message.ShouldBe($"unrecognized command: \"{word}\"");

    [Fact]
    public void Every_flag_of_the_help_text_is_known()
    {
        string[] flags = [.. System.Text.RegularExpressions.Regex.Matches(HelpText.Usage, @"(?<=^ +(-\w+, *)*)--?(\w+)(?=[ ,]|$)",
            System.Text.RegularExpressions.RegexOptions.Multiline).Select(match => match.Groups[2].Value)];
        flags.Length.ShouldBeGreaterThan(50);
        flags.Where(flag => FlagDefinition.Find(flag) is null).ShouldBeEmpty();
    }

    private static CommandLineArguments Run(params string[] args) => CommandLineParser.Parse(args).ShouldBeOfType<Line.Run>().Arguments;
}
