using System.Net;
using System.Net.Security;
using DotNats.Server.Monitoring;
using Microsoft.Extensions.Logging;

namespace DotNats.Extensions;

/// <summary>A part that plugs into a server from above: HTTP monitoring, WebSocket, whatever needs more than the core brings.</summary>
public interface IServerExtension
{
    /// <summary>Starts this part's listeners; nothing happens where the options do not ask for them.</summary>
    /// <returns>What stops it again; the server disposes it before its own listeners close.</returns>
    /// <exception cref="InvalidOperationException">The options contradict each other; the message is nats-server's.</exception>
    /// <exception cref="IOException">An address cannot be bound; the message is nats-server's.</exception>
    ValueTask<IAsyncDisposable> StartAsync(ServerContext context, CancellationToken cancellationToken);
}

/// <summary>What a server shows its extensions.</summary>
public sealed class ServerContext
{
    /// <summary>Reads the options in force now; a reload replaces them.</summary>
    public required Func<NatsServerOptions> Options { get; init; }

    public required MonitoringReports Monitoring { get; init; }

    public required ILoggerFactory LoggerFactory { get; init; }

    /// <summary>Makes the settings of one server-side TLS handshake from the client listener's certificates in force now; null without TLS.</summary>
    public Func<SslServerAuthenticationOptions>? ServerTls { get; init; }

    /// <summary>Takes note of an address an extension listens on, with its name in the ports file, e.g. <c>monitoring</c> and <c>http://127.0.0.1:8222</c>.</summary>
    public Action<string, Uri, IPEndPoint>? ListenerStarted { get; init; }
}
