using Microsoft.Extensions.Logging;

namespace DotNats.Mqtt.Store;

/// <summary>What is logged of MQTT's streams and sessions. Texts are nats-server's where it has one.</summary>
internal static partial class MqttStoreLog
{
    [LoggerMessage(850, LogLevel.Information, "Creating MQTT streams/consumers with replicas {Replicas} for account \"{Account}\"")]
    public static partial void Creating(ILogger logger, int replicas, string account);

    [LoggerMessage(851, LogLevel.Information, "Creating MQTT streams/consumers with replicas {Replicas} for account \"{Account}\" in domain \"{Domain}\"")]
    public static partial void CreatingInDomain(ILogger logger, int replicas, string account, string domain);

    [LoggerMessage(852, LogLevel.Warning, "MQTT {Purpose} stream replicas mismatch: current is {Actual} but configuration is {Wanted} for '{Account} > {Stream}'")]
    public static partial void ReplicasDiffer(ILogger logger, string purpose, int actual, int wanted, string account, string stream);

    [LoggerMessage(853, LogLevel.Error, "Retained messages of account \"{Account}\" cannot be followed")]
    public static partial void RetainedFailed(ILogger logger, Exception exception, string account);

    [LoggerMessage(854, LogLevel.Warning, "{Client} - Replacing old client \"{Former}\" since both have the same client ID \"{ClientId}\"")]
    public static partial void Replacing(ILogger logger, string client, string former, string clientId);

    [LoggerMessage(855, LogLevel.Warning, "{Client} - Closing because a remote connection has started with the same client ID: \"{ClientId}\"")]
    public static partial void ReplacedElsewhere(ILogger logger, string client, string clientId);

    [LoggerMessage(856, LogLevel.Error, "{Client} - {Error}")]
    public static partial void Failed(ILogger logger, string client, string error);

    [LoggerMessage(857, LogLevel.Warning, "{Client} - {Warning}")]
    public static partial void Warn(ILogger logger, string client, string warning);

    [LoggerMessage(858, LogLevel.Warning, "{Warning}")]
    public static partial void Transfer(ILogger logger, string warning);

    [LoggerMessage(859, LogLevel.Information, "{Message}")]
    public static partial void Transferred(ILogger logger, string message);
}
