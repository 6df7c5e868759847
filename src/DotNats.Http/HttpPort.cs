using System.Net;
using System.Net.Sockets;
using DotNats.Logging;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace DotNats.Http;

/// <summary>A bound address with a Kestrel of its own behind it.</summary>
internal sealed class HttpPort : IAsyncDisposable
{
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(1);
    private readonly KestrelServer _kestrel;

    private HttpPort(KestrelServer kestrel, IPEndPoint endPoint)
    {
        _kestrel = kestrel;
        EndPoint = endPoint;
    }

    /// <summary>What is bound, with the port that was free where any was asked for.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Binds an address and starts to answer.</summary>
    /// <param name="port">-1 for a free one.</param>
    /// <param name="tls">Null for plain HTTP.</param>
    /// <param name="complaint">What the message of a failure says before the reason.</param>
    /// <exception cref="ServerStartException">The address cannot be bound.</exception>
    public static async Task<HttpPort> StartAsync(
        string host, int port, RequestRouter router, TlsLayer? tls, string complaint, CancellationToken cancellationToken)
    {
        if (port == -1) port = 0;
        KestrelServer? kestrel = null;
        try
        {
            ListenOptions listen = Configure(await ResolveAsync(host, port, cancellationToken), tls);
            kestrel = new KestrelServer(
                Options.Create(listen.KestrelServerOptions),
                new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance),
                NullLoggerFactory.Instance);
            await kestrel.StartAsync(new HttpApplication(router), cancellationToken);
            return new HttpPort(kestrel, listen.IPEndPoint!);
        }
        catch (Exception exception) when (exception is IOException or SocketException or ArgumentOutOfRangeException)
        {
            kestrel?.Dispose();
            throw new ServerStartException($"{complaint}: {Explain(exception, host, port)}", exception);
        }
    }

    /// <summary>Stops listening and closes idle connections; requests that run have a second to end.</summary>
    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource timeout = new(StopTime);
        await _kestrel.StopAsync(timeout.Token);
        _kestrel.Dispose();
    }

    /// <summary>Host and port as an address is written.</summary>
    public static string Join(string host, int port) => host.Contains(':') && host[0] != '[' ? $"[{host}]:{port}" : $"{host}:{port}";

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

    // Compat: the words of Go's net package.
    private static string Explain(Exception exception, string host, int port) => exception switch
    {
        ArgumentOutOfRangeException => $"listen tcp: address {port}: invalid port",
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } => $"listen tcp: lookup {host}: no such host",
        { InnerException: AddressInUseException } => $"listen tcp {Join(host, port)}: bind: address already in use",
        _ => $"listen tcp {Join(host, port)}: bind: {OsErrorText.Of(exception)}",
    };
}
