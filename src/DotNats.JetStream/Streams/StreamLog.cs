using Microsoft.Extensions.Logging;

namespace DotNats.JetStream.Streams;

/// <summary>What streams log. Texts are nats-server's where it has one.</summary>
internal static partial class StreamLog
{
    [LoggerMessage(600, LogLevel.Warning, "Dropping messages due to excessive stream ingest rate on '{Account}' > '{Stream}': {Messages} refused")]
    public static partial void IngestFull(ILogger logger, string account, string stream, long messages);

    [LoggerMessage(601, LogLevel.Error, "A reply of a stream in account {Account} could not be sent")]
    public static partial void ReplyFailed(ILogger logger, Exception exception, string account);

    [LoggerMessage(602, LogLevel.Error, "Stream '{Account} > {Stream}' failed and stops: what it stored stays as it is")]
    public static partial void Stopped(ILogger logger, Exception exception, string account, string stream);

    [LoggerMessage(603, LogLevel.Error, "JetStream stream '{Account} > {Stream}' write error: {Reason}")]
    public static partial void WriteFailed(ILogger logger, string account, string stream, string reason);

    [LoggerMessage(604, LogLevel.Error, "Messages of stream '{Account} > {Stream}' could not be read")]
    public static partial void ReadFailed(ILogger logger, Exception exception, string account, string stream);

    [LoggerMessage(605, LogLevel.Warning, "Stream create failed for '{Account} > {Stream}': {Reason}")]
    public static partial void CreateFailed(ILogger logger, string account, string stream, string reason);

    [LoggerMessage(606, LogLevel.Error, "Stream '{Account} > {Stream}' could not be deleted: {Reason}")]
    public static partial void DeleteFailed(ILogger logger, string account, string stream, string reason);
}
