using Microsoft.Extensions.Logging;

namespace DotNats.App;

internal sealed partial class ServerRun
{
    [LoggerMessage(1, LogLevel.Information, "Trapped \"{Signal}\" signal")]
    private partial void LogTrapped(string signal);

    [LoggerMessage(2, LogLevel.Error, "Failed to reload server configuration: {Error}")]
    private partial void LogReloadFailed(string error);

    [LoggerMessage(3, LogLevel.Information, "File log re-opened")]
    private partial void LogReopened();

    [LoggerMessage(4, LogLevel.Information, "File log re-open ignored, not a file logger")]
    private partial void LogReopenIgnored();

    [LoggerMessage(5, LogLevel.Critical, "{Error}")]
    private partial void LogFatal(string error);

    [LoggerMessage(6, LogLevel.Error, "Failed to write pidfile: {Error}")]
    private partial void LogPidFileFailed(string error);

    [LoggerMessage(7, LogLevel.Error, "{Error}")]
    private partial void LogPortsFileFailed(string error);

    [LoggerMessage(8, LogLevel.Error, "{Error}")]
    private partial void LogDestinationFailed(string error);
}
