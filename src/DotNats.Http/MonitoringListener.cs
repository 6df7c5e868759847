using System.Net;
using System.Net.Sockets;
using DotNats.Extensions;
using DotNats.Logging;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace DotNats.Http;

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
        int port = (isSecure ? options.Monitoring.HttpsPort : options.Monitoring.HttpPort) ?? 0;
        if (port == -1) port = 0;
        KestrelServer? kestrel = null;
        try
        {
            ListenOptions listen = Configure(await ResolveAsync(host, port, cancellationToken), isSecure ? new TlsLayer(context.ServerTls!, logger) : null);
            kestrel = new KestrelServer(
                Options.Create(listen.KestrelServerOptions),
                new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance),
                NullLoggerFactory.Instance);
            MonitoringEndpoints endpoints = new(context.Monitoring, context.Monitoring.Version, logger);
            await kestrel.StartAsync(new MonitoringApplication(new MonitoringRouter(endpoints, options.Monitoring.BasePath)), cancellationToken);
            IPEndPoint bound = listen.IPEndPoint!;
            HttpLog.Starting(logger, isSecure ? "https" : "http", Join(host, bound.Port));
            context.MonitoringStarted(bound);
            return new MonitoringListener(kestrel);
        }
        catch (Exception exception) when (exception is IOException or SocketException or ArgumentOutOfRangeException)
        {
            kestrel?.Dispose();
            throw CannotStart($"can't listen to the monitor port: {Explain(exception, host, port)}", exception);
        }
    }

    /// <summary>Stops listening and closes idle connections; requests that run have a second to end.</summary>
    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource timeout = new(StopTime);
        await _kestrel.StopAsync(timeout.Token);
        _kestrel.Dispose();
    }

    public static ServerStartException CannotStart(string reason, Exception? cause = null) => new($"Can't start monitoring: {reason}", cause);

    private static ListenOptions Configure(IPEndPoint endPoint, TlsLayer? tls)
    {
        KestrelServerOptions settings = new() { AddServerHeader = false, AllowHostHeaderOverride = true };
        // Compat: header bytes and waiting time as nats-server allows; number of headers and length of the first line as they fit in.
        const int MaxHeaderBytes = 1 << 20;
        settings.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        settings.Limits.MaxRequestLineSize = MaxHeaderBytes;
        settings.Limits.MaxRequestBufferSize = 2 * MaxHeaderBytes;
        settings.Limits.MaxRequestHeaderCount = 10_000;
        settings.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        ListenOptions listen = null!;
        settings.Listen(endPoint, listenOptions =>
        {
            listen = listenOptions;
            listenOptions.Protocols = HttpProtocols.Http1;
            if (tls is not null) listenOptions.Use(next => connection => tls.RunAsync(connection, next));
            listenOptions.Use(next => connection => VersionEcho.RunAsync(connection, next));
        });
        return listen;
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

    // Compat: the words of Go's net package.
    private static string Explain(Exception exception, string host, int port) => exception switch
    {
        ArgumentOutOfRangeException => $"listen tcp: address {port}: invalid port",
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } => $"listen tcp: lookup {host}: no such host",
        { InnerException: AddressInUseException } => $"listen tcp {Join(host, port)}: bind: address already in use",
        _ => $"listen tcp {Join(host, port)}: bind: {OsErrorText.Of(exception)}",
    };
}
