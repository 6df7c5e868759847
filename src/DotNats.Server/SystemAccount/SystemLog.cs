using Microsoft.Extensions.Logging;

namespace DotNats.Server.SystemAccount;

/// <summary>What the system account's services log. Texts are nats-server's where it has one.</summary>
internal static partial class SystemLog
{
    [LoggerMessage(310, LogLevel.Error, "A system message could not be published")]
    public static partial void SendFailed(ILogger logger, Exception exception);

    [LoggerMessage(311, LogLevel.Warning, "System messages are not published fast enough: {Messages} were lost")]
    public static partial void MessagesLost(ILogger logger, long messages);

    [LoggerMessage(312, LogLevel.Error, "{Text}")]
    public static partial void BadRequest(ILogger logger, string text);

    [LoggerMessage(313, LogLevel.Debug, "Detected orphan remote server: \"{ServerId}\"")]
    public static partial void OrphanServer(ILogger logger, string serverId);

    [LoggerMessage(314, LogLevel.Error, "Received out of order remote server update from: \"{ServerId}\"")]
    public static partial void OutOfOrder(ILogger logger, string serverId);
}
