using System.Globalization;

namespace DotNats;

/// <summary>Address of another server: <c>scheme://user:password@host:port</c>.</summary>
public sealed record ServerUrl
{
    /// <summary>The URL as written, surrounding blanks removed. May hold a password: see <see cref="Redacted"/>.</summary>
    public required string Text { get; init; }

    /// <summary>nats-route, nats, tls, nats-leaf, ws, wss, http, https…; lower case, empty when there is none.</summary>
    public string Scheme { get; init; } = "";

    public string? Username { get; init; }

    public string? Password { get; init; }

    /// <summary>Name or address, IPv6 without brackets; empty when there is none.</summary>
    public string Host { get; init; } = "";

    /// <summary>Null when the URL names none.</summary>
    public int? Port { get; init; }

    /// <summary>True for ws and wss.</summary>
    public bool IsWebSocket => Scheme is "ws" or "wss";

    /// <summary>The URL with its password hidden, for logs.</summary>
    public string Redacted
    {
        get
        {
            if (Password is not null) return $"{Scheme}://{Username}:xxxxx@{HostAndPort}";
            // Without "//" a password is not known for one.
            return Host.Length > 0 ? Text : HidePassword(Text);
        }
    }

    /// <summary>A text that is meant for a URL, with the password hidden that is in it.</summary>
    internal static string HidePassword(string text)
    {
        int scheme = text.IndexOf("//", StringComparison.Ordinal);
        int start = scheme < 0 ? 0 : scheme + 2;
        int at = text.LastIndexOf('@');
        int colon = text.IndexOf(':', start);
        return colon < 0 || at < colon ? text : $"{text[..(colon + 1)]}xxxxx{text[at..]}";
    }

    /// <summary>Host and port as a URL has them.</summary>
    public string HostAndPort
    {
        get
        {
            string host = Host.Contains(':') ? $"[{Host}]" : Host;
            return Port is null ? host : string.Create(CultureInfo.InvariantCulture, $"{host}:{Port}");
        }
    }

    public override string ToString() => Redacted;
}
