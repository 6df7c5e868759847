using Microsoft.Extensions.Logging;

namespace DotNats.JetStream.Snapshots;

/// <summary>What is logged of backups and restores. Texts are nats-server's where it has one.</summary>
internal static partial class SnapshotLog
{
    [LoggerMessage(690, LogLevel.Information, "Starting {What} for stream '{Account} > {Stream}'")]
    public static partial void Starting(ILogger logger, string what, string account, string stream);

    [LoggerMessage(691, LogLevel.Information, "Completed snapshot of {Size} for stream '{Account} > {Stream}' in {Duration}")]
    public static partial void Completed(ILogger logger, string size, string account, string stream, string duration);

    [LoggerMessage(692, LogLevel.Warning, "Snapshot for stream '{Account} > {Stream}' failed after {Duration}: {Reason}")]
    public static partial void Failed(ILogger logger, string account, string stream, string duration, string reason);

    [LoggerMessage(693, LogLevel.Information, "Completed restore of {Size} for stream '{Account} > {Stream}' in {Duration}")]
    public static partial void Restored(ILogger logger, string size, string account, string stream, string duration);

    [LoggerMessage(694, LogLevel.Warning, "Restore failed for {Size} for stream '{Account} > {Stream}' in {Duration}: {Reason}")]
    public static partial void RestoreFailed(ILogger logger, string size, string account, string stream, string duration, string reason);

    [LoggerMessage(695, LogLevel.Warning, "restore for stream '{Account} > {Stream}' is stalled")]
    public static partial void RestoreStalled(ILogger logger, string account, string stream);

    [LoggerMessage(696, LogLevel.Error, "A backup or restore of stream '{Account} > {Stream}' broke off")]
    public static partial void Broken(ILogger logger, Exception exception, string account, string stream);

    [LoggerMessage(697, LogLevel.Warning, "Restored stream '{Account} > {Stream}' was damaged in its archive: {What} at {Place} (sequences {First} to {Last})")]
    public static partial void Damaged(ILogger logger, string account, string stream, string what, string place, ulong first, ulong last);

    [LoggerMessage(698, LogLevel.Error, "Stream restore failed due to unexpected content (account={Account}): {Name}")]
    public static partial void UnexpectedContent(ILogger logger, string account, string name);

    [LoggerMessage(699, LogLevel.Error, "Restore of stream '{Account} > {Stream}': the disk refuses: {Reason}")]
    public static partial void DiskRefused(ILogger logger, string account, string stream, string reason);
}
