namespace DotNats.Protocol.Proxy;

/// <summary>Reads the header a load balancer puts before a client's bytes, version 1 (text) or 2 (binary).</summary>
/// <remarks>
/// Source: the PROXY protocol specification of HAProxy; error texts and what is tolerated are nats-server 2.15's. Call it with all bytes
/// received so far, any number of times: it keeps nothing.
/// </remarks>
public static class ProxyHeaderParser
{
    // Both versions are told apart by so many bytes.
    private const int DetectBytes = 6;

    private static ReadOnlySpan<byte> Version1Prefix => "PROXY "u8;

    /// <summary>Looks for a header at the front of <paramref name="bytes"/>.</summary>
    /// <param name="bytes">Everything received so far.</param>
    /// <param name="header">The header, with <see cref="ProxyHeaderStatus.Done"/>.</param>
    /// <param name="error">What is wrong, with <see cref="ProxyHeaderStatus.Invalid"/>.</param>
    public static ProxyHeaderStatus Read(ReadOnlySpan<byte> bytes, out ProxyHeader header, out string? error)
    {
        header = default;
        error = null;
        ReadOnlySpan<byte> start = bytes[..Math.Min(bytes.Length, DetectBytes)];
        if (Version1Prefix.StartsWith(start))
            return start.Length < DetectBytes ? ProxyHeaderStatus.NeedMore : ProxyLine.Read(bytes, out header, out error);
        if (ProxyBlock.Signature.StartsWith(start))
            return start.Length < DetectBytes ? ProxyHeaderStatus.NeedMore : ProxyBlock.Read(bytes, out header, out error);
        return ProxyHeaderStatus.Unrecognized;
    }

    /// <summary>Names the part that is missing, for the log of a peer that stopped in the middle.</summary>
    public static string DescribeMissing(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < DetectBytes) return "protocol version";
        return bytes.StartsWith(Version1Prefix) ? "v1 line" : ProxyBlock.DescribeMissing(bytes);
    }
}
