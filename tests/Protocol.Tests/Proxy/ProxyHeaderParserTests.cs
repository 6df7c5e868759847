using System.Buffers.Binary;
using System.Net;
using System.Text;
using CsCheck;
using DotNats.Protocol.Proxy;
using Shouldly;
using Xunit;

namespace Protocol.Tests.Proxy;

public class ProxyHeaderParserTests
{
    private static readonly byte[] Signature = "\r\n\r\n\0\r\nQUIT\n"u8.ToArray();

    [Theory]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 1111 2222\r\n", "1.2.3.4:1111")]
    [InlineData("PROXY TCP6   ::1 ::2 1111 2222  \r\n", "[::1]:1111")]
    [InlineData("PROXY TCP6 ::ffff:1.2.3.4 ::ffff:1.2.3.5 11 22\r\n", "1.2.3.4:11")]
    [InlineData("PROXY\tx", null)]
    public void Reads_the_address_of_a_line(string line, string? source)
    {
        ProxyHeaderStatus status = Read(line, out ProxyHeader header, out string? error);

        status.ShouldBe(source is null ? ProxyHeaderStatus.Unrecognized : ProxyHeaderStatus.Done, error);
        header.Source?.ToString().ShouldBe(source);
        if (source is not null) header.Length.ShouldBe(line.Length);
    }

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("PROXY UNKNOWN a b c d e f g\r\n")]
    public void An_unknown_peer_keeps_its_own_address(string line)
    {
        Read(line + "CONNECT {}", out ProxyHeader header, out _).ShouldBe(ProxyHeaderStatus.Done);
        header.ShouldBe(new ProxyHeader(null, line.Length));
    }

    [Theory]
    [InlineData("PROXY TCP4 1.2.3 5.6.7.8 1111 2222\r\n", "invalid PROXY protocol header: invalid address")]
    [InlineData("PROXY TCP4 01.2.3.4 5.6.7.8 1111 2222\r\n", "invalid PROXY protocol header: invalid address")]
    [InlineData("PROXY TCP4 1.2.3.4 256.6.7.8 1111 2222\r\n", "invalid PROXY protocol header: invalid address")]
    [InlineData("PROXY TCP6 fe80::1%eth0 ::2 1111 2222\r\n", "invalid PROXY protocol header: invalid address")]
    [InlineData("PROXY TCP6 [::1] ::2 1111 2222\r\n", "invalid PROXY protocol header: invalid address")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 111111 2222\r\n", "invalid source port: strconv.ParseUint: parsing \"111111\": value out of range")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 -1 2222\r\n", "invalid source port: strconv.ParseUint: parsing \"-1\": invalid syntax")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 11 x\r\n", "invalid dest port: strconv.ParseUint: parsing \"x\": invalid syntax")]
    [InlineData("PROXY TCP4 ::1 5.6.7.8 11 22\r\n", "invalid PROXY protocol header: TCP4 with IPv6 address")]
    [InlineData("PROXY TCP6 ::1 5.6.7.8 11 22\r\n", "invalid PROXY protocol header: TCP6 with IPv4 address")]
    [InlineData("PROXY UDP4 1.2.3.4 5.6.7.8 11 22\r\n", "invalid PROXY protocol header: invalid protocol UDP4")]
    [InlineData("PROXY \r\n", "invalid PROXY protocol header: invalid v1 format")]
    [InlineData("PROXY TCP4 1.2.3.4\r\n", "invalid PROXY protocol header: invalid v1 format")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 11 22 33\r\n", "invalid PROXY protocol header: invalid v1 format")]
    public void Refuses_a_line_that_breaks_the_rules(string line, string message)
    {
        Read(line, out _, out string? error).ShouldBe(ProxyHeaderStatus.Invalid);
        error.ShouldBe(message);
    }

    [Fact]
    public void A_line_ends_within_107_bytes()
    {
        string longest = "PROXY UNKNOWN " + new string('x', 107 - 16) + "\r\n";

        Read(longest, out ProxyHeader header, out _).ShouldBe(ProxyHeaderStatus.Done);
        header.Length.ShouldBe(107);
        Read(longest[..106], out _, out _).ShouldBe(ProxyHeaderStatus.NeedMore);
        Read("PROXY UNKNOWN " + new string('x', 107 - 15) + "\r\n", out _, out string? error).ShouldBe(ProxyHeaderStatus.Invalid);
        error.ShouldBe("invalid PROXY protocol header: v1 line too long");
    }

    [Fact]
    public void Reads_the_address_of_a_block()
    {
        byte[] block = Block(0x21, 0x11, [9, 8, 7, 6, 1, 1, 1, 1, 0x12, 0x34, 0, 80, 0xEE, 0xEE]);

        ProxyHeaderParser.Read([.. block, .. "CONNECT"u8], out ProxyHeader header, out _).ShouldBe(ProxyHeaderStatus.Done);
        header.ShouldBe(new ProxyHeader(IPEndPoint.Parse("9.8.7.6:4660"), block.Length));
    }

    [Fact]
    public void Reads_version_6_addresses_and_shows_mapped_ones_as_version_4()
    {
        byte[] addresses = new byte[36];
        addresses[15] = 1;
        addresses[32] = 0x12;
        ProxyHeaderParser.Read(Block(0x21, 0x21, addresses), out ProxyHeader header, out _).ShouldBe(ProxyHeaderStatus.Done);
        header.Source.ShouldBe(IPEndPoint.Parse("[::1]:4608"));

        new byte[] { 0xFF, 0xFF, 1, 2, 3, 4 }.CopyTo(addresses, 10);
        ProxyHeaderParser.Read(Block(0x21, 0x21, addresses), out header, out _).ShouldBe(ProxyHeaderStatus.Done);
        header.Source.ShouldBe(IPEndPoint.Parse("1.2.3.4:4608"));
    }

    [Theory]
    [InlineData(0x20, 0x00, 0)]
    [InlineData(0x20, 0x11, 4)]
    [InlineData(0x21, 0x01, 0)]
    [InlineData(0x21, 0x01, 7)]
    public void A_proxy_that_speaks_for_itself_keeps_its_own_address(int command, int family, int length)
    {
        byte[] block = Block(command, family, new byte[length]);

        ProxyHeaderParser.Read(block, out ProxyHeader header, out string? error).ShouldBe(ProxyHeaderStatus.Done, error);
        header.ShouldBe(new ProxyHeader(null, block.Length));
    }

    [Theory]
    [InlineData(0x11, 0x11, 12, "invalid PROXY protocol header: invalid version 0x10")]
    [InlineData(0x22, 0x11, 12, "unknown PROXY protocol command: 0x02")]
    [InlineData(0x21, 0x12, 12, "unsupported PROXY protocol feature: only STREAM protocol supported")]
    [InlineData(0x21, 0x00, 0, "unsupported PROXY protocol feature: only STREAM protocol supported")]
    [InlineData(0x21, 0x31, 216, "unsupported PROXY protocol feature: unsupported address family 0x30")]
    [InlineData(0x21, 0x11, 8, "IPv4 address data too short: 8 bytes")]
    [InlineData(0x21, 0x21, 8, "IPv6 address data too short: 8 bytes")]
    public void Refuses_a_block_that_breaks_the_rules(int command, int family, int length, string message)
    {
        ProxyHeaderParser.Read(Block(command, family, new byte[length]), out _, out string? error).ShouldBe(ProxyHeaderStatus.Invalid);
        error.ShouldBe(message);
    }

    [Fact]
    public void Refuses_a_damaged_signature()
    {
        byte[] block = Block(0x21, 0x11, new byte[12]);
        block[11] = 0x11;

        ProxyHeaderParser.Read(block, out _, out string? error).ShouldBe(ProxyHeaderStatus.Invalid);
        error.ShouldBe("invalid PROXY protocol header: invalid signature");
    }

    [Theory]
    [InlineData("CONNECT {}\r\n")]
    [InlineData("PING\r\n")]
    [InlineData("PUB a 1\r\n")]
    [InlineData("\r\nPING\r\n")]
    [InlineData("\u0016\u0003\u0001")]
    public void Everything_else_is_the_clients_own(string text) => Read(text, out _, out _).ShouldBe(ProxyHeaderStatus.Unrecognized);

    [Fact]
    public void Every_split_gives_the_same_answer()
    {
        byte[][] headers =
        [
            "PROXY TCP4 1.2.3.4 5.6.7.8 1111 2222\r\n"u8.ToArray(), "PROXY UNKNOWN\r\n"u8.ToArray(),
            Block(0x21, 0x11, [9, 8, 7, 6, 1, 1, 1, 1, 0x12, 0x34, 0, 80, 1, 2, 3]), Block(0x20, 0, []),
        ];
        foreach (byte[] header in headers)
        {
            for (int length = 0; length < header.Length; length++)
                ProxyHeaderParser.Read(header.AsSpan(0, length), out _, out string? error).ShouldBe(ProxyHeaderStatus.NeedMore, $"{length}: {error}");
            ProxyHeaderParser.Read(header, out ProxyHeader whole, out _).ShouldBe(ProxyHeaderStatus.Done);
            whole.Length.ShouldBe(header.Length);
        }
    }

    [Fact]
    public void Says_what_a_silent_proxy_still_owes()
    {
        ProxyHeaderParser.DescribeMissing("PRO"u8).ShouldBe("protocol version");
        ProxyHeaderParser.DescribeMissing("PROXY T"u8).ShouldBe("v1 line");
        byte[] block = Block(0x21, 0x11, new byte[12]);
        ProxyHeaderParser.DescribeMissing(block.AsSpan(0, 8)).ShouldBe("v2 signature");
        ProxyHeaderParser.DescribeMissing(block.AsSpan(0, 13)).ShouldBe("v2 header");
        ProxyHeaderParser.DescribeMissing(block.AsSpan(0, 20)).ShouldBe("IPv4 address data");
    }

    [Fact]
    public void Arbitrary_bytes_never_throw_and_more_bytes_never_unsay_an_answer()
    {
        Gen<byte[]> starts = Gen.OneOf(Gen.Const("PROXY "u8.ToArray()), Gen.Const(Signature), Gen.Const(Array.Empty<byte>()), Gen.Const("PROXY TCP4 "u8.ToArray()));
        Gen.Select(starts, Gen.Byte.Array[0, 160]).Sample((start, rest) =>
        {
            byte[] bytes = [.. start, .. rest];
            ProxyHeaderStatus decided = ProxyHeaderStatus.NeedMore;
            for (int length = 0; length <= bytes.Length; length++)
            {
                ProxyHeaderStatus status = ProxyHeaderParser.Read(bytes.AsSpan(0, length), out ProxyHeader header, out string? error);
                if (decided != ProxyHeaderStatus.NeedMore) status.ShouldBe(decided);
                if (status == ProxyHeaderStatus.Done) header.Length.ShouldBeLessThanOrEqualTo(length);
                (error is not null).ShouldBe(status == ProxyHeaderStatus.Invalid);
                decided = status;
            }
        });
    }

    private static ProxyHeaderStatus Read(string text, out ProxyHeader header, out string? error) =>
        ProxyHeaderParser.Read(Encoding.Latin1.GetBytes(text), out header, out error);

    private static byte[] Block(int command, int family, byte[] data)
    {
        byte[] length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)data.Length);
        return [.. Signature, (byte)command, (byte)family, .. length, .. data];
    }
}
