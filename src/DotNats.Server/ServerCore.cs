using DotNats.Primitives;
using DotNats.Protocol;
using DotNats.Security;
using DotNats.Server.Accounts;
using DotNats.Server.Accounts.Resolving;
using DotNats.Server.Authentication;
using DotNats.Server.Connections;
using DotNats.Server.JetStream;
using DotNats.Server.Monitoring;
using DotNats.Server.Mqtt;
using DotNats.Server.Routing;
using DotNats.Server.SystemAccount;
using DotNats.Server.Tracing;
using DotNats.Server.Transport;
using DotNats.Server.Transport.Tls;
using Microsoft.Extensions.Logging;

namespace DotNats.Server;

/// <summary>One running server: what its parts share, and how it starts and stops.</summary>
// Owner: DotNats.NatsServer. Options and Authenticator are snapshots, replaced whole by a reload.
internal sealed class ServerCore : IAsyncDisposable
{
    // Ids that nats-server's own clients have in the account of everybody and the system account.
    private const int OwnIds = 4;

    private readonly ClientListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private volatile SystemServices? _systemServices;
    private volatile IJetStreamService? _jetStream;
    private int _stopping;

    public ServerCore(NatsServerOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        Options = options;
        Time = time;
        Logger = loggers.CreateLogger("DotNats.Server");
        StartTime = ConfigLoadTime = time.GetUtcNow();
        Key = NKey.Create(NKeyKind.Server);
        Timers = new TimerWheel(time, exception => ServerLog.TimerFailed(Logger, exception));
        Contexts = new DeliveryContextPool(time, !options.DisableSubscriptionCache);
        Accounts = new AccountRegistry(this, options);
        ReplySuffix = ReplySubject.ServerSuffix(Name);
        if (OperatorTrust.IsWanted(options)) Operators = new OperatorAccounts(this, options, MakeResolver(options));
        Callouts = new CalloutExchange(this);
        Authenticator = MakeAuthenticator(options, LoginTerms.ForClients(options), previous: null);
        Proxies = new TrustedProxies(options);
        Info = new ServerInfoSource(this);
        Closed = new ClosedConnections(options.Limits.MaxClosedClients);
        Stamp = new ServerStamp(this);
        Tracer = new MessageTracer(this);
        LatencyReports = new LatencyReports(this);
        Monitoring = new MonitoringReports(new ServerMonitor(this));
        Loops = new TransportLoops(this);
        _listener = new ClientListener(this);
    }

    public NatsServerOptions Options { get; private set; }

    public TimeProvider Time { get; }

    public ILogger Logger { get; }

    public DateTimeOffset StartTime { get; }

    /// <summary>When the options in force were read.</summary>
    public DateTimeOffset ConfigLoadTime { get; private set; }

    /// <summary>The server's own nkey; its public half is the server id.</summary>
    public NKey Key { get; }

    public string Id => Key.PublicKey;

    public string Name => Options.ServerName ?? Id;

    public TimerWheel Timers { get; }

    public ChunkPool Chunks { get; } = new();

    public DeliveryContextPool Contexts { get; }

    public AccountRegistry Accounts { get; }

    /// <summary>The accounts that come from JWTs; null where the configuration has them.</summary>
    public OperatorAccounts? Operators { get; }

    /// <summary>Where those accounts come from; null where the configuration has them, and before the start.</summary>
    public AccountResolving? Resolving { get; private set; }

    /// <summary>Answers account JWTs where the configuration has the accounts; null with a resolver or without a system account.</summary>
    public MemoryUpdates? AccountUpdates { get; private set; }

    public IAuthenticator Authenticator { get; private set; } = null!;

    /// <summary>Who may speak for clients; replaced by a reload.</summary>
    public TrustedProxies Proxies { get; private set; }

    /// <summary>Somebody may have to sign the nonce of a connection.</summary>
    public bool NonceRequired => Authenticator.NonceRequired || Proxies.Any;

    /// <summary>Questions to authorization services that wait for answers.</summary>
    public CalloutExchange Callouts { get; }

    public ServerInfoSource Info { get; }

    public ConnectionTable Connections { get; } = new();

    public ClosedConnections Closed { get; }

    public MessageTracer Tracer { get; }

    /// <summary>Names this server in what it publishes.</summary>
    public ServerStamp Stamp { get; }

    /// <summary>What it says and answers in its system account; null without one, and before the start.</summary>
    public SystemServices? SystemServices => _systemServices;

    /// <summary>Streams; null where they are not wanted, and before the start.</summary>
    public IJetStreamService? JetStream => _jetStream;

    /// <summary>Makes what <see cref="JetStream"/> is, where options ask for it; null in a server without that part.</summary>
    public Func<ServerCore, IJetStreamService>? JetStreamFactory { get; set; }

    /// <summary>The listener for MQTT clients and what serves them; null where none is wanted. Set before the start.</summary>
    public IMqttService? Mqtt { get; set; }

    /// <summary>Takes requests to JetStream, in the system account, while that is switched off; null where it never was, or is on again.</summary>
    public Subscription? JetStreamSilence { get; set; }

    /// <summary>How the host reads its configuration again when it is asked to over the system account; null where there is none to read.</summary>
    public Func<Task>? ReloadRequested { get; set; }

    public MonitoringReports Monitoring { get; }

    public ServerStatistics Statistics { get; } = new();

    /// <summary>Ids of events and measurements.</summary>
    public Nuid EventIds { get; } = new();

    public LatencyReports LatencyReports { get; }

    public ResponsePool ResponsePool { get; } = new();

    /// <summary>Ends the reply subjects of measured requests: names this server.</summary>
    public byte[] ReplySuffix { get; }

    /// <summary>What carries plain sockets, of all listeners.</summary>
    public TransportLoops Loops { get; }

    public ClientListener Listener => _listener;

    public bool IsLameDuck { get; private set; }

    public bool IsStopping => Volatile.Read(ref _stopping) != 0;

    /// <summary>Cancelled when the server stops.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>Time a client has to say who it is: configured, or two seconds, or one more than the TLS handshake may take.</summary>
    /// <remarks>A century at most, so that there is a date when it is over.</remarks>
    public TimeSpan AuthenticationTimeout
    {
        get
        {
            TimeSpan longest = TimeSpan.FromDays(36_500);
            if (Options.Authorization.Timeout is { } own) return own < longest ? own : longest;
            if (Options.Tls is not { } tls) return TimeSpan.FromSeconds(2);
            return tls.Timeout < longest ? tls.Timeout + TimeSpan.FromSeconds(1) : longest;
        }
    }

    public TimeSpan ToTimeSpan(long ticks) => TimeSpan.FromSeconds((double)ticks / Time.TimestampFrequency);

    /// <summary>Starts the parts of the server, then binds the client listener and starts to accept.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be bound.</exception>
    /// <exception cref="ResolverException">The account resolver lacks something.</exception>
    /// <exception cref="MqttListenException">The address for MQTT clients cannot be bound.</exception>
    /// <exception cref="JetStreamStartException">JetStream is wanted and cannot be started.</exception>
    public async Task StartAsync()
    {
        if (Accounts.System is { Claims: null } system && Options.SystemAccount is null) ServerLog.SystemAccountCreated(Logger, system.Name);
        StartSystemServices();
        // Compat: JWTs are answered for also where the configuration has the accounts: they are of none in use.
        if (Resolving is { } resolving) resolving.Start(ResolverSurroundings.Of(this));
        else AccountUpdates = MemoryUpdates.Start(ResolverSurroundings.Of(this), Logger);
        if (Options.JetStream.Enabled) await StartJetStreamAsync().ConfigureAwait(false);
        if (Mqtt is { } mqtt) Start(mqtt);
        _listener.Start();
        ListenerLog.Announce(Logger, Options, _listener.Port);
    }

    private static void Start(IMqttService mqtt)
    {
        try
        {
            mqtt.Start();
        }
        catch (Exception exception) when (exception is System.Net.Sockets.SocketException or ArgumentOutOfRangeException)
        {
            throw new MqttListenException(exception);
        }
    }

    // In place before it starts: what it recovers asks for it.
    private Task StartJetStreamAsync()
    {
        if (JetStreamFactory is not { } make) return Task.CompletedTask;
        IJetStreamService service = make(this);
        _jetStream = service;
        return service.StartAsync();
    }

    private async Task ApplyJetStreamAsync(NatsServerOptions previous)
    {
        if (_jetStream is { IsEnabled: true } running && Options.JetStream.Enabled)
        {
            running.OnOptionsChanged(Options);
            return;
        }

        await StopJetStreamAsync().ConfigureAwait(false);
        if (!Options.JetStream.Enabled || IsStopping) return;
        try
        {
            if (!previous.JetStream.Enabled) ServerLog.JetStreamRestarting(Logger);
            await StartJetStreamAsync().ConfigureAwait(false);
        }
        catch (JetStreamStartException exception)
        {
            ServerLog.JetStreamFailed(Logger, exception.Message);
            await StopJetStreamAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask StopJetStreamAsync()
    {
        if (_jetStream is not { } service) return;
        await service.DisposeAsync().ConfigureAwait(false);
        _jetStream = null;
    }

    private void StartSystemServices()
    {
        if (Accounts.System is not { } account) return;
        // Compat: nats-server's own clients have ids too, so the first connection is number 5 there, and one more for each account besides those two.
        Connections.SkipIds(OwnIds + Math.Max(Accounts.All.Count - 2, 0));
        var services = new SystemServices(this, account);
        services.Start();
        _systemServices = services;
    }

    /// <summary>Opens what account JWTs come from.</summary>
    /// <param name="fetchers">Who can fetch over HTTP; null where nobody can.</param>
    /// <exception cref="ResolverException">It cannot be used.</exception>
    public async Task OpenResolverAsync(IAccountFetcherFactory? fetchers, CancellationToken cancellationToken)
    {
        if (Operators is null) return;
        Operators.Resolver = Resolving = AccountResolving.Open(Options, fetchers, Time, Logger);
        await Resolving.CheckAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Loads the accounts the server itself needs. Says what is wrong, or null.</summary>
    public async Task<string?> LoadAccountsAsync()
    {
        if (Operators is null || Accounts.System is not { } system || system.Name == AccountRegistry.DefaultSystemName) return null;
        if (Options.Accounts.Any(account => account.Name == system.Name)) return null;
        (_, string? error) = await Operators.FindAsync(system.Name).ConfigureAwait(false);
        if (error is null) return null;
        if (IsMemoryResolver(Options) || Options.Operators.Count != 1) return $"error resolving system account: {error}";
        await SystemAccountBootstrap.StartAsync(this, Operators, system.Name).ConfigureAwait(false);
        return null;
    }

    private static bool IsMemoryResolver(NatsServerOptions options) => options.Resolver is null or { Kind: ResolverKind.Memory };

    private static MemoryAccountResolver MakeResolver(NatsServerOptions options) => new(options.ResolverPreload);

    /// <summary>Who judges the clients of a listener.</summary>
    /// <param name="terms">The listener's.</param>
    /// <param name="previous">What is replaced by it; null at the start.</param>
    public IAuthenticator MakeAuthenticator(NatsServerOptions options, LoginTerms terms, IAuthenticator? previous)
    {
        if (Operators is { } operators)
        {
            var judge = new OperatorAuthenticator(options, operators, Statistics, Time);
            return new CalloutAuthenticator(this, judge, OperatorCalloutRules.For(operators), options, previous);
        }

        IAuthenticator configured = new ConfigAuthenticator(options, terms);
        return options.Authorization.AuthCallout is null
            ? configured
            : new CalloutAuthenticator(this, configured, new ConfiguredCalloutRules(options, Accounts), options, previous);
    }

    /// <summary>What a client has to sign with its nkey: 11 random bytes in base64url, as nats-server makes them.</summary>
    public string NewNonce()
    {
        Span<byte> raw = stackalloc byte[11];
        SystemRandom.Fill(raw);
        return System.Buffers.Text.Base64Url.EncodeToString(raw);
    }

    /// <summary>A peer arrived: gives it a connection and a session. The endpoint starts the session when the stream is ready.</summary>
    public Connection Attach(Endpoint endpoint, string remoteIp, int remotePort, Func<Connection, MemberSession> createSession)
    {
        Statistics.CountConnection();
        var connection = new Connection(this, Connections.NextId(), endpoint, remoteIp, remotePort);
        connection.Session = createSession(connection);
        return connection;
    }

    /// <summary>Registers a greeted connection; false, and closed, where the server takes no more.</summary>
    public bool TryRegister(Connection connection)
    {
        int most = Options.Limits.MaxConnections;
        if (IsStopping)
        {
            connection.Close(CloseReason.ServerShutdown);
            return false;
        }

        if (Connections.Count >= most)
        {
            var session = (MemberSession)connection.Session;
            SessionLog.MaxConnections(Logger, session);
            session.TellError(ErrorTexts.MaxConnectionsExceeded);
            connection.Close(CloseReason.MaxConnectionsExceeded);
            return false;
        }

        Connections.Add(connection);
        // A stop that began meanwhile may have looked for connections before this one was there.
        if (IsStopping) connection.Close(CloseReason.ServerShutdown);
        // Closed in between: its removal came before it was there.
        if (connection.IsClosed) Connections.Remove(connection);
        return true;
    }

    /// <summary>A connection is about to end and still has its account and its subscriptions: its last picture is taken.</summary>
    public void OnConnectionClosing(Connection connection)
    {
        if (connection.Session is not MemberSession client) return;
        Closed.Add(ClosedConnection.Capture(new ConnectionMonitor(client), connection.StopTime.UtcDateTime, connection.CloseReason.ToText()));
        if (connection.CloseReason is CloseReason.SlowConsumerPendingBytes or CloseReason.SlowConsumerWriteDeadline) client.Account.CountSlowConsumer();
    }

    public void OnConnectionClosed(Connection connection)
    {
        Connections.Remove(connection);
        Statistics.ClosedTraffic.Add(connection.InMessages, connection.InBytes, connection.Outbound.Messages, connection.Outbound.Bytes);
        if (connection.Session is not MemberSession client) return;
        client.Account.ClosedTraffic.Add(connection.InMessages, connection.InBytes, connection.Outbound.Messages, connection.Outbound.Bytes);
        if (_systemServices is not { } services) return;
        services.AccountConnections.Changed(client.Login.Left ?? client.Account);
        services.Connections.Disconnected(client);
    }

    /// <summary>Puts new options in force. The caller has validated them and knows that each change may be made while running.</summary>
    /// <exception cref="Transport.Tls.TlsConfigurationException">TLS files cannot be used; nothing has changed.</exception>
    /// <exception cref="ResolverException">The account resolver cannot be used; nothing has changed.</exception>
    public async Task ApplyOptionsAsync(NatsServerOptions options)
    {
        NatsServerOptions previous = Options;
        // First: what cannot be loaded must leave everything as it is.
        IAccountResolver? resolver = Resolving?.Prepare(options);
        try
        {
            TlsContext? tls = _listener.LoadTls(options);
            Mqtt?.UseTls(Mqtt.LoadTls(options));
            _listener.UseTls(tls);
        }
        catch
        {
            if (resolver is IRunningResolver unused) await unused.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        if (Operators is null) Accounts.Apply(options);
        else await Operators.RunAloneAsync(() => Accounts.Apply(options)).ConfigureAwait(false);
        Options = options;
        Resolving?.Apply(options, resolver);
        if (Operators is not null && resolver is not null) await Operators.OnResolverReplacedAsync().ConfigureAwait(false);
        if (Operators is not null && IsMemoryResolver(options)) await Operators.ReloadAsync(Operators.Resolver).ConfigureAwait(false);
        if (Operators is not null) PreloadCheck.Start(this, options);
        Authenticator = MakeAuthenticator(options, LoginTerms.ForClients(options), Authenticator);
        Proxies = new TrustedProxies(options);
        Mqtt?.OnOptionsChanged(previous);
        ConfigLoadTime = Time.GetUtcNow();
        await ApplyJetStreamAsync(previous).ConfigureAwait(false);
        _systemServices?.OnOptionsChanged(previous, options);
        new ReloadPass(this, previous, options).Run();
    }

    /// <summary>Tells clients to go elsewhere and stops listening.</summary>
    public void EnterLameDuck()
    {
        IsLameDuck = true;
        _systemServices?.EnterLameDuck();
        StopAccepting();
        BroadcastInfo();
    }

    private void StopAccepting()
    {
        _listener.StopAccepting();
        Mqtt?.StopAccepting();
    }

    /// <summary>Sends every client that understands it the INFO of this moment.</summary>
    public void BroadcastInfo()
    {
        foreach (Connection connection in Connections.All)
        {
            if (connection.Session is ClientSession { Options.Protocol: >= 1, Login.IsConnected: true } client)
                client.Login.SendInfo(context: null);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopping, 1) != 0) return;
        StopAccepting();
        // First, while those who listen are connected; what happens to them afterwards is told to nobody.
        if (_systemServices is { } services) await services.ShutdownAsync().ConfigureAwait(false);
        _systemServices = null;
        // While those it answers are connected: what was published is stored and acknowledged.
        await StopJetStreamAsync().ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        foreach (Connection connection in Connections.All) connection.Close(CloseReason.ServerShutdown);
        await _listener.DisposeAsync().ConfigureAwait(false);
        if (Mqtt is { } mqtt) await mqtt.DisposeAsync().ConfigureAwait(false);
        Loops.Stop();
        if (Resolving is { } resolving) await resolving.DisposeAsync().ConfigureAwait(false);
        Callouts.Dispose();
        if (AccountUpdates is { } updates) await updates.DisposeAsync().ConfigureAwait(false);
        Timers.Dispose();
        Operators?.Dispose();
        Key.Dispose();
    }
}
