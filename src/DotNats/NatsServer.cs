using System.Net;
using System.Net.Sockets;
using DotNats.Extensions;
using DotNats.JetStream.Service;
using DotNats.Logging;
using DotNats.Mqtt.Service;
using DotNats.Reload;
using DotNats.Server;
using DotNats.Server.Accounts;
using DotNats.Server.Accounts.Resolving;
using DotNats.Server.JetStream;
using DotNats.Server.Monitoring;
using DotNats.Server.Mqtt;
using DotNats.Server.Transport.Streams;
using DotNats.Server.Transport.Tls;
using Microsoft.Extensions.Logging.Abstractions;

namespace DotNats;

/// <summary>A running NATS server. <c>await using var server = await NatsServer.StartAsync(options);</c></summary>
/// <remarks>Any number may run in one process. The server uses no console, no signal, no static state; it ends when it is disposed.</remarks>
public sealed class NatsServer : IAsyncDisposable
{
    private readonly ServerCore _core;
    private readonly ExtensionHost _extensions;
    private readonly LameDuckMode _lameDuck;
    private readonly NatsServerDependencies _dependencies;
    private readonly SemaphoreSlim _reloading = new(1, 1);
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int _stopped;

    private NatsServer(ServerCore core, NatsServerDependencies dependencies)
    {
        _core = core;
        _dependencies = dependencies;
        _extensions = new ExtensionHost(core);
        _lameDuck = new LameDuckMode(core);
    }

    /// <summary>Where clients connect; the port is the one really bound.</summary>
    public IPEndPoint ClientEndPoint => _core.Listener.EndPoint;

    /// <summary>Where MQTT clients connect; null where none can.</summary>
    public IPEndPoint? MqttEndPoint => _core.Mqtt?.EndPoint;

    /// <summary>URL for clients on this machine.</summary>
    public string ClientUrl
    {
        get
        {
            IPAddress address = ClientEndPoint.Address;
            if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)) address = Socket.OSSupportsIPv4 ? IPAddress.Loopback : IPAddress.IPv6Loopback;
            return $"nats://{new IPEndPoint(address, ClientEndPoint.Port)}";
        }
    }

    /// <summary>Where the monitoring endpoints are bound; null where they are not configured.</summary>
    public IPEndPoint? MonitoringEndPoint => _extensions.MonitoringEndPoint;

    /// <summary>Where the diagnostics port is bound; null where it is not configured.</summary>
    public IPEndPoint? ProfileEndPoint => _extensions.ProfileEndPoint;

    /// <summary>What the monitoring endpoints show, without HTTP.</summary>
    public MonitoringReports Monitoring => _core.Monitoring;

    /// <summary>Public server nkey (<c>N…</c>).</summary>
    public string ServerId => _core.Id;

    /// <summary>The configured name, or the id.</summary>
    public string ServerName => _core.Name;

    /// <summary>Options in force; a reload replaces the record.</summary>
    public NatsServerOptions Options => _core.Options;

    /// <summary>Completes when the server has stopped, by itself (lame duck mode) or because it was told to.</summary>
    public Task Completion => _completion.Task;

    internal ServerCore Core => _core;

    /// <summary>Starts a server and returns once it accepts connections.</summary>
    /// <exception cref="OptionsException">The options contradict each other, or TLS files cannot be used; the message holds every error.</exception>
    /// <exception cref="ServerStartException">An address cannot be bound.</exception>
    public static async Task<NatsServer> StartAsync(NatsServerOptions options, NatsServerDependencies? dependencies = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        cancellationToken.ThrowIfCancellationRequested();
        OptionsValidation.Check(options);
        dependencies ??= new NatsServerDependencies();
        var core = new ServerCore(options, dependencies.LoggerFactory ?? NullLoggerFactory.Instance, dependencies.TimeProvider ?? TimeProvider.System);
        core.Loops.IsPortable = dependencies.PortableTransport;
        core.ReloadRequested = dependencies.ReloadRequested;
        core.JetStreamFactory = JetStreamService.Create;
        core.Mqtt = MqttService.Create(core);
        var server = new NatsServer(core, dependencies);
        try
        {
            LoadTls(core, options);
            await LoadAccountsAsync(core, dependencies, cancellationToken).ConfigureAwait(false);
            StartBanner.Log(core.Logger, options, core.Id, core.Name);
            PreloadCheck.Start(core, options);
            dependencies.BeforeListening?.Invoke();
            await server._extensions.StartAsync(dependencies, cancellationToken).ConfigureAwait(false);
            await ListenAsync(core).ConfigureAwait(false);
        }
        catch
        {
            // Not through the server's own end, which would log a shutdown of what never ran.
            await server._extensions.DisposeAsync().ConfigureAwait(false);
            await core.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        ServerLog.Ready(core.Logger);
        return server;
    }

    private static void LoadTls(ServerCore core, NatsServerOptions options)
    {
        try
        {
            core.Listener.ReloadTls(options);
            core.Mqtt?.UseTls(core.Mqtt.LoadTls(options));
        }
        catch (TlsConfigurationException exception)
        {
            throw new OptionsException(exception.Message, exception);
        }
    }

    private static async Task LoadAccountsAsync(ServerCore core, NatsServerDependencies dependencies, CancellationToken cancellationToken)
    {
        try
        {
            IAccountFetcherFactory? fetchers = dependencies.Extensions.OfType<IAccountFetcherFactory>().FirstOrDefault();
            await core.OpenResolverAsync(fetchers, cancellationToken).ConfigureAwait(false);
        }
        catch (ResolverException exception)
        {
            throw new OptionsException(exception.Message, exception);
        }

        if (await core.LoadAccountsAsync().ConfigureAwait(false) is { } missing) throw new OptionsException(missing);
    }

    private static async Task ListenAsync(ServerCore core)
    {
        try
        {
            await core.StartAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ResolverException or JetStreamStartException)
        {
            throw new ServerStartException(exception.Message, exception);
        }
        catch (MqttListenException exception)
        {
            throw ServerStartException.ForMqtt(core.Options.Mqtt!, exception);
        }
        catch (Exception exception) when (ServerStartException.ForListener(core.Options, exception) is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>A connection inside the process: one end of a byte stream that speaks the NATS client protocol.</summary>
    /// <remarks>Give it to a client's socket-connection factory. Disposing it disconnects.</remarks>
    public Stream ConnectInProcess()
    {
        ObjectDisposedException.ThrowIf(_core.IsStopping, this);
        (Stream server, Stream client) = DuplexPipeStream.CreatePair();
        _core.Listener.AcceptStream(server);
        return client;
    }

    /// <summary>Puts new options in force: all of them, or none.</summary>
    /// <exception cref="OptionsException">The options contradict each other.</exception>
    /// <exception cref="ReloadException">Some changes need a restart, and it names each of them; or TLS files cannot be used.</exception>
    public async Task ReloadAsync(NatsServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionsValidation.Check(options);
        await _reloading.WaitAsync().ConfigureAwait(false);
        try
        {
            ReloadPlan plan = ReloadPlan.Make(BoundOptions, options);
            if (plan.Refusals.Count > 0) throw new ReloadException(plan.Refusals);
            foreach (string notice in plan.Notices) ServerLog.Reloaded(_core.Logger, notice);
            await _core.ApplyOptionsAsync(plan.Options).ConfigureAwait(false);
            _dependencies.Reloaded?.Invoke(plan.Options);
            ServerLog.ReloadDone(_core.Logger, options.ConfigDigest is { } digest ? $"({digest})" : "");
        }
        catch (Exception exception) when (exception is TlsConfigurationException or ResolverException)
        {
            throw new ReloadException(exception.Message, exception);
        }
        finally
        {
            _reloading.Release();
        }
    }

    // A port that the system chose is the one that stays.
    private NatsServerOptions BoundOptions
    {
        get
        {
            NatsServerOptions bound = _core.Options with { Port = ClientEndPoint.Port };
            return MqttEndPoint is { } mqtt ? bound with { Mqtt = bound.Mqtt! with { Port = mqtt.Port } } : bound;
        }
    }

    /// <summary>Stops accepting, asks clients to go elsewhere, closes them over the configured time, then stops.</summary>
    public async Task EnterLameDuckAsync()
    {
        if (await _lameDuck.RunAsync().ConfigureAwait(false)) await ShutdownAsync().ConfigureAwait(false);
    }

    /// <summary>Closes every connection and stops. Safe to call more than once.</summary>
    public async Task ShutdownAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 0)
        {
            ServerLog.ShuttingDown(_core.Logger);
            _lameDuck.Cancel();
            Task extensions = _extensions.DisposeAsync().AsTask();
            await _core.DisposeAsync().ConfigureAwait(false);
            await extensions.ConfigureAwait(false);
            ServerLog.Exiting(_core.Logger);
            _completion.TrySetResult();
        }

        await _completion.Task.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await ShutdownAsync().ConfigureAwait(false);

        _lameDuck.Dispose();
        _reloading.Dispose();
    }
}
