using System.Net;
using System.Net.Sockets;
using DotNats.Extensions;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

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

/// <summary>A running Kestrel with the monitoring application in it.</summary>
internal sealed class MonitoringListener : IAsyncDisposable
{
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(1);
    private readonly KestrelServer _kestrel;

    private MonitoringListener(KestrelServer kestrel) => _kestrel = kestrel;

    /// <summary>Binds the configured address and starts to answer.</summary>
    public static async Task<MonitoringListener> StartAsync(ServerContext context, bool isSecure, CancellationToken cancellationToken)
    {
        NatsServerOptions options = context.Options();
        ILogger logger = context.LoggerFactory.CreateLogger("DotNats.Monitoring");
        string host = options.Monitoring.Host ?? options.Host;
        int port = Math.Max(0, (isSecure ? options.Monitoring.HttpsPort : options.Monitoring.HttpPort) ?? 0);
        TlsLayer? tls = isSecure ? new TlsLayer(context.ServerTls!, logger) : null;
        ListenOptions listen = null!;
        KestrelServerOptions settings = CreateSettings();
        settings.Listen(await ResolveAsync(host, port, cancellationToken), listenOptions =>
        {
            listen = listenOptions;
            listenOptions.Protocols = HttpProtocols.Http1;
            if (tls is not null) listenOptions.Use(next => connection => tls.RunAsync(connection, next));
            listenOptions.Use(next => connection => VersionEcho.RunAsync(connection, next));
        });
        KestrelServer kestrel = new(
            Options.Create(settings),
            new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance),
            NullLoggerFactory.Instance);
        MonitoringEndpoints endpoints = new(context.Monitoring, context.Monitoring.Version, logger);
        MonitoringApplication application = new(new MonitoringRouter(endpoints, options.Monitoring.BasePath));
        try
        {
            await kestrel.StartAsync(application, cancellationToken);
        }
        catch (IOException exception)
        {
            kestrel.Dispose();
            throw CannotStart($"can't listen to the monitor port: listen tcp {Join(host, port)}: {Reason(exception)}", exception);
        }

        IPEndPoint bound = listen.IPEndPoint!;
        HttpLog.Starting(logger, isSecure ? "https" : "http", Join(host, bound.Port));
        context.MonitoringStarted(bound);
        return new MonitoringListener(kestrel);
    }

    /// <summary>Stops listening and closes idle connections; requests that run have a second to end.</summary>
    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource timeout = new(StopTime);
        await _kestrel.StopAsync(timeout.Token);
        _kestrel.Dispose();
    }

    public static ServerStartException CannotStart(string reason, Exception? cause = null) => new($"Can't start monitoring: {reason}", cause);

    private static KestrelServerOptions CreateSettings()
    {
        KestrelServerOptions settings = new() { AddServerHeader = false, AllowHostHeaderOverride = true };
        // Compat: header bytes and waiting time as nats-server allows; number of headers and length of the first line as they fit in.
        const int MaxHeaderBytes = 1 << 20;
        settings.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        settings.Limits.MaxRequestLineSize = MaxHeaderBytes;
        settings.Limits.MaxRequestBufferSize = 2 * MaxHeaderBytes;
        settings.Limits.MaxRequestHeaderCount = 10_000;
        settings.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        return settings;
    }

    private static async Task<IPEndPoint> ResolveAsync(string host, int port, CancellationToken cancellationToken)
    {
        if (!IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address))
        {
            IPAddress[] found = host.Length == 0 ? [IPAddress.Any] : await Dns.GetHostAddressesAsync(host, cancellationToken);
            address = Array.Find(found, candidate => candidate.AddressFamily == AddressFamily.InterNetwork) ?? found[0];
        }

        // Compat: the wildcard address takes both IP versions.
        if (address.Equals(IPAddress.Any) && Socket.OSSupportsIPv6) address = IPAddress.IPv6Any;
        return new IPEndPoint(address, port);
    }

    private static string Join(string host, int port) => host.Contains(':') && host[0] != '[' ? $"[{host}]:{port}" : $"{host}:{port}";

    private static string Reason(IOException exception) =>
        exception.InnerException is AddressInUseException ? "bind: address already in use" : exception.InnerException?.Message ?? exception.Message;
}
