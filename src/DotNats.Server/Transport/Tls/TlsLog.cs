using DotNats.Server.Connections;
using Microsoft.Extensions.Logging;

namespace DotNats.Server.Transport.Tls;

/// <summary>What TLS logs. Texts are nats-server's: its users grep for them.</summary>
internal static partial class TlsLog
{
    [LoggerMessage(130, LogLevel.Debug, "{Connection} - Starting TLS client connection handshake")]
    public static partial void Starting(ILogger logger, Connection connection);

    [LoggerMessage(131, LogLevel.Debug, "{Connection} - TLS handshake complete")]
    public static partial void Complete(ILogger logger, Connection connection);

    [LoggerMessage(132, LogLevel.Debug, "{Connection} - TLS version {Version}, cipher suite {Suite}")]
    public static partial void Negotiated(ILogger logger, Connection connection, string version, string suite);

    [LoggerMessage(133, LogLevel.Error, "{Connection} - TLS handshake error: {Error}")]
    public static partial void Failed(ILogger logger, Connection connection, string error);

    // Port scanners and health checks do this all day.
    [LoggerMessage(134, LogLevel.Debug, "{Connection} - TLS handshake error: {Error}")]
    public static partial void Probed(ILogger logger, Connection connection, string error);

    [LoggerMessage(135, LogLevel.Debug, "{Connection} - TLS handshake timeout")]
    public static partial void TimedOut(ILogger logger, Connection connection);

    [LoggerMessage(136, LogLevel.Debug, "{Connection} - Failed pinned cert test for key id: {KeyId}")]
    public static partial void NotPinned(ILogger logger, Connection connection, string keyId);

    [LoggerMessage(137, LogLevel.Debug, "{Connection} - Failed pinned cert test as client did not provide a certificate")]
    public static partial void NothingToPin(ILogger logger, Connection connection);

    [LoggerMessage(138, LogLevel.Warning, "Rejected {Count} connections due to TLS rate limiting")]
    public static partial void RateLimited(ILogger logger, int count);
}
