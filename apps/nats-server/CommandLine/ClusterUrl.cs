namespace DotNats.App.CommandLine;

/// <summary>Checks the URL of <c>--cluster</c>.</summary>
internal static class ClusterUrl
{
    /// <summary>Returns what is wrong with <paramref name="url"/> in nats-server's words, or null.</summary>
    public static string? Check(string url)
    {
        int scheme = url.IndexOf("://", StringComparison.Ordinal);
        string authority = scheme < 0 ? "" : url[(scheme + 3)..];
        int end = authority.IndexOfAny(['/', '?', '#']);
        if (end >= 0) authority = authority[..end];
        int at = authority.LastIndexOf('@');
        string hostAndPort = authority[(at + 1)..];
        if (hostAndPort.Length == 0) return "missing port in address";
        int colon = hostAndPort.LastIndexOf(':');
        if (colon < 0 || hostAndPort.EndsWith(']')) return $"address {hostAndPort}: missing port in address";
        if (!int.TryParse(hostAndPort.AsSpan(colon + 1), out _)) return $"parse \"{url}\": invalid port \"{hostAndPort[colon..]}\" after host";
        return at >= 0 && !authority[..at].Contains(':', StringComparison.Ordinal) ? "expected cluster password to be set" : null;
    }
}
