using DotNats.Server.Connections;
using Microsoft.Extensions.Logging;

namespace DotNats.Server.Tracing;

/// <summary>Why a message that asked for it was not traced. Texts are nats-server's.</summary>
internal static partial class TraceLog
{
    [LoggerMessage(130, LogLevel.Error, "{Session} - Message tracing disabled because of header \"{Header}\" with value={Value}")]
    public static partial void OriginAccountRefused(ILogger logger, ClientSession session, string header, string value);

    [LoggerMessage(131, LogLevel.Error, "{Session} - Destination {Destination} is not valid, won't be able to trace events")]
    public static partial void DestinationInvalid(ILogger logger, ClientSession session, string destination);
}
