using DotNats.Primitives;

namespace DotNats.Logging;

/// <summary>How a syslog daemon is reached.</summary>
public enum SyslogTransport
{
    /// <summary>The machine's own daemon, at one of its well-known sockets.</summary>
    Local,
    Udp,
    Tcp,

    /// <summary>A stream socket in the file system.</summary>
    Unix,
}

/// <summary>Address of a syslog daemon.</summary>
/// <param name="Host">Host name or address; empty for <see cref="SyslogTransport.Unix"/>.</param>
/// <param name="Port">UDP or TCP port; 0 for <see cref="SyslogTransport.Unix"/>.</param>
/// <param name="Path">Socket file of <see cref="SyslogTransport.Unix"/>.</param>
public sealed record SyslogAddress(SyslogTransport Transport, string Host, int Port, string Path)
{
    public static SyslogAddress Local { get; } = new(SyslogTransport.Local, "", 0, "");

    /// <summary>Reads a <c>remote_syslog</c> value: <c>udp://host:port</c>, <c>tcp://host:port</c> or <c>unix:///path</c>.</summary>
    /// <exception cref="LogDestinationException">Another scheme, or no port; the message is nats-server's.</exception>
    public static SyslogAddress Parse(string url)
    {
        int colon = url.IndexOf(':');
        string scheme = colon < 0 ? "" : url[..colon];
        string rest = url[(colon + 1)..];
        if (rest.StartsWith("//", StringComparison.Ordinal)) rest = rest[2..];
        switch (scheme)
        {
            case "udp":
            case "tcp":
                return ParseHostAndPort(scheme, rest);
            case "unix":
                int path = rest.IndexOf('/');
                return new SyslogAddress(SyslogTransport.Unix, "", 0, path < 0 ? "" : rest[path..]);
            default:
                throw new LogDestinationException($"error invalid network type: {GoQuote.Quote(scheme)}");
        }
    }

    private static SyslogAddress ParseHostAndPort(string scheme, string rest)
    {
        int end = rest.IndexOfAny('/', '?');
        string authority = end < 0 ? rest : rest[..end];
        int colon = authority.LastIndexOf(':');
        if (colon < 0 || authority.EndsWith(']') || !ushort.TryParse(authority.AsSpan(colon + 1), out ushort port))
        {
            string error = $"dial {scheme}: address {authority}: missing port in address";
            throw new LogDestinationException($"error connecting to syslog: {GoQuote.Quote(error)}");
        }
        string host = authority[..colon].Trim('[', ']');
        return new SyslogAddress(scheme == "udp" ? SyslogTransport.Udp : SyslogTransport.Tcp, host, port, "");
    }
}
