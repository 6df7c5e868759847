using Microsoft.Extensions.Logging;

namespace DotNats.Storage;

internal static partial class DamageLog
{
    [LoggerMessage(EventId = 5001, Level = LogLevel.Error, Message = "Stream '{Stream}': {Place}: {What} (sequences {First} to {Last})")]
    public static partial void Found(ILogger logger, string stream, string place, string what, ulong first, ulong last);

    [LoggerMessage(EventId = 5002, Level = LogLevel.Warning, Message = "Stream '{Stream}': {Place}: {What}")]
    public static partial void Torn(ILogger logger, string stream, string place, string what);
}
