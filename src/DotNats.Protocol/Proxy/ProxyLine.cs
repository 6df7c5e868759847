using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using DotNats.Primitives;

namespace DotNats.Protocol.Proxy;

/// <summary>PROXY protocol version 1: <c>PROXY TCP4|TCP6|UNKNOWN source destination source-port destination-port CR LF</c>.</summary>
internal static class ProxyLine
{
    private const int PrefixBytes = 6;

    // With the prefix and CR LF; the specification's number.
    private const int LongestLineBytes = 107;

    // One more than a whole line has, so that what follows the last is seen.
    private const int MostFields = 6;

    private const string Invalid = "invalid PROXY protocol header: ";

    private static readonly SearchValues<byte> Blanks = SearchValues.Create(" \t\n\v\f\r"u8);

    private static readonly SearchValues<byte> Version6Characters = SearchValues.Create("0123456789abcdefABCDEF:."u8);

    public static ProxyHeaderStatus Read(ReadOnlySpan<byte> bytes, out ProxyHeader header, out string? error)
    {
        header = default;
        error = null;
        ReadOnlySpan<byte> window = bytes[PrefixBytes..Math.Min(bytes.Length, LongestLineBytes)];
        int end = window.IndexOf("\r\n"u8);
        if (end >= 0)
        {
            error = ReadFields(window[..end], out IPEndPoint? source);
            header = new ProxyHeader(source, PrefixBytes + end + 2);
            return error is null ? ProxyHeaderStatus.Done : ProxyHeaderStatus.Invalid;
        }

        if (bytes.Length < LongestLineBytes) return ProxyHeaderStatus.NeedMore;
        error = Invalid + "v1 line too long";
        return ProxyHeaderStatus.Invalid;
    }

    private static string? ReadFields(ReadOnlySpan<byte> line, out IPEndPoint? source)
    {
        source = null;
        Span<Range> fields = stackalloc Range[MostFields];
        int count = Split(line, fields);
        if (count == 0) return Invalid + "invalid v1 format";
        ReadOnlySpan<byte> protocol = line[fields[0]];
        if (protocol.SequenceEqual("UNKNOWN"u8)) return null;
        if (count != 5) return Invalid + "invalid v1 format";
        ReadOnlySpan<byte> from = line[fields[1]];
        ReadOnlySpan<byte> to = line[fields[2]];
        if (!TryReadAddress(from, out IPAddress? address) || !TryReadAddress(to, out _)) return Invalid + "invalid address";
        if (ReadPort(line[fields[3]], out ushort port) is { } sourceFlaw) return $"invalid source port: {sourceFlaw}";
        if (ReadPort(line[fields[4]], out _) is { } destinationFlaw) return $"invalid dest port: {destinationFlaw}";
        if (CheckFamily(protocol, from.Contains((byte)':'), to.Contains((byte)':')) is { } flaw) return Invalid + flaw;
        source = new IPEndPoint(address!.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, port);
        return null;
    }

    // How an address is written decides its family: a mapped IPv4 address is a TCP6 one.
    private static string? CheckFamily(ReadOnlySpan<byte> protocol, bool fromIsVersion6, bool toIsVersion6)
    {
        if (protocol.SequenceEqual("TCP4"u8)) return fromIsVersion6 || toIsVersion6 ? "TCP4 with IPv6 address" : null;
        if (protocol.SequenceEqual("TCP6"u8)) return fromIsVersion6 && toIsVersion6 ? null : "TCP6 with IPv4 address";
        return $"invalid protocol {Encoding.UTF8.GetString(protocol)}";
    }

    private static int Split(ReadOnlySpan<byte> line, Span<Range> fields)
    {
        int count = 0;
        int at = 0;
        while (count < fields.Length)
        {
            int start = line[at..].IndexOfAnyExcept(Blanks);
            if (start < 0) break;
            start += at;
            int length = line[start..].IndexOfAny(Blanks);
            at = length < 0 ? line.Length : start + length;
            fields[count++] = start..at;
        }

        return count;
    }

    // Stricter than IPAddress.TryParse, which takes "1", octal, hexadecimal, brackets and zones.
    private static bool TryReadAddress(ReadOnlySpan<byte> text, out IPAddress? address)
    {
        address = null;
        if (!text.Contains((byte)':')) return IsDottedQuad(text) && TryParse(text, AddressFamily.InterNetwork, out address);
        if (text.IndexOfAnyExcept(Version6Characters) >= 0) return false;
        int tail = text.LastIndexOf((byte)':') + 1;
        if (text.Contains((byte)'.') && !IsDottedQuad(text[tail..])) return false;
        return TryParse(text, AddressFamily.InterNetworkV6, out address);
    }

    private static bool TryParse(ReadOnlySpan<byte> text, AddressFamily family, out IPAddress? address) =>
        IPAddress.TryParse(Encoding.ASCII.GetString(text), out address) && address.AddressFamily == family;

    private static bool IsDottedQuad(ReadOnlySpan<byte> text)
    {
        int parts = 0;
        foreach (Range range in text.Split((byte)'.'))
        {
            ReadOnlySpan<byte> part = text[range];
            if (++parts > 4 || part.Length is 0 or > 3 || (part.Length > 1 && part[0] == '0')) return false;
            int value = 0;
            foreach (byte digit in part)
            {
                if (digit is < (byte)'0' or > (byte)'9') return false;
                value = value * 10 + digit - '0';
            }

            if (value > 255) return false;
        }

        return parts == 4;
    }

    // Returns what Go's strconv says of a bad number, or null.
    private static string? ReadPort(ReadOnlySpan<byte> text, out ushort port)
    {
        port = 0;
        bool digits = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;
        if (digits && ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port)) return null;
        return $"strconv.ParseUint: parsing {GoQuote.Quote(text)}: {(digits ? "value out of range" : "invalid syntax")}";
    }
}
