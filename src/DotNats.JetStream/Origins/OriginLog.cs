using Microsoft.Extensions.Logging;

namespace DotNats.JetStream.Origins;

/// <summary>What is logged of mirrors and sources. Texts are nats-server's where it has one.</summary>
internal static partial class OriginLog
{
    [LoggerMessage(700, LogLevel.Warning, "JetStream error response for stream {Account} > {Stream} create {Kind} consumer {Origin}: {Error}")]
    public static partial void Refused(ILogger logger, string account, string stream, string kind, string origin, string error);

    [LoggerMessage(701, LogLevel.Warning, "JetStream source stream \"{Origin}\" for stream '{Account} > {Stream}' was recreated, resetting source state")]
    public static partial void Recreated(ILogger logger, string origin, string account, string stream);

    [LoggerMessage(702, LogLevel.Debug, "Retrying {Kind} consumer of {Origin} for '{Account} > {Stream}'")]
    public static partial void Retrying(ILogger logger, string kind, string origin, string account, string stream);

    [LoggerMessage(703, LogLevel.Warning, "Error processing inbound {Kind} \"{Origin}\" for '{Account}' > '{Stream}': {Error}")]
    public static partial void NotStored(ILogger logger, string kind, string origin, string account, string stream, string error);

    [LoggerMessage(704, LogLevel.Warning, "What stream '{Account} > {Stream}' received from its sources cannot be kept: {Reason}. After a restart its messages tell")]
    public static partial void NotKept(ILogger logger, string account, string stream, string reason);
}
