namespace DotNats;

/// <summary>Everything a server can be told before it starts. Defaults are nats-server's.</summary>
/// <remarks>A value never changes: a reload makes a new record and compares (see <c>DotNats.Configuration</c>).</remarks>
public sealed record NatsServerOptions
{
    /// <summary>Address the client listener binds (<c>host</c>, <c>net</c>).</summary>
    public string Host { get; init; } = "0.0.0.0";

    /// <summary>Client port (<c>port</c>); 0 or -1 takes a free one. A configuration file's absent or zero port becomes 4222.</summary>
    public int Port { get; init; } = 4222;

    /// <summary>Name shown to clients and monitoring (<c>server_name</c>); null takes the server id.</summary>
    public string? ServerName { get; init; }

    /// <summary>host[:port] put into <c>connect_urls</c> instead of the own address (<c>client_advertise</c>).</summary>
    public string? ClientAdvertise { get; init; }

    public IReadOnlyList<string> ServerTags { get; init => field = OptionList.Copy(value); } = [];

    public IReadOnlyDictionary<string, string> ServerMetadata { get; init => field = OptionMap.Copy(value); } = new OptionMap<string>();

    public IReadOnlyDictionary<string, bool> FeatureFlags { get; init => field = OptionMap.Copy(value); } = new OptionMap<bool>();

    public LimitOptions Limits { get; init; } = new();

    public TimingOptions Timing { get; init; } = new();

    /// <summary>What happens to a connection whose write deadline passes (<c>write_timeout</c>).</summary>
    public WriteTimeoutPolicy WriteTimeout { get; init; } = WriteTimeoutPolicy.Default;

    /// <summary>True drops messages for a slow subscriber instead of pausing its producer (<c>no_fast_producer_stall</c>).</summary>
    public bool NoFastProducerStall { get; init; }

    /// <summary>True announces <c>headers: false</c> and refuses HPUB (<c>no_header_support</c>).</summary>
    public bool NoHeaderSupport { get; init; }

    /// <summary>True turns the match cache off (<c>disable_sublist_cache</c>).</summary>
    public bool DisableSubscriptionCache { get; init; }

    /// <summary>True expects a PROXY protocol v1 or v2 header before anything else (<c>proxy_protocol</c>).</summary>
    public bool ProxyProtocol { get; init; }

    /// <summary>TLS of the client listener; null for none.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>Accept plain connections beside TLS ones (<c>allow_non_tls</c>).</summary>
    public bool AllowNonTls { get; init; }

    public AuthorizationOptions Authorization { get; init; } = new();

    /// <summary>Configured accounts besides <c>$G</c> and <c>$SYS</c>, in file order.</summary>
    public IReadOnlyList<AccountOptions> Accounts { get; init => field = OptionList.Copy(value); } = [];

    /// <summary>User (name or nkey) taken for clients that bring no credentials (<c>no_auth_user</c>).</summary>
    public string? NoAuthUser { get; init; }

    /// <summary>Name of the system account; null means <c>$SYS</c> is made (<c>system_account</c>).</summary>
    public string? SystemAccount { get; init; }

    public bool NoSystemAccount { get; init; }

    public LoggingOptions Logging { get; init; } = new();

    public MonitoringOptions Monitoring { get; init; } = new();

    public LameDuckOptions LameDuck { get; init; } = new();

    /// <summary>File that gets the process id (<c>pid_file</c>).</summary>
    public string? PidFile { get; init; }

    /// <summary>Directory that gets <c>&lt;exe&gt;_&lt;pid&gt;.ports</c> (<c>ports_file_dir</c>).</summary>
    public string? PortsFileDirectory { get; init; }

    /// <summary>Diagnostics port (<c>prof_port</c>); 0 for none, -1 for a free one.</summary>
    public int ProfilePort { get; init; }

    /// <summary>Fraction of blocking events to report (<c>prof_block_rate</c>). Accepted; .NET cannot count them.</summary>
    public int ProfileBlockRate { get; init; }

    /// <summary>Mappings of the global account (<c>mappings</c>). Null is none at the start; at a reload it keeps those there are, an empty list ends them.</summary>
    // Compat: a file without the key leaves the global account alone; other accounts lose the mappings they are not given again.
    public IReadOnlyList<SubjectMapping>? Mappings { get; init => field = OptionList.Copy(value); }

    public JetStreamOptions JetStream { get; init; } = new();

    public ClusterOptions? Cluster { get; init; }

    public GatewayOptions? Gateway { get; init; }

    public LeafNodeOptions? LeafNodes { get; init; }

    public WebSocketOptions? WebSocket { get; init; }

    public MqttOptions? Mqtt { get; init; }

    public ProxyTrustOptions? Proxies { get; init; }

    public OcspOptions? Ocsp { get; init; }

    public OcspCacheOptions? OcspCache { get; init; }

    /// <summary>Operators (<c>operator</c>): with any, accounts and users come from JWTs.</summary>
    public IReadOnlyList<OperatorOptions> Operators { get; init => field = OptionList.Copy(value); } = [];

    /// <summary>Public operator nkeys trusted without a JWT (<c>trusted_keys</c>).</summary>
    public IReadOnlyList<string> TrustedKeys { get; init => field = OptionList.Copy(value); } = [];

    public ResolverOptions? Resolver { get; init; }

    /// <summary>TLS towards a <see cref="ResolverKind.Url"/> resolver (<c>resolver_tls</c>).</summary>
    public TlsOptions? ResolverTls { get; init; }

    /// <summary>Account JWTs by public account nkey (<c>resolver_preload</c>).</summary>
    public IReadOnlyDictionary<string, string> ResolverPreload { get; init => field = OptionMap.Copy(value); } = new OptionMap<string>();

    /// <summary>The only accounts that may be resolved; empty for all (<c>resolver_pinned_accounts</c>).</summary>
    public IReadOnlyList<string> ResolverPinnedAccounts { get; init => field = OptionList.Copy(value); } = [];

    /// <summary>User JWT for clients that bring none (<c>default_sentinel</c>).</summary>
    public string? DefaultSentinel { get; init; }

    /// <summary>File these options were read from, or null.</summary>
    public string? ConfigFile { get; init; }

    /// <summary><c>sha256:</c> and the hex digest of the parsed configuration, or null.</summary>
    public string? ConfigDigest { get; init; }
}

/// <summary>Limits of one server and of each of its connections.</summary>
public sealed record LimitOptions
{
    /// <summary>Connections at once (<c>max_connections</c>); 0 and less refuse every client, as nats-server does once it has read "0" from a file.</summary>
    public int MaxConnections { get; init; } = 64 * 1024;

    /// <summary>Subscriptions of one connection (<c>max_subscriptions</c>); 0 for no limit.</summary>
    public int MaxSubscriptions { get; init; }

    /// <summary>Tokens of one subscription's subject (<c>max_sub_tokens</c>), 1 to 255; 0 for no limit.</summary>
    public int MaxSubscriptionTokens { get; init; }

    /// <summary>Bytes of a control line's arguments (<c>max_control_line</c>).</summary>
    public int MaxControlLineBytes { get; init; } = 4096;

    /// <summary>Bytes of one message, headers included (<c>max_payload</c>).</summary>
    public int MaxPayloadBytes { get; init; } = 1024 * 1024;

    /// <summary>Bytes that may wait for one client before it is a slow consumer (<c>max_pending</c>).</summary>
    public long MaxPendingBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Closed connections remembered for <c>/connz?state=closed</c> (<c>max_closed_clients</c>).</summary>
    public int MaxClosedClients { get; init; } = 10_000;

    /// <summary>Bytes of a message that a trace line shows (<c>max_traced_msg_len</c>); 0 for all.</summary>
    public int MaxTracedMessageBytes { get; init; }
}

/// <summary>How often the server asks and how long it waits.</summary>
public sealed record TimingOptions
{
    /// <summary>Time between server PINGs (<c>ping_interval</c>).</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Unanswered PINGs before a connection is stale (<c>ping_max</c>).</summary>
    public int MaxPingsOut { get; init; } = 2;

    /// <summary>Time a write may make no progress (<c>write_deadline</c>).</summary>
    public TimeSpan WriteDeadline { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>What a passed write deadline does (<c>write_timeout</c>).</summary>
public enum WriteTimeoutPolicy
{
    /// <summary>Clients are closed, links retry.</summary>
    Default,
    Close,
    Retry,
}

/// <summary>Lame duck mode: how a server empties itself before it stops.</summary>
public sealed record LameDuckOptions
{
    /// <summary>Time over which clients are closed (<c>lame_duck_duration</c>), at least 30 s in a file.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Wait before the first is closed (<c>lame_duck_grace_period</c>).</summary>
    public TimeSpan GracePeriod { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>What is logged and where the executable writes it. The library itself only uses the <c>ILoggerFactory</c> it is given.</summary>
public sealed record LoggingOptions
{
    public bool Debug { get; init; }

    public bool Trace { get; init; }

    /// <summary>Also trace the system account (<c>trace_verbose</c>).</summary>
    public bool TraceVerbose { get; init; }

    /// <summary>Trace headers only (<c>trace_headers</c>).</summary>
    public bool TraceHeaders { get; init; }

    public bool Timestamps { get; init; } = true;

    public bool UtcTimestamps { get; init; }

    public string? File { get; init; }

    /// <summary>Bytes after which the log file is rotated (<c>log_size_limit</c>); 0 for never.</summary>
    public long FileSizeLimitBytes { get; init; }

    /// <summary>Rotated files kept (<c>log_max_num</c>); 0 for all.</summary>
    public int MaxFiles { get; init; }

    public bool Syslog { get; init; }

    public string? RemoteSyslog { get; init; }

    /// <summary>Log every Nth failed first connect to a peer (<c>connect_error_reports</c>).</summary>
    public int ConnectErrorReports { get; init; } = 3600;

    /// <summary>Log every Nth failed reconnect to a peer (<c>reconnect_error_reports</c>).</summary>
    public int ReconnectErrorReports { get; init; } = 1;
}

/// <summary>The monitoring HTTP listener.</summary>
public sealed record MonitoringOptions
{
    /// <summary>Address of the HTTP(S) listener; null takes the client listener's.</summary>
    public string? Host { get; init; }

    /// <summary>HTTP port; null for none, -1 for a free one.</summary>
    public int? HttpPort { get; init; }

    /// <summary>HTTPS port; null for none, -1 for a free one. Needs <see cref="NatsServerOptions.Tls"/>.</summary>
    public int? HttpsPort { get; init; }

    /// <summary>Path prefix (<c>http_base_path</c>) as written; empty for none.</summary>
    public string BasePath { get; init; } = "";
}
