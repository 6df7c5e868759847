using Microsoft.Extensions.Logging;

namespace DotNats.Server;

/// <summary>What the server itself logs. Texts are nats-server's where it has one: its users grep for them.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(3, LogLevel.Information, "Server is ready")]
    public static partial void Ready(ILogger logger);

    [LoggerMessage(4, LogLevel.Information, "Initiating Shutdown...")]
    public static partial void ShuttingDown(ILogger logger);

    [LoggerMessage(5, LogLevel.Information, "Server Exiting..")]
    public static partial void Exiting(ILogger logger);

    [LoggerMessage(6, LogLevel.Information, "Entering lame duck mode, stop accepting new clients")]
    public static partial void LameDuck(ILogger logger);

    [LoggerMessage(7, LogLevel.Information, "Initiating lame duck mode shutdown: {Clients} clients to close")]
    public static partial void LameDuckClosing(ILogger logger, int clients);

    [LoggerMessage(8, LogLevel.Error, "Connection {Connection} failed")]
    public static partial void ConnectionFailed(ILogger logger, Exception exception, string connection);

    [LoggerMessage(9, LogLevel.Error, "Receive loop failed on one connection")]
    public static partial void LoopFailed(ILogger logger, Exception exception);

    [LoggerMessage(10, LogLevel.Error, "Timer failed")]
    public static partial void TimerFailed(ILogger logger, Exception exception);

    [LoggerMessage(11, LogLevel.Error, "Temporary {Name} Accept Error ({Error})")]
    public static partial void AcceptFailed(ILogger logger, string name, string error);

    [LoggerMessage(12, LogLevel.Debug, "Created system account: \"{Account}\"")]
    public static partial void SystemAccountCreated(ILogger logger, string account);

    [LoggerMessage(13, LogLevel.Debug, "{Name} accept loop exiting..")]
    public static partial void AcceptLoopExiting(ILogger logger, string name);

    [LoggerMessage(14, LogLevel.Information, "{Notice}")]
    public static partial void Reloaded(ILogger logger, string notice);

    [LoggerMessage(15, LogLevel.Information, "Reloaded server configuration {Digest}")]
    public static partial void ReloadDone(ILogger logger, string digest);

    [LoggerMessage(16, LogLevel.Information, "Restarting JetStream")]
    public static partial void JetStreamRestarting(ILogger logger);

    [LoggerMessage(17, LogLevel.Warning, "Can't start JetStream: {Reason}")]
    public static partial void JetStreamFailed(ILogger logger, string reason);
}
