using Microsoft.Extensions.Logging;

namespace DotNats.Http;

/// <summary>Log lines of the HTTP parts; the texts are nats-server's.</summary>
internal static partial class HttpLog
{
    [LoggerMessage(7001, LogLevel.Information, "Starting {Protocol} monitor on {Address}")]
    public static partial void Starting(ILogger logger, string protocol, string address);

    [LoggerMessage(7002, LogLevel.Warning, "Healthcheck: js-enabled deprecated, use js-enabled-only instead")]
    public static partial void DeprecatedOption(ILogger logger);

    [LoggerMessage(7003, LogLevel.Warning, "Healthcheck failed: {Error}")]
    public static partial void Unhealthy(ILogger logger, string error);

    [LoggerMessage(7004, LogLevel.Warning, "Healthcheck failed: {Count} errors")]
    public static partial void UnhealthyDetails(ILogger logger, int count);

    [LoggerMessage(7005, LogLevel.Error, "monitoring: TLS handshake error from {Address}: {Reason}")]
    public static partial void HandshakeFailed(ILogger logger, string address, string reason);

    [LoggerMessage(7006, LogLevel.Information, "profiling port: {Port}")]
    public static partial void ProfilePort(ILogger logger, int port);
}
