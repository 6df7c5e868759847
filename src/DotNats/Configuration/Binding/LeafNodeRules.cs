using DotNats.Configuration.Language;

namespace DotNats.Configuration.Binding;

/// <summary>What must hold for a leaf node remote, whether it comes from a file or from code.</summary>
internal static class LeafNodeRules
{
    /// <summary>How messages name a remote; two with the same name cannot be told apart.</summary>
    public static string NameOf(LeafNodeRemoteOptions remote, bool redacted)
    {
        string urls = GoText.Quote(remote.Urls.Select(u => redacted ? u.Redacted : u.Text));
        string credentials = remote.CredentialsFile is { } file ? $", credentials={GoText.Quote(file)}"
            : remote.Seed is { } seed ? $", nkey={GoText.Quote(redacted ? "[REDACTED]" : seed)}"
            : "";
        return $"urls={urls}, account={GoText.Quote(remote.Account ?? "$G")}{credentials}";
    }

    /// <summary>What is wrong with a remote's proxy, or null.</summary>
    public static string? CheckProxy(LeafNodeRemoteOptions remote)
    {
        if (remote.Proxy is not { Url.Length: > 0 } proxy)
            return null;
        if (!UrlReader.TryParse(proxy.Url, out ServerUrl? url))
            return $"invalid proxy URL: parse {GoText.Quote(proxy.Url)}: not a URL";
        if (url!.Scheme is not ("http" or "https"))
            return $"proxy URL scheme must be http or https, got: {url.Scheme}";
        if (url.HostAndPort.Length == 0)
            return "proxy URL must specify a host";
        if (proxy.Timeout < TimeSpan.Zero)
            return "proxy timeout must be >= 0";
        if (proxy.Username is null != proxy.Password is null)
            return "proxy username and password must both be specified or both be empty";
        ServerUrl? secure = remote.Urls.FirstOrDefault(u => u.Scheme == "wss");
        if (secure is null || remote.Tls is not null)
            return null;
        return $"proxy is configured but remote URL {secure.Redacted} requires TLS and no TLS configuration is provided. "
            + "When using proxy with TLS endpoints, ensure TLS is properly configured for the leafnode remote";
    }
}
