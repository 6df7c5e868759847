using System.Text;
using CsCheck;
using DotNats.Protocol;
using Shouldly;
using Xunit;

namespace Protocol.Tests.Commands;

/// <summary>States and places as nats-server 2.15.1 logged them for the same bytes.</summary>
public sealed class ParserPositionTests
{
    [Theory]
    [InlineData("FOO\r\n", 0, 0)]
    [InlineData("MSG a 1 1\r\n", 0, 0)]
    [InlineData("PUT a\r\n", 30, 2)]
    [InlineData("PUBX\r\n", 31, 3)]
    [InlineData("PINX", 35, 3)]
    [InlineData("PONX\r\n", 38, 3)]
    [InlineData("PX", 29, 1)]
    [InlineData("HX\r\n", 18, 1)]
    [InlineData("HPX\r\n", 19, 2)]
    [InlineData("HPUX\r\n", 20, 3)]
    [InlineData("HPUBX\r\n", 21, 4)]
    [InlineData("HMX", 24, 2)]
    [InlineData("HMSX", 25, 3)]
    [InlineData("HMSGX", 26, 4)]
    [InlineData("HMSG a 1 1\r\n", 41, 12)]
    [InlineData("HMSG a 1 1\r\nX", 41, 12)]
    [InlineData("HMSG a 1 1\r\n\rX", 42, 13)]
    [InlineData("SX\r\n", 43, 1)]
    [InlineData("SUX\r\n", 44, 2)]
    [InlineData("SUBX\r\n", 45, 3)]
    [InlineData("UX\r\n", 59, 1)]
    [InlineData("UNX\r\n", 60, 2)]
    [InlineData("UNSX\r\n", 61, 3)]
    [InlineData("UNSUX\r\n", 62, 4)]
    [InlineData("UNSUBX\r\n", 63, 5)]
    [InlineData("CX\r\n", 10, 1)]
    [InlineData("COX\r\n", 11, 2)]
    [InlineData("CONX\r\n", 12, 3)]
    [InlineData("CONNX\r\n", 13, 4)]
    [InlineData("CONNEX\r\n", 14, 5)]
    [InlineData("CONNECX\r\n", 15, 6)]
    [InlineData("IX\r\n", 71, 1)]
    [InlineData("INX\r\n", 72, 2)]
    [InlineData("INFX\r\n", 73, 3)]
    [InlineData("+X\r\n", 1, 1)]
    [InlineData("+OX\r\n", 2, 2)]
    [InlineData("-X\r\n", 4, 1)]
    [InlineData("-EX\r\n", 5, 2)]
    [InlineData("-ERX\r\n", 6, 3)]
    [InlineData("-ERRX\r\n", 7, 4)]
    [InlineData("X", 0, 0)]
    [InlineData("\r\n", 0, 0)]
    [InlineData("PUB a 2\r\nabc\r\n", 41, 11)]
    [InlineData("PUB a 2\r\nab\rc\r\n", 42, 12)]
    [InlineData("PUB a 0\r\nX\r\n", 41, 9)]
    [InlineData("HPUB a 12 12\r\nNATS/1.0\r\n\r\nX\r\n", 41, 26)]
    [InlineData("PUB a b 3\r\nabcdefghijklmnop\r\nPING\r\n", 41, 14)]
    [InlineData("\u00ff\u0001 abc\r\n", 0, 0)]
    [InlineData("PUB\r\n", 31, 3)]
    [InlineData("SUB\r\n", 45, 3)]
    [InlineData("UNSUB\r\n", 63, 5)]
    [InlineData("HPUB\r\n", 21, 4)]
    public void The_state_and_the_first_wrong_byte_are_nats_servers(string text, int state, int offset) =>
        ParserPosition.Find(Encoding.Latin1.GetBytes(text)).ShouldBe(new ParserPosition(state, offset));

    [Fact]
    public void Whatever_is_refused_has_a_place_in_it() => CommandGen.Stream.Sample(text =>
    {
        ReadOnlySpan<byte> bytes = Encoding.Latin1.GetBytes(text);
        ParserLimits limits = CommandText.Usual;
        Command command = default;
        ParseStatus status;
        while ((status = CommandParser.Read(bytes, in limits, ref command)) == ParseStatus.Done) bytes = bytes[command.Length..];
        if (status == ParseStatus.UnknownOperation) ParserPosition.Find(bytes).Offset.ShouldBeInRange(0, bytes.Length);
    });
}
