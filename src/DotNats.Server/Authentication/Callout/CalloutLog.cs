using Microsoft.Extensions.Logging;

namespace DotNats.Server.Authentication;

/// <summary>What callouts log, in nats-server's words.</summary>
internal static partial class CalloutLog
{
    [LoggerMessage(400, LogLevel.Warning, "{Text}")]
    public static partial void Refused(ILogger logger, string text);

    [LoggerMessage(401, LogLevel.Debug, "Authorization callout response not received in time on account {Account}")]
    public static partial void NoAnswer(ILogger logger, string account);
}
