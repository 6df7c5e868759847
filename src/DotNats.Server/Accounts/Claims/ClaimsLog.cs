using Microsoft.Extensions.Logging;

namespace DotNats.Server.Accounts;

/// <summary>What is logged about accounts that come from JWTs, in nats-server's words.</summary>
internal static partial class ClaimsLog
{
    [LoggerMessage(400, LogLevel.Debug, "Updating account claims: {Account}/{Name}")]
    public static partial void Updating(ILogger logger, string account, string name);

    [LoggerMessage(401, LogLevel.Debug, "Requested account [{Account}] has expired")]
    public static partial void Expired(ILogger logger, string account);

    [LoggerMessage(402, LogLevel.Debug, "Requested account update for [{Account}] ignored, too soon")]
    public static partial void TooSoon(ILogger logger, string account);

    [LoggerMessage(403, LogLevel.Debug, "Requested account update for [{Account}], same claims detected")]
    public static partial void SameClaims(ILogger logger, string account);

    [LoggerMessage(404, LogLevel.Warning, "Account fetch failed: {Error}")]
    public static partial void FetchFailed(ILogger logger, string error);

    [LoggerMessage(413, LogLevel.Warning, "Account fetch failed: {Error} (and {Count} more since the last such line)")]
    public static partial void FetchesFailed(ILogger logger, string error, long count);

    [LoggerMessage(405, LogLevel.Error, "Can't locate account [{Account}] for import of [{Subject}] {Kind} (err={Error})")]
    public static partial void ImportMissing(ILogger logger, string account, string subject, string kind, string error);

    [LoggerMessage(406, LogLevel.Debug, "Error adding imports to account [{Account}]: {Error}")]
    public static partial void ImportRefused(ILogger logger, string account, string error);

    [LoggerMessage(407, LogLevel.Debug, "Disable account {Account} due to remove")]
    public static partial void Disabled(ILogger logger, string account);

    [LoggerMessage(408, LogLevel.Information, "Reloaded: deleting account [{Why}]: {Account}")]
    public static partial void Deleted(ILogger logger, string why, string account);

    [LoggerMessage(409, LogLevel.Warning, "Account [{Account}] has validation issues:")]
    public static partial void PreloadIssues(ILogger logger, string account);

    [LoggerMessage(412, LogLevel.Error, "Preloaded account [{Account}] not valid")]
    public static partial void PreloadInvalid(ILogger logger, string account);

    [LoggerMessage(410, LogLevel.Warning, "  - {Issue}")]
    public static partial void PreloadIssue(ILogger logger, string issue);

    [LoggerMessage(411, LogLevel.Error, "Account {Account} could not be brought in line with its claims")]
    public static partial void ClockFailed(ILogger logger, Exception exception, string account);
}
