using Microsoft.Extensions.Logging;

namespace DotNats.JetStream.Service;

/// <summary>What JetStream logs when it starts, stops and runs out of something. Texts are nats-server's where it has one.</summary>
internal static partial class ServiceLog
{
    [LoggerMessage(640, LogLevel.Information, "Starting JetStream")]
    public static partial void Starting(ILogger logger);

    [LoggerMessage(641, LogLevel.Information, "Took {Duration} to start JetStream")]
    public static partial void Started(ILogger logger, string duration);

    [LoggerMessage(642, LogLevel.Warning, "Temporary storage directory used, data could be lost on system reboot")]
    public static partial void TemporaryDirectory(ILogger logger);

    [LoggerMessage(643, LogLevel.Debug, "JetStream creating dynamic configuration - {Memory} memory, {Disk} disk")]
    public static partial void DynamicLimits(ILogger logger, string memory, string disk);

    [LoggerMessage(644, LogLevel.Information, "{Line}")]
    public static partial void Banner(ILogger logger, string line);

    [LoggerMessage(645, LogLevel.Debug, "  Exports:")]
    public static partial void Exports(ILogger logger);

    [LoggerMessage(646, LogLevel.Debug, "     {Subject}")]
    public static partial void Export(ILogger logger, string subject);

    [LoggerMessage(647, LogLevel.Debug, "Enabled JetStream for account \"{Account}\"")]
    public static partial void AccountEnabled(ILogger logger, string account);

    [LoggerMessage(648, LogLevel.Debug, "  Max Memory:      {Memory}")]
    public static partial void AccountMemory(ILogger logger, string memory);

    [LoggerMessage(649, LogLevel.Debug, "  Max Storage:     {Store}")]
    public static partial void AccountStore(ILogger logger, string store);

    [LoggerMessage(650, LogLevel.Information, "Initiating JetStream Shutdown...")]
    public static partial void ShuttingDown(ILogger logger);

    [LoggerMessage(651, LogLevel.Information, "JetStream Shutdown")]
    public static partial void ShutDown(ILogger logger);

    [LoggerMessage(652, LogLevel.Error, "JetStream {Storage} resource limits exceeded for server")]
    public static partial void ServerFull(ILogger logger, string storage);

    [LoggerMessage(653, LogLevel.Warning, "JetStream {Storage} resource limits exceeded for account: \"{Account}\"")]
    public static partial void AccountFull(ILogger logger, string storage, string account);

    [LoggerMessage(654, LogLevel.Error, "JetStream cannot write '{Account} > {Stream}': {Reason}. What is acknowledged is safe; the stream takes nothing more until it can be written again")]
    public static partial void StorageFailed(ILogger logger, string account, string stream, string reason);

    [LoggerMessage(655, LogLevel.Error, "Error enabling jetstream on account \"{Account}\": {Reason}")]
    public static partial void AccountRefused(ILogger logger, string account, string reason);

    [LoggerMessage(656, LogLevel.Debug, "Adding JetStream Domain Mapping \"{Source}\" -> {Destination} to account \"{Account}\"")]
    public static partial void DomainMapping(ILogger logger, string source, string destination, string account);
}
