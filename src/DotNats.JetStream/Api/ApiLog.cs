using Microsoft.Extensions.Logging;

namespace DotNats.JetStream.Api;

/// <summary>What the API logs. Texts are nats-server's where it has one.</summary>
internal static partial class ApiLog
{
    [LoggerMessage(620, LogLevel.Error, "A JetStream API request failed")]
    public static partial void HandlerFailed(ILogger logger, Exception exception);

    [LoggerMessage(621, LogLevel.Warning, "Invalid JetStream request '{Account} > {Subject}': {Error}")]
    public static partial void InvalidRequest(ILogger logger, string account, string subject, string error);

    [LoggerMessage(622, LogLevel.Warning, "JetStream API queue limit reached, dropping {Requests} requests")]
    public static partial void LimitReached(ILogger logger, long requests);

    [LoggerMessage(623, LogLevel.Information, "Purge request for account {Account} (streams: {Streams}, hasAccount: {HasAccount})")]
    public static partial void AccountPurge(ILogger logger, string account, int streams, bool hasAccount);
}
