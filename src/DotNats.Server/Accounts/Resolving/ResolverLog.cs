using Microsoft.Extensions.Logging;

namespace DotNats.Server.Accounts.Resolving;

/// <summary>What resolvers log. Texts are nats-server's where it has one.</summary>
internal static partial class ResolverLog
{
    [LoggerMessage(330, LogLevel.Information, "Managing all jwt in exclusive directory {Directory}")]
    public static partial void ManagingAll(ILogger logger, string directory);

    [LoggerMessage(331, LogLevel.Information, "Managing some jwt in exclusive directory {Directory}")]
    public static partial void ManagingSome(ILogger logger, string directory);

    [LoggerMessage(332, LogLevel.Warning, "DirResolver - File \"{File}\" is not used: {Reason}")]
    public static partial void StrangeFile(ILogger logger, string file, string reason);

    [LoggerMessage(333, LogLevel.Error, "DirResolver - Expired JWT of account \"{Account}\" cannot be removed: {Error}")]
    public static partial void CannotRemove(ILogger logger, string account, string error);

    [LoggerMessage(334, LogLevel.Error, "DirResolver - Directory cannot be read: {Error}")]
    public static partial void CannotList(ILogger logger, string error);

    [LoggerMessage(335, LogLevel.Error, "DirResolver - Update for account \"{Account}\" resulted in error {Error}")]
    public static partial void UpdateFailed(ILogger logger, string account, string error);

    [LoggerMessage(336, LogLevel.Error, "DirResolver - Preloaded JWT of account \"{Account}\" not stored: {Error}")]
    public static partial void PreloadFailed(ILogger logger, string account, string error);

    [LoggerMessage(337, LogLevel.Error, "DirResolver - Work failed")]
    public static partial void WorkFailed(ILogger logger, Exception exception);

    [LoggerMessage(338, LogLevel.Warning, "DirResolver - Too much waits, a request is dropped")]
    public static partial void WorkDropped(ILogger logger);

    [LoggerMessage(339, LogLevel.Debug, "{Message}")]
    public static partial void Answered(ILogger logger, string message);

    [LoggerMessage(340, LogLevel.Error, "{Message}")]
    public static partial void Refused(ILogger logger, string message);

    [LoggerMessage(341, LogLevel.Debug, "list request responded with {Count} account ids")]
    public static partial void Listed(ILogger logger, int count);

    [LoggerMessage(342, LogLevel.Debug, "DirResolver - Could not find account \"{Account}\"")]
    public static partial void NotFound(ILogger logger, string account);

    [LoggerMessage(343, LogLevel.Error, "DirResolver - Error looking up account \"{Account}\": invalid public key")]
    public static partial void BadLookup(ILogger logger, string account);

    [LoggerMessage(344, LogLevel.Debug, "DirResolver - Pack request matches hash {Hash}")]
    public static partial void PackMatches(ILogger logger, string hash);

    [LoggerMessage(345, LogLevel.Debug, "DirResolver - Pack request hash {Theirs} - finished responding with hash {Ours}")]
    public static partial void Packed(ILogger logger, string theirs, string ours);

    [LoggerMessage(346, LogLevel.Debug, "DirResolver - Checking store state: {Hash}")]
    public static partial void CheckingState(ILogger logger, string hash);

    [LoggerMessage(347, LogLevel.Debug, "DirResolver - Merging finished and resulting in: {Hash}")]
    public static partial void Merged(ILogger logger, string hash);

    [LoggerMessage(348, LogLevel.Error, "DirResolver - Merging resulted in error: {Error}")]
    public static partial void MergeFailed(ILogger logger, string error);

    [LoggerMessage(351, LogLevel.Debug, "DirResolver - jwt update skipped due to bad subject \"{Subject}\"")]
    public static partial void BadSubject(ILogger logger, string subject);

    [LoggerMessage(352, LogLevel.Information, "Using bootstrapping system account")]
    public static partial void Bootstrapping(ILogger logger);

    [LoggerMessage(353, LogLevel.Information, "System account fetched and updated")]
    public static partial void SystemAccountFetched(ILogger logger);

    [LoggerMessage(354, LogLevel.Error, "DirResolver - Fetched JWT of account \"{Account}\" not stored: {Error}")]
    public static partial void StoreFailed(ILogger logger, string account, string error);
}
