using System.Buffers.Binary;
using System.Net;

namespace DotNats.Protocol.Proxy;

/// <summary>PROXY protocol version 2: signature, version and command, family and protocol, length, addresses, extensions.</summary>
internal static class ProxyBlock
{
    private const int FixedBytes = 16;
    private const int Version = 0x20;
    private const int LocalCommand = 0;
    private const int ProxyCommand = 1;
    private const int Stream = 1;
    private const int FamilyUnspecified = 0x00;
    private const int FamilyVersion4 = 0x10;
    private const int FamilyVersion6 = 0x20;

    // Two addresses, two ports.
    private const int Version4Bytes = 12;
    private const int Version6Bytes = 36;

    public static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    public static ProxyHeaderStatus Read(ReadOnlySpan<byte> bytes, out ProxyHeader header, out string? error)
    {
        header = default;
        error = null;
        if (bytes.Length < Signature.Length) return ProxyHeaderStatus.NeedMore;
        if (!bytes.StartsWith(Signature))
        {
            error = "invalid PROXY protocol header: invalid signature";
            return ProxyHeaderStatus.Invalid;
        }

        if (bytes.Length < FixedBytes) return ProxyHeaderStatus.NeedMore;
        error = Check(bytes, out bool isLocal);
        if (error is not null) return ProxyHeaderStatus.Invalid;
        int length = FixedBytes + BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        if (bytes.Length < length) return ProxyHeaderStatus.NeedMore;
        header = new ProxyHeader(isLocal ? null : ReadSource(bytes), length);
        return ProxyHeaderStatus.Done;
    }

    public static string DescribeMissing(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Signature.Length) return "v2 signature";
        if (bytes.Length < FixedBytes) return "v2 header";
        return (bytes[13] & 0xF0) == FamilyVersion4 ? "IPv4 address data" : "IPv6 address data";
    }

    // In nats-server's order: each flaw has its own text, and the first one found is told.
    private static string? Check(ReadOnlySpan<byte> bytes, out bool isLocal)
    {
        int command = bytes[12] & 0x0F;
        int family = bytes[13] & 0xF0;
        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        isLocal = command == LocalCommand || family == FamilyUnspecified;
        if ((bytes[12] & 0xF0) != Version) return $"invalid PROXY protocol header: invalid version 0x{bytes[12] & 0xF0:x2}";
        if (command == LocalCommand) return null;
        if (command != ProxyCommand) return $"unknown PROXY protocol command: 0x{command:x2}";
        if ((bytes[13] & 0x0F) != Stream) return "unsupported PROXY protocol feature: only STREAM protocol supported";
        return family switch
        {
            FamilyUnspecified => null,
            FamilyVersion4 => length < Version4Bytes ? $"IPv4 address data too short: {length} bytes" : null,
            FamilyVersion6 => length < Version6Bytes ? $"IPv6 address data too short: {length} bytes" : null,
            _ => $"unsupported PROXY protocol feature: unsupported address family 0x{family:x2}",
        };
    }

    private static IPEndPoint ReadSource(ReadOnlySpan<byte> bytes)
    {
        int addressBytes = (bytes[13] & 0xF0) == FamilyVersion4 ? 4 : 16;
        var address = new IPAddress(bytes.Slice(FixedBytes, addressBytes));
        int port = BinaryPrimitives.ReadUInt16BigEndian(bytes[(FixedBytes + addressBytes * 2)..]);
        return new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, port);
    }
}
