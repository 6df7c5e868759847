namespace DotNats.Client;

/// <summary>Host, port and what else a NATS URL says.</summary>
internal sealed record ServerAddress(string Host, int Port, bool RequiresTls, NatsCredentials? Credentials)
{
    private const int DefaultPort = 4222;

    /// <exception cref="FormatException">The text is no NATS URL.</exception>
    public static ServerAddress Parse(string url)
    {
        string full = url.Contains("://", StringComparison.Ordinal) ? url : $"nats://{url}";
        if (!Uri.TryCreate(full, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("nats" or "tls") || uri.Host.Length == 0)
            throw new FormatException("A NATS URL reads nats://host:port or tls://host:port.");
        return new ServerAddress(uri.DnsSafeHost, uri.Port > 0 ? uri.Port : DefaultPort, uri.Scheme == "tls", CredentialsOf(uri.UserInfo));
    }

    /// <summary>Without credentials: it goes into messages.</summary>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    private static NatsCredentials? CredentialsOf(string userInfo)
    {
        if (userInfo.Length == 0) return null;
        int colon = userInfo.IndexOf(':', StringComparison.Ordinal);
        return colon < 0
            ? NatsCredentials.Token(Uri.UnescapeDataString(userInfo))
            : NatsCredentials.UserPassword(Uri.UnescapeDataString(userInfo[..colon]), Uri.UnescapeDataString(userInfo[(colon + 1)..]));
    }
}
