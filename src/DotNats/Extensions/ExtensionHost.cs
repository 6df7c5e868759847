using System.Net;
using DotNats.Server;
using Microsoft.Extensions.Logging.Abstractions;

namespace DotNats.Extensions;

/// <summary>Starts and stops the extensions of one server.</summary>
// Owner: NatsServer; start comes before stop, each once.
internal sealed class ExtensionHost(ServerCore core) : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _running = [];

    /// <summary>Where the monitoring endpoints are bound.</summary>
    public IPEndPoint? MonitoringEndPoint { get; private set; }

    /// <summary>Where the diagnostics port is bound.</summary>
    public IPEndPoint? ProfileEndPoint { get; private set; }

    /// <summary>Starts all, in order. What was started before one failed runs until this is disposed.</summary>
    /// <exception cref="ServerStartException">An extension cannot start, or nobody serves a port that is configured.</exception>
    public async Task StartAsync(NatsServerDependencies dependencies, CancellationToken cancellationToken)
    {
        ServerContext context = new()
        {
            Options = () => core.Options,
            Monitoring = core.Monitoring,
            LoggerFactory = dependencies.LoggerFactory ?? NullLoggerFactory.Instance,
            ServerTls = core.Listener.Tls is null ? null : name => (core.Listener.Tls ?? throw new InvalidOperationException("TLS was switched off by a reload")).ForHttps(name),
            MonitoringStarted = endPoint => MonitoringEndPoint = endPoint,
            ProfilingStarted = endPoint => ProfileEndPoint = endPoint,
        };
        foreach (IServerExtension extension in dependencies.Extensions)
            _running.Add(await extension.StartAsync(context, cancellationToken).ConfigureAwait(false));
        MonitoringOptions monitoring = core.Options.Monitoring;
        if (monitoring is not ({ HttpPort: null or 0 } and { HttpsPort: null or 0 }) && MonitoringEndPoint is null)
            throw NotServed("A monitoring port");
        if (core.Options.ProfilePort != 0 && ProfileEndPoint is null)
            throw NotServed("A diagnostics port (prof_port)");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable extension in _running) await extension.DisposeAsync().ConfigureAwait(false);
        _running.Clear();
    }

    private static ServerStartException NotServed(string what) =>
        new($"{what} is configured, but no extension serves it: add HttpMonitoring of DotNats.Http to the extensions");
}
