using System.Text;
using CsCheck;
using DotNats.Protocol;
using Shouldly;
using Xunit;

namespace Protocol.Tests.Commands;

public sealed class CommandParserTests
{
    [Theory]
    [InlineData("PUB a 5\r\nhello\r\n", "Publish a||-1|5|hello\r\n")]
    [InlineData("PUB a r 5\r\nhello\r\n", "Publish a|r|-1|5|hello\r\n")]
    [InlineData("pub a 0\n\r\n", "Publish a||-1|0|\r\n")]
    [InlineData("PuB\ta \t r  2 \t\r\n\r\n\r\n", "Publish a|r|-1|2|\r\n\r\n")]
    [InlineData("PUB a 000000002\r\nhi\r\n", "Publish a||-1|2|hi\r\n")]
    [InlineData("PUB a\rb 1\r\nx\r\n", "Publish a\rb||-1|1|x\r\n")]
    [InlineData("PUB \u00e9\f 1\r\nx\r\n", "Publish \u00e9\f||-1|1|x\r\n")]
    [InlineData("HPUB a 12 14\r\nNATS/1.0\r\n\r\nhi\r\n", "Publish a||12|14|NATS/1.0\r\n\r\nhi\r\n")]
    [InlineData("hpub a r 12 12\r\nNATS/1.0\r\n\r\n\r\n", "Publish a|r|12|12|NATS/1.0\r\n\r\n\r\n")]
    [InlineData("HPUB a\rb 0 1\r\nx\r\n", "Publish a\rb||0|1|x\r\n")]
    [InlineData("SUB a 1\r\n", "Subscribe a 1")]
    [InlineData("sub\ta  q 1 \r\n", "Subscribe a  q 1 ")]
    [InlineData("SUB \r\n", "Subscribe ")]
    [InlineData("UNSUB 1 5\n", "Unsubscribe 1 5")]
    [InlineData("PING\r\n", "Ping ")]
    [InlineData("ping and more\n", "Ping ")]
    [InlineData("PONGPONG\r\n", "Pong ")]
    [InlineData("+OK\r\n", "Ok ")]
    [InlineData("+ok whatever\n", "Ok ")]
    [InlineData("-ERR 'no'\r\n", "Error 'no'")]
    [InlineData("CONNECT {}\r\n", "Connect {}")]
    [InlineData("connect{\"a\":1}\n", "Connect {\"a\":1}")]
    [InlineData("CONNECT\r\n", "Connect ")]
    [InlineData("INFO {}\r\n", "Info {}")]
    public void Verbs_are_read(string text, string expected)
    {
        ParserLimits limits = CommandText.Usual;
        Command command = default;

        CommandParser.Read(Encoding.Latin1.GetBytes(text), in limits, ref command).ShouldBe(ParseStatus.Done);
        command.Length.ShouldBe(text.Length);
        CommandText.Describe(in command).ShouldBe(expected);
    }

    [Theory]
    [InlineData("X", ParseStatus.UnknownOperation)]
    [InlineData("\r\n", ParseStatus.UnknownOperation)]
    [InlineData(" PING\r\n", ParseStatus.UnknownOperation)]
    [InlineData("PX", ParseStatus.UnknownOperation)]
    [InlineData("PUX", ParseStatus.UnknownOperation)]
    [InlineData("PUBa", ParseStatus.UnknownOperation)]
    [InlineData("PUB\r\n", ParseStatus.UnknownOperation)]
    [InlineData("SUB\n", ParseStatus.UnknownOperation)]
    [InlineData("UNSUB\r\n", ParseStatus.UnknownOperation)]
    [InlineData("-ERR\r\n", ParseStatus.UnknownOperation)]
    [InlineData("+KO", ParseStatus.UnknownOperation)]
    [InlineData("HMSG a 1 0 0\r\n", ParseStatus.UnknownOperation)]
    [InlineData("MSG a 1 0\r\n", ParseStatus.UnknownOperation)]
    [InlineData("RS+ a\r\n", ParseStatus.UnknownOperation)]
    [InlineData("PUB a 2\r\nhiX", ParseStatus.UnknownOperation)]
    [InlineData("PUB a 2\r\nhi\rX", ParseStatus.UnknownOperation)]
    [InlineData("PUB a 2\r\nhi\n", ParseStatus.UnknownOperation)]
    [InlineData("PUB \r\n", ParseStatus.BadArguments)]
    [InlineData("PUB a\r\n", ParseStatus.BadArguments)]
    [InlineData("PUB a r q 1\r\n", ParseStatus.BadArguments)]
    [InlineData("PUB a -1\r\n", ParseStatus.BadArguments)]
    [InlineData("PUB a 1x\r\n", ParseStatus.BadArguments)]
    [InlineData("PUB a +1\r\n", ParseStatus.BadArguments)]
    [InlineData("PUB a 1234567890\r\n", ParseStatus.BadArguments)]
    [InlineData("PUB a 99999999999999999999\r\n", ParseStatus.BadArguments)]
    [InlineData("PUB a 1\r2\r\n", ParseStatus.BadArguments)]
    [InlineData("HPUB a 5\r\n", ParseStatus.BadArguments)]
    [InlineData("HPUB a 6 5\r\n", ParseStatus.BadArguments)]
    [InlineData("HPUB a -1 5\r\n", ParseStatus.BadArguments)]
    [InlineData("HPUB a r q 1 2\r\n", ParseStatus.BadArguments)]
    [InlineData("HPUB a\rb 6 5\r\n", ParseStatus.BadArguments)]
    [InlineData("PUB a 101\r\n", ParseStatus.PayloadTooLarge)]
    [InlineData("PUB a 999999999\r\n", ParseStatus.PayloadTooLarge)]
    [InlineData("HPUB a 1 101\r\n", ParseStatus.PayloadTooLarge)]
    [InlineData("", ParseStatus.NeedMore)]
    [InlineData("P", ParseStatus.NeedMore)]
    [InlineData("PUB", ParseStatus.NeedMore)]
    [InlineData("PUB a 1", ParseStatus.NeedMore)]
    [InlineData("PUB a 1\r", ParseStatus.NeedMore)]
    [InlineData("PUB a 2\r\nhi\r", ParseStatus.NeedMore)]
    [InlineData("PING", ParseStatus.NeedMore)]
    [InlineData("conn", ParseStatus.NeedMore)]
    public void What_is_no_command_has_its_own_answer(string text, ParseStatus expected) => Status(text, CommandText.Usual).ShouldBe(expected);

    [Theory]
    [InlineData("SUB {0} 1\r\n", 2)]
    [InlineData("CONNECT {0}\r\n", 0)]
    [InlineData("PUB {0} 0\r\n\r\n", 2)]
    [InlineData("HPUB {0} 0 0\r\n\r\n", 4)]
    [InlineData("-ERR {0}\n", 0)]
    public void The_control_line_is_limited_to_its_arguments(string format, int others)
    {
        Status(string.Format(format, new string('a', 64 - others)), CommandText.Usual).ShouldBe(ParseStatus.Done);
        Status(string.Format(format, new string('a', 65 - others)), CommandText.Usual).ShouldBe(ParseStatus.ControlLineTooLong);
    }

    [Fact]
    public void A_line_without_end_is_refused_as_soon_as_it_is_too_long()
    {
        Status("SUB " + new string('a', 64), CommandText.Usual).ShouldBe(ParseStatus.NeedMore);
        Status("SUB " + new string('a', 64) + "\r", CommandText.Usual).ShouldBe(ParseStatus.NeedMore);
        Status("SUB " + new string('a', 65), CommandText.Usual).ShouldBe(ParseStatus.ControlLineTooLong);
        Status("PUB " + new string('a', 65), CommandText.Usual).ShouldBe(ParseStatus.ControlLineTooLong);
        // PING takes rubbish of any length: nats-server counts only arguments.
        Status("PING" + new string('a', 1000), CommandText.Usual).ShouldBe(ParseStatus.NeedMore);
    }

    [Fact]
    public void Headers_need_support()
    {
        ParserLimits limits = CommandText.Usual with { HeadersSupported = false };

        Status("HPUB a 0 0\r\n\r\n", limits).ShouldBe(ParseStatus.HeadersNotSupported);
        Status("HPUB a\rb 0 0\r\n\r\n", limits).ShouldBe(ParseStatus.HeadersNotSupported);
        Status("PUB a 0\r\n\r\n", limits).ShouldBe(ParseStatus.Done);
    }

    [Fact]
    public void Without_a_payload_limit_nine_digits_are_the_limit() =>
        Status("PUB a 999999999\r\n", CommandText.Usual with { MaxPayloadBytes = -1 }).ShouldBe(ParseStatus.NeedMore);

    [Fact]
    public void An_unfinished_message_says_how_long_it_will_be()
    {
        byte[] bytes = "HPUB a 12 20\r\nNATS/1.0\r\n\r\n12345678\r\n"u8.ToArray();
        ParserLimits limits = CommandText.Usual;
        for (int length = 14; length < bytes.Length; length++)
        {
            Command command = default;
            CommandParser.Read(bytes.AsSpan(0, length), in limits, ref command).ShouldBe(ParseStatus.NeedMore);
            command.NeededLength.ShouldBe(bytes.Length);
        }
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("007", 7)]
    [InlineData("999999999", 999_999_999)]
    [InlineData("0000000001", -1)]
    [InlineData("", -1)]
    [InlineData("-1", -1)]
    [InlineData("1 ", -1)]
    [InlineData("١", -1)]
    public void Sizes_are_up_to_nine_digits(string text, int expected) => CommandParser.ParseSize(Encoding.UTF8.GetBytes(text)).ShouldBe(expected);

    [Fact]
    public void However_the_bytes_are_cut_the_commands_are_the_same() =>
        Gen.Select(CommandGen.Stream, CommandGen.Limits, Gen.Double[0, 1].Array[0, 12]).Sample((stream, limits, cuts) =>
        {
            byte[] bytes = Encoding.Latin1.GetBytes(stream);
            CommandText.ReadAll(Cut(bytes, cuts), limits).ShouldBe(CommandText.ReadAll(bytes, limits));
        }, iter: 20_000);

    [Fact]
    public void Byte_by_byte_the_commands_are_the_same() =>
        Gen.Select(CommandGen.Stream, CommandGen.Limits).Sample((stream, limits) =>
        {
            byte[] bytes = Encoding.Latin1.GetBytes(stream);
            CommandText.ReadAll(bytes.Select(value => new[] { value }), limits).ShouldBe(CommandText.ReadAll(bytes, limits));
        }, iter: 2_000);

    private static IEnumerable<byte[]> Cut(byte[] bytes, double[] cuts)
    {
        int[] places = [0, .. cuts.Select(cut => (int)(cut * bytes.Length)).Order(), bytes.Length];
        return places.Zip(places.Skip(1), (from, to) => bytes[from..to]);
    }

    private static ParseStatus Status(string text, ParserLimits limits)
    {
        Command command = default;
        return CommandParser.Read(Encoding.Latin1.GetBytes(text), in limits, ref command);
    }
}
