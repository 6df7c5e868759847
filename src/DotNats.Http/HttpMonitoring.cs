using DotNats.Extensions;

namespace DotNats.Http;

/// <summary>The monitoring endpoints over HTTP or HTTPS. Kestrel starts only when a port is configured.</summary>
public sealed class HttpMonitoring : IServerExtension
{
    /// <inheritdoc/>
    public async ValueTask<IAsyncDisposable> StartAsync(ServerContext context, CancellationToken cancellationToken)
    {
        MonitoringOptions options = context.Options().Monitoring;
        int httpPort = options.HttpPort ?? 0;
        int httpsPort = options.HttpsPort ?? 0;
        if (httpPort == 0 && httpsPort == 0) return NothingToStop.Instance;
        if (httpPort != 0 && httpsPort != 0)
            throw MonitoringListener.CannotStart($"can't specify both HTTP ({httpPort}) and HTTPs ({httpsPort}) ports");
        if (httpsPort != 0 && context.ServerTls is null)
            throw MonitoringListener.CannotStart("TLS cert and key required for HTTPS");
        return await MonitoringListener.StartAsync(context, isSecure: httpsPort != 0, cancellationToken);
    }

    private sealed class NothingToStop : IAsyncDisposable
    {
        public static NothingToStop Instance { get; } = new();

        public ValueTask DisposeAsync() => default;
    }
}
