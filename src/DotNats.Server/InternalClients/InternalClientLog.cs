using Microsoft.Extensions.Logging;

namespace DotNats.Server.InternalClients;

/// <summary>What goes wrong inside parts of the server that speak over subjects.</summary>
internal static partial class InternalClientLog
{
    [LoggerMessage(300, LogLevel.Error, "Internal subscription of {Client} failed")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, string client);

    [LoggerMessage(301, LogLevel.Warning, "Internal subscriptions of {Client} cannot keep up: {Messages} messages refused")]
    public static partial void MailboxFull(ILogger logger, string client, long messages);
}
