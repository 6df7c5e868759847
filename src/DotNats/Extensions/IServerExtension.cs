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
    /// <exception cref="ServerStartException">The options contradict each other, or an address cannot be bound.</exception>
    ValueTask<IAsyncDisposable> StartAsync(ServerContext context, CancellationToken cancellationToken);
}

/// <summary>What a server shows its extensions.</summary>
public sealed class ServerContext
{
    /// <summary>Reads the options in force now; a reload replaces them.</summary>
    public required Func<NatsServerOptions> Options { get; init; }

    public required MonitoringReports Monitoring { get; init; }

    public required ILoggerFactory LoggerFactory { get; init; }

    /// <summary>
    /// Makes the settings of one server-side TLS handshake, without client certificates, from the client listener's certificates in force
    /// now and the name the peer asks for (empty for none); null without TLS.
    /// </summary>
    public Func<string, SslServerAuthenticationOptions>? ServerTls { get; init; }

    /// <summary>Takes note of the address the monitoring endpoints are bound to.</summary>
    public required Action<IPEndPoint> MonitoringStarted { get; init; }

    /// <summary>Takes note of the address the diagnostics port is bound to.</summary>
    public required Action<IPEndPoint> ProfilingStarted { get; init; }
}
