using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using DotNats;
using DotNats.Extensions;
using DotNats.Http;
using DotNats.Server.Monitoring;
using Microsoft.Extensions.Logging;
using Server.Tests.Monitoring;

namespace Http.Tests;

/// <summary>The monitoring listener on a free port, before a server that exists on paper only.</summary>
internal sealed class MonitorHost : IAsyncDisposable
{
    private readonly IAsyncDisposable _running;

    private MonitorHost(IAsyncDisposable running, int port, int profilePort, FakeMonitoringSource source, RecordingLogger log)
    {
        _running = running;
        Port = port;
        ProfilePort = profilePort;
        Source = source;
        Log = log;
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    public int Port { get; }

    public int ProfilePort { get; }

    public FakeMonitoringSource Source { get; }

    public RecordingLogger Log { get; }

    public HttpClient Client { get; }

    public static async Task<MonitorHost> StartAsync(
        FakeMonitoringSource? source = null, MonitoringOptions? options = null, Func<string, SslServerAuthenticationOptions>? tls = null,
        int profilePort = 0)
    {
        source ??= new FakeMonitoringSource();
        source.Options = source.Options with { Host = "127.0.0.1", ProfilePort = profilePort, Monitoring = options ?? new MonitoringOptions { HttpPort = -1, BasePath = "" } };
        RecordingLogger log = new();
        int port = 0, boundProfilePort = 0;
        ServerContext context = new()
        {
            Options = () => source.Options,
            Monitoring = new MonitoringReports(source),
            LoggerFactory = log,
            ServerTls = tls,
            MonitoringStarted = endpoint => port = endpoint.Port,
            ProfilingStarted = endpoint => boundProfilePort = endpoint.Port,
        };
        IAsyncDisposable running = await new HttpMonitoring().StartAsync(context, CancellationToken.None);
        return new MonitorHost(running, port, boundProfilePort, source, log);
    }

    /// <summary>Sends bytes as they are; returns what came until the server closed.</summary>
    public async Task<string> SendRawAsync(string request)
    {
        using TcpClient tcp = new();
        await tcp.ConnectAsync(IPAddress.Loopback, Port);
        NetworkStream stream = tcp.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        using StreamReader reader = new(stream, Encoding.Latin1);
        using CancellationTokenSource timeout = new(TimeSpan.FromSeconds(10));
        return await reader.ReadToEndAsync(timeout.Token);
    }

    public Task<HttpResponseMessage> GetAsync(string path) => Client.GetAsync(new Uri(path, UriKind.Relative));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _running.DisposeAsync();
    }
}

/// <summary>Keeps log lines.</summary>
internal sealed class RecordingLogger : ILoggerFactory, ILogger
{
    public System.Collections.Concurrent.ConcurrentQueue<(LogLevel Level, string Text)> Lines { get; } = [];

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue((logLevel, formatter(state, exception)));

    public void Dispose()
    {
    }
}
