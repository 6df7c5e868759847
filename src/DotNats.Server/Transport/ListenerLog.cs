using Microsoft.Extensions.Logging;

namespace DotNats.Server.Transport;

/// <summary>What is said about the client listener once it is bound. Texts are nats-server's: test suites read the port from them.</summary>
internal static partial class ListenerLog
{
    /// <summary>Says where clients connect and how.</summary>
    /// <param name="port">The port really bound; the host shows as configured.</param>
    public static void Announce(ILogger logger, NatsServerOptions options, int port)
    {
        string host = options.Host.Contains(':', StringComparison.Ordinal) ? $"[{options.Host.Trim('[', ']')}]" : options.Host;
        Listening(logger, host, port);
        if (options.ProxyProtocol) ProxyProtocol(logger);
        if (options.Tls is not { } tls) return;
        // Handshake first without a fallback leaves plain clients no way in, whatever allow_non_tls says.
        bool handshakeOnly = tls is { HandshakeFirst: true, HandshakeFirstFallback: null };
        if (options.AllowNonTls && !handshakeOnly) TlsAvailable(logger);
        else TlsRequired(logger);
        if (handshakeOnly) HandshakeFirst(logger);
    }

    [LoggerMessage(140, LogLevel.Information, "Listening for client connections on {Host}:{Port}")]
    private static partial void Listening(ILogger logger, string host, int port);

    [LoggerMessage(141, LogLevel.Information, "PROXY protocol enabled for client connections")]
    private static partial void ProxyProtocol(ILogger logger);

    [LoggerMessage(142, LogLevel.Information, "TLS required for client connections")]
    private static partial void TlsRequired(ILogger logger);

    [LoggerMessage(143, LogLevel.Information, "TLS available for client connections")]
    private static partial void TlsAvailable(ILogger logger);

    [LoggerMessage(144, LogLevel.Warning, "Clients that are not using \"TLS Handshake First\" option will fail to connect")]
    private static partial void HandshakeFirst(ILogger logger);
}
