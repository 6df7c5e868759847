using System.Globalization;
using System.Net.Sockets;
using DotNats.Logging;
using DotNats.Server.Transport.Tls;

namespace DotNats;

/// <summary>A server cannot start. The message is nats-server's and complete.</summary>
public sealed class ServerStartException : Exception
{
    public ServerStartException() { }

    public ServerStartException(string message) : base(message) { }

    public ServerStartException(string message, Exception? innerException) : base(message, innerException) { }

    /// <summary>Says why the client listener, or its TLS, could not be had; null when <paramref name="exception"/> is about something else.</summary>
    internal static ServerStartException? ForListener(NatsServerOptions options, Exception exception)
    {
        if (exception is TlsConfigurationException) return new ServerStartException(exception.Message, exception);
        // Compat: a port of -1 shows as the 0 that stands for "any".
        int port = options.Port == -1 ? 0 : options.Port;
        string? cause = CauseOf(exception, options.Host, port);
        return cause is null ? null : new ServerStartException(string.Create(CultureInfo.InvariantCulture, $"Error listening on port: {options.Host}:{port}, \"{cause}\""), exception);
    }

    /// <summary>Says why the listener for MQTT clients could not be had.</summary>
    internal static ServerStartException ForMqtt(MqttOptions options, Exception exception)
    {
        int port = options.Port == -1 ? 0 : options.Port;
        string cause = CauseOf(exception.InnerException ?? exception, options.Host, port) ?? exception.Message;
        return new ServerStartException($"Unable to listen for MQTT connections: {cause}", exception);
    }

    // As Go's network errors read.
    private static string? CauseOf(Exception exception, string host, int port) => exception switch
    {
        _ when port is < 0 or > ushort.MaxValue => string.Create(CultureInfo.InvariantCulture, $"listen tcp: address {port}: invalid port"),
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } => $"listen tcp: lookup {host}: no such host",
        SocketException socket => string.Create(CultureInfo.InvariantCulture, $"listen tcp {host}:{port}: bind: {OsErrorText.Of(socket)}"),
        _ => null,
    };
}
