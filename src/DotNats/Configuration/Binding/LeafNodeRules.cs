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
    /// <param name="warning">What the proxy will not be used for, or null.</param>
    public static string? CheckProxy(LeafNodeRemoteOptions remote, out string? warning)
    {
        warning = null;
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
        if (secure is not null && remote.Tls is null)
        {
            return $"proxy is configured but remote URL {secure.Redacted} requires TLS and no TLS configuration is provided. "
                + "When using proxy with TLS endpoints, ensure TLS is properly configured for the leafnode remote";
        }
        int webSockets = remote.Urls.Count(u => u.IsWebSocket);
        if (remote.Urls.Count > 0 && webSockets == 0)
        {
            warning = "proxy configuration will be ignored: proxy settings only apply to WebSocket connections (ws:// or wss://), "
                + "but all configured URLs use TCP connections (nats://)";
        }
        else if (webSockets < remote.Urls.Count)
        {
            warning = "proxy configuration will only be used for WebSocket URLs: proxy settings do not apply to TCP connections (nats://)";
        }
        return null;
    }
}
