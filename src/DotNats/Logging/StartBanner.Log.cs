using Microsoft.Extensions.Logging;

namespace DotNats.Logging;

internal static partial class StartBanner
{
    [LoggerMessage(100, LogLevel.Information, "Starting nats-server")]
    private static partial void LogStarting(ILogger logger);

    [LoggerMessage(101, LogLevel.Information, "  Version:  {Version}")]
    private static partial void LogVersion(ILogger logger, string version);

    [LoggerMessage(102, LogLevel.Information, "  DotNats:  {Version}")]
    private static partial void LogProduct(ILogger logger, string version);

    [LoggerMessage(103, LogLevel.Information, "  Git:      [not set]")]
    private static partial void LogGit(ILogger logger);

    [LoggerMessage(104, LogLevel.Debug, "  Go build: {Runtime}")]
    private static partial void LogRuntime(ILogger logger, string runtime);

    [LoggerMessage(105, LogLevel.Information, "  Name:     {Name}")]
    private static partial void LogName(ILogger logger, string name);

    [LoggerMessage(106, LogLevel.Information, "  ID:       {Id}")]
    private static partial void LogId(ILogger logger, string id);

    [LoggerMessage(107, LogLevel.Information, "  Feature flags:")]
    private static partial void LogFeatureFlags(ILogger logger);

    [LoggerMessage(108, LogLevel.Information, "    Configured:    {Flags}")]
    private static partial void LogConfiguredFlags(ILogger logger, string flags);

    [LoggerMessage(109, LogLevel.Information, "    Unsupported:   {Flags}")]
    private static partial void LogUnsupportedFlags(ILogger logger, string flags);

    [LoggerMessage(110, LogLevel.Warning, "Plaintext passwords detected, use nkeys or bcrypt")]
    private static partial void LogPlainPasswords(ILogger logger);

    [LoggerMessage(111, LogLevel.Information, "Using configuration file: {File} {Digest}")]
    private static partial void LogConfigFile(ILogger logger, string file, string digest);

    [LoggerMessage(112, LogLevel.Warning, "Maximum payloads over 8.00 MB are generally discouraged and could lead to poor performance")]
    private static partial void LogLargePayload(ILogger logger);
}
