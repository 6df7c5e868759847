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
        string address = string.Create(CultureInfo.InvariantCulture, $"{options.Host}:{port}");
        string? cause = exception switch
        {
            _ when port is < 0 or > ushort.MaxValue => string.Create(CultureInfo.InvariantCulture, $"listen tcp: address {port}: invalid port"),
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } =>
                $"listen tcp: lookup {options.Host}: no such host",
            SocketException socket => $"listen tcp {address}: bind: {OsErrorText.Of(socket)}",
            _ => null,
        };
        return cause is null ? null : new ServerStartException($"Error listening on port: {address}, \"{cause}\"", exception);
    }
}
