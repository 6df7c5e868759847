using DotNats.Server.Connections;
using Microsoft.Extensions.Logging;

namespace DotNats.Mqtt.Service;

/// <summary>What the listener and its connections log. Texts are nats-server's where it has one: its users grep for them.</summary>
internal static partial class MqttLog
{
    [LoggerMessage(800, LogLevel.Information, "Listening for MQTT clients on {Scheme}://{Host}:{Port}")]
    public static partial void Listening(ILogger logger, string scheme, string host, int port);

    [LoggerMessage(801, LogLevel.Debug, "{Session} - Client connected")]
    public static partial void Connected(ILogger logger, MemberSession session);

    [LoggerMessage(802, LogLevel.Error, "{Session} - unexpected failure of an MQTT operation")]
    public static partial void OperationFailed(ILogger logger, Exception exception, MemberSession session);

    [LoggerMessage(803, LogLevel.Error, "unexpected failure of the review of retained MQTT messages")]
    public static partial void ReviewFailed(ILogger logger, Exception exception);
}
