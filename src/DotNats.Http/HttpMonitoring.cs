using System.Net;
using DotNats.Extensions;
using Microsoft.Extensions.Logging;

namespace DotNats.Http;

/// <summary>The monitoring endpoints over HTTP or HTTPS, and the diagnostics port. Kestrel starts only when a port is configured.</summary>
public sealed class HttpMonitoring : IServerExtension
{
    /// <inheritdoc/>
    public async ValueTask<IAsyncDisposable> StartAsync(ServerContext context, CancellationToken cancellationToken)
    {
        NatsServerOptions options = context.Options();
        int httpPort = options.Monitoring.HttpPort ?? 0;
        int httpsPort = options.Monitoring.HttpsPort ?? 0;
        if (httpPort != 0 && httpsPort != 0)
            throw new ServerStartException($"Can't start monitoring: can't specify both HTTP ({httpPort}) and HTTPs ({httpsPort}) ports");
        if (httpsPort != 0 && context.ServerTls is null)
            throw new ServerStartException("Can't start monitoring: TLS cert and key required for HTTPS");
        Ports running = new();
        try
        {
            if (options.ProfilePort != 0) running.Add(await StartProfilingAsync(context, options, cancellationToken));
            if (httpPort != 0 || httpsPort != 0) running.Add(await StartMonitoringAsync(context, options, httpsPort != 0, cancellationToken));
            return running;
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }

    private static async Task<HttpPort> StartMonitoringAsync(ServerContext context, NatsServerOptions options, bool isSecure, CancellationToken cancellationToken)
    {
        ILogger logger = Logger(context);
        string host = options.Monitoring.Host ?? options.Host;
        int port = (isSecure ? options.Monitoring.HttpsPort : options.Monitoring.HttpPort) ?? 0;
        RequestRouter router = new(new MonitoringEndpoints(context.Monitoring, context.Monitoring.Version, logger).At(options.Monitoring.BasePath));
        TlsLayer? tls = isSecure ? new TlsLayer(context.ServerTls!, logger) : null;
        HttpPort running = await HttpPort.StartAsync(host, port, router, tls, "Can't start monitoring: can't listen to the monitor port", cancellationToken);
        HttpLog.Starting(logger, isSecure ? "https" : "http", HttpPort.Join(host, running.EndPoint.Port));
        context.MonitoringStarted(running.EndPoint);
        return running;
    }

    private static async Task<HttpPort> StartProfilingAsync(ServerContext context, NatsServerOptions options, CancellationToken cancellationToken)
    {
        RequestRouter router = new(ProfileEndpoints.All);
        HttpPort running = await HttpPort.StartAsync(options.Host, options.ProfilePort, router, tls: null, "error starting profiler", cancellationToken);
        HttpLog.ProfilePort(Logger(context), running.EndPoint.Port);
        context.ProfilingStarted(running.EndPoint);
        return running;
    }

    private static ILogger Logger(ServerContext context) => context.LoggerFactory.CreateLogger("DotNats.Monitoring");

    private sealed class Ports : IAsyncDisposable
    {
        private readonly List<HttpPort> _running = [];

        public void Add(HttpPort port) => _running.Add(port);

        public async ValueTask DisposeAsync()
        {
            foreach (HttpPort port in _running) await port.DisposeAsync();
        }
    }
}
