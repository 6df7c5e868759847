using Microsoft.Extensions.Logging;

namespace DotNats.JetStream.Consumers;

/// <summary>What is logged when consumers are made, brought back and deleted. Texts are nats-server's where it has one.</summary>
internal static partial class ConsumerLog
{
    [LoggerMessage(670, LogLevel.Warning, "Consumer create failed for '{Account} > {Stream} > {Consumer}': {Reason}")]
    public static partial void StoreFailed(ILogger logger, string account, string stream, string consumer, string reason);

    [LoggerMessage(671, LogLevel.Error, "Consumer '{Account} > {Stream} > {Consumer}' could not be deleted: {Reason}")]
    public static partial void DeleteFailed(ILogger logger, string account, string stream, string consumer, string reason);

    [LoggerMessage(672, LogLevel.Information, "  Recovering {Count} consumers for stream - '{Account} > {Stream}'")]
    public static partial void Recovering(ILogger logger, int count, string account, string stream);

    [LoggerMessage(673, LogLevel.Warning, "    Error adding consumer '{Account} > {Stream} > {Consumer}': {Reason}")]
    public static partial void NotRecovered(ILogger logger, string account, string stream, string consumer, string reason);

    [LoggerMessage(674, LogLevel.Warning, "  Detected unsupported consumer '{Account} > {Stream} > {Consumer}': {Reason}")]
    public static partial void Unsupported(ILogger logger, string account, string stream, string consumer, string reason);

    [LoggerMessage(675, LogLevel.Warning, "  Stopping unsupported stream '{Account} > {Stream}'")]
    public static partial void StreamStopped(ILogger logger, string account, string stream);

    [LoggerMessage(676, LogLevel.Error, "    No consumer can be read in \"{Path}\": {Reason}. It is left as it is")]
    public static partial void Quarantined(ILogger logger, string path, string reason);
}
