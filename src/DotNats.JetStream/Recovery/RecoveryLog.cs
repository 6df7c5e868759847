using Microsoft.Extensions.Logging;

namespace DotNats.JetStream.Recovery;

/// <summary>What is logged when streams are brought back. Texts are nats-server's where it has one.</summary>
internal static partial class RecoveryLog
{
    [LoggerMessage(660, LogLevel.Information, "  Starting restore for stream '{Account} > {Stream}'")]
    public static partial void Starting(ILogger logger, string account, string stream);

    [LoggerMessage(661, LogLevel.Information, "  Restored {Messages} messages for stream '{Account} > {Stream}' in {Duration}")]
    public static partial void Restored(ILogger logger, string messages, string account, string stream, string duration);

    [LoggerMessage(662, LogLevel.Warning, "  Detected unsupported stream '{Account} > {Stream}': {Reason}")]
    public static partial void Unsupported(ILogger logger, string account, string stream, string reason);

    [LoggerMessage(663, LogLevel.Error, "  No stream can be read in \"{Path}\": {Reason}. It is left as it is")]
    public static partial void Quarantined(ILogger logger, string path, string reason);

    [LoggerMessage(664, LogLevel.Error, "  Stream '{Account} > {Stream}' cannot be opened: {Reason}. It is left as it is")]
    public static partial void Failed(ILogger logger, string account, string stream, string reason);

    [LoggerMessage(665, LogLevel.Error, "  Stream '{Account} > {Stream}' is damaged: {What} at {Place}, messages {First} to {Last}. Everything else is served")]
    public static partial void Damaged(ILogger logger, string account, string stream, string what, string place, ulong first, ulong last);

    [LoggerMessage(666, LogLevel.Warning, "Streams that stopped cannot be opened yet: {Reason}")]
    public static partial void NotRevived(ILogger logger, string reason);

    [LoggerMessage(667, LogLevel.Information, "Stream '{Account} > {Stream}' was opened again and takes messages")]
    public static partial void Revived(ILogger logger, string account, string stream);
}
