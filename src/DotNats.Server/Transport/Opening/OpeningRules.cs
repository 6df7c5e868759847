using DotNats.Server.Transport.Tls;

namespace DotNats.Server.Transport.Opening;

/// <summary>What has to be settled on a new connection before the NATS protocol may flow.</summary>
/// <param name="ExpectsProxyHeader">A PROXY protocol header may come first (<c>proxy_protocol</c>).</param>
/// <param name="Tls">TLS as configured; null for none.</param>
/// <param name="AllowsPlain">TLS is offered, not demanded (<c>allow_non_tls</c>, in process): the first byte tells.</param>
/// <param name="HandshakeFirst">The TLS handshake comes before INFO.</param>
/// <param name="Fallback">How long a handshake that comes first is waited for; null for as long as a handshake may take.</param>
internal readonly record struct OpeningRules(bool ExpectsProxyHeader, TlsContext? Tls, bool AllowsPlain, bool HandshakeFirst, TimeSpan? Fallback)
{
    // nats-server's auto fallback: clients in the process may use TLS, TLS first, or none.
    private static readonly TimeSpan InProcessFallback = TimeSpan.FromMilliseconds(50);

    /// <summary>Nothing: greet and go on.</summary>
    public bool IsPlain => !ExpectsProxyHeader && Tls is null;

    /// <summary>The client's first bytes decide nothing: the handshake begins at once.</summary>
    public bool StartsWithTls => Tls is not null && !ExpectsProxyHeader && !AwaitsFirstBytes && !SniffsFirstByte;

    public bool AwaitsFirstBytes => HandshakeFirst && Fallback is not null;

    public bool SniffsFirstByte => Tls is not null && AllowsPlain && !HandshakeFirst;

    public static OpeningRules For(NatsServerOptions options, TlsContext? tls, bool isInProcess)
    {
        bool first = tls is { Options.HandshakeFirst: true };
        TimeSpan? fallback = first ? tls!.Options.HandshakeFirstFallback ?? (isInProcess ? InProcessFallback : null) : null;
        return new OpeningRules(options.ProxyProtocol, tls, options.AllowNonTls || isInProcess, first, fallback);
    }
}
