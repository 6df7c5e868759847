using Microsoft.Extensions.Logging;

namespace DotNats.Storage;

internal static partial class RedoReports
{
    [LoggerMessage(EventId = 5010, Level = LogLevel.Warning, Message = "The redo journal is given up, files are synced by themselves: {Reason}")]
    public static partial void GivenUp(ILogger logger, string reason);

    [LoggerMessage(EventId = 5015, Level = LogLevel.Error, Message = "The redo journal is kept for the next start, which completes what may be missing from it: {Reason}")]
    public static partial void Kept(ILogger logger, string reason);

    [LoggerMessage(EventId = 5011, Level = LogLevel.Warning, Message = "The redo journal could not be made, files are synced by themselves: {Reason}")]
    public static partial void NotMade(ILogger logger, string reason);

    [LoggerMessage(EventId = 5012, Level = LogLevel.Warning, Message = "The redo journal could not be deleted: {Reason}")]
    public static partial void NotDeleted(ILogger logger, string reason);

    [LoggerMessage(EventId = 5013, Level = LogLevel.Information, Message = "The store was not closed in order: {Files} files were compared with the redo journal, {Completed} completed from it")]
    public static partial void Completed(ILogger logger, int files, int completed);

    [LoggerMessage(EventId = 5014, Level = LogLevel.Error, Message = "{Place}: {What}")]
    public static partial void Damaged(ILogger logger, string place, string what);
}
