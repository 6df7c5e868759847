using System.Text;
using DotNats.Server.Accounts;
using Shouldly;
using Xunit;

namespace Server.Tests.Accounts;

public sealed class ReplySubjectTests
{
    [Theory]
    [InlineData(0UL, "000000")]
    [InlineData(61UL, "z00000")]
    [InlineData(62UL, "010000")]
    [InlineData(ReplySubject.TicketEnd - 1, "zzzzzz")]
    public void A_number_is_written_and_read_back(ulong ticket, string digits)
    {
        byte[] room = new byte[ReplySubject.LongestLength];
        int length = ReplySubject.Write("_R_.abcdef."u8, ticket, default, room);
        Encoding.ASCII.GetString(room.AsSpan(0, length)).ShouldBe("_R_.abcdef." + digits);
        ReplySubject.TryParse(room.AsSpan(0, length), out ulong read, out ReadOnlySpan<byte> suffix).ShouldBeTrue();
        read.ShouldBe(ticket);
        suffix.Length.ShouldBe(0);
    }

    [Theory]
    [InlineData("_R_.abcdef.")]
    [InlineData("_R_.abcdef.12345")]
    [InlineData("_R_.abcdef.12-456")]
    [InlineData("_R_.abcdef.12345.")]
    public void Anything_else_is_no_number(string subject) => ReplySubject.TryParse(Encoding.ASCII.GetBytes(subject), out _, out _).ShouldBeFalse();

    // Asked from a running nats-server: what it appends with this name.
    [Fact]
    public void A_servers_digits_are_its_name_hashed() =>
        Encoding.ASCII.GetString(ReplySubject.ServerSuffix("srv")).ShouldBe(".WIpmpD2I.T");

    [Theory]
    [InlineData("", "x", "NATS/1.0|N: v||x")]
    [InlineData("NATS/1.0||", "x", "NATS/1.0|N: v||x")]
    [InlineData("NATS/1.0|A: b||", "", "NATS/1.0|A: b|N: v||")]
    [InlineData("NATS/1.0 503|A: b||", "", "NATS/1.0 503|A: b|N: v||")]
    [InlineData("NATS/1.0|N: old||", "x", "NATS/1.0|N: v||x")]
    [InlineData("NATS/1.0|N: old|A: b|N: older||", "x", "NATS/1.0|A: b|N: v||x")]
    [InlineData("NATS/1.0|Not: old|XN: other||", "x", "NATS/1.0|Not: old|XN: other|N: v||x")]
    [InlineData("abcd", "x", "abN: v||x")]
    [InlineData("N: old||", "x", "N: old|N: v||x")]
    public void A_header_is_set_behind_the_others(string block, string payload, string expected)
    {
        byte[] body = Encoding.ASCII.GetBytes((block + payload + "|").Replace("|", "\r\n", StringComparison.Ordinal));
        int headerLength = block.Replace("|", "\r\n", StringComparison.Ordinal).Length;
        byte[] room = new byte[HeaderBlock.MaxLength(body.Length, 1, 1)];
        int length = HeaderBlock.Set(body, ref headerLength, "N"u8, "v"u8, room);
        Encoding.ASCII.GetString(room.AsSpan(0, length)).Replace("\r\n", "|", StringComparison.Ordinal).ShouldBe(expected + "|");
        Encoding.ASCII.GetString(room.AsSpan(headerLength, length - headerLength)).ShouldBe(payload + "\r\n");
    }
}
