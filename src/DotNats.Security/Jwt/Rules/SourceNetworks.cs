using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace DotNats.Security;

/// <summary>The networks a user may come from (<c>src</c>).</summary>
public static class SourceNetworks
{
    private static readonly SearchValues<char> IPv6Characters = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>True when there are none or one has the address in it.</summary>
    /// <param name="address">Null when it is not known, which is in no network.</param>
    // Compat: they are tried in turn, and one that cannot be read refuses.
    public static bool Allows(IReadOnlyList<string>? networks, IPAddress? address)
    {
        if (networks is not { Count: > 0 })
            return true;
        if (address is null || (address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0))
            return false;
        foreach (string network in networks)
        {
            if (!TryParse(network, out IPAddress? start, out int prefixBits))
                return false;
            if (Contains(start, prefixBits, address))
                return true;
        }

        return false;
    }

    /// <summary>True for <c>address/bits</c> as in RFC 4632 and RFC 4291; bits beyond the prefix need not be zero.</summary>
    public static bool IsNetwork(string text) => TryParse(text, out _, out _);

    private static bool TryParse(string text, [NotNullWhen(true)] out IPAddress? start, out int prefixBits)
    {
        start = null;
        prefixBits = 0;
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !IsPlainAddress(text.AsSpan(0, slash)) || !IPAddress.TryParse(text.AsSpan(0, slash), out start))
            return false;
        int most = start.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        return int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out prefixBits) && prefixBits <= most;
    }

    // IPAddress also takes single numbers, octal and hexadecimal parts, brackets and zones, none of which is an address of a network here.
    private static bool IsPlainAddress(ReadOnlySpan<char> text)
    {
        if (text.Contains(':'))
            return !text.ContainsAnyExcept(IPv6Characters);
        int parts = 0;
        foreach (Range range in text.Split('.'))
        {
            ReadOnlySpan<char> part = text[range];
            if (part.IsEmpty || part.Length > 3 || part.IndexOfAnyExceptInRange('0', '9') >= 0 || (part.Length > 1 && part[0] == '0'))
                return false;
            parts++;
        }

        return parts == 4;
    }

    private static bool Contains(IPAddress start, int prefixBits, IPAddress address)
    {
        // An IPv4 address is itself, however it is written, on either side.
        if (start.IsIPv4MappedToIPv6 && prefixBits >= 96)
            (start, prefixBits) = (start.MapToIPv4(), prefixBits - 96);
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (start.AddressFamily != address.AddressFamily)
            return false;
        Span<byte> network = stackalloc byte[16];
        Span<byte> host = stackalloc byte[16];
        start.TryWriteBytes(network, out _);
        address.TryWriteBytes(host, out _);
        int whole = prefixBits / 8;
        int rest = prefixBits % 8;
        return network[..whole].SequenceEqual(host[..whole]) && (rest == 0 || (network[whole] ^ host[whole]) >> (8 - rest) == 0);
    }
}
