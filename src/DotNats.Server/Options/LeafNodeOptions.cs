namespace DotNats;

/// <summary>Leaf node listener and connections (<c>leafnodes {}</c>).</summary>
public sealed record LeafNodeOptions
{
    public string Host { get; init; } = "0.0.0.0";

    /// <summary>0 for none, -1 for a free one.</summary>
    public int Port { get; init; }

    public string? Advertise { get; init; }

    public bool NoAdvertise { get; init; }

    public string? Username { get; init; }

    public string? Password { get; init; }

    /// <summary>Public user nkey leaf nodes prove (<c>authorization { nkey }</c>).</summary>
    public string? NKey { get; init; }

    /// <summary>Account of leaf nodes that log in with the single user; null for the global one.</summary>
    public string? Account { get; init; }

    public bool ProxyRequired { get; init; }

    public IReadOnlyList<LeafNodeUserOptions> Users { get; init => field = OptionList.Copy(value); } = [];

    /// <summary>Null takes two seconds, or one more than the TLS timeout.</summary>
    public TimeSpan? AuthTimeout { get; init; }

    public TlsOptions? Tls { get; init; }

    /// <summary>Wait between attempts (<c>reconnect</c>).</summary>
    public TimeSpan ReconnectInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time a TCP connection to a remote may take; null for one second (<c>dial_timeout</c>).</summary>
    public TimeSpan? DialTimeout { get; init; }

    /// <summary>Least version of remotes that connect, 2.8.0 or later; null for any (<c>min_version</c>).</summary>
    public string? MinVersion { get; init; }

    /// <summary>Null for s2_auto.</summary>
    public CompressionOptions? Compression { get; init; }

    /// <summary>Keep leaf nodes from seeing each other's interest (<c>isolate_leafnode_interest</c>).</summary>
    public bool IsolateInterest { get; init; }

    public TimeSpan? WriteDeadline { get; init; }

    public WriteTimeoutPolicy WriteTimeout { get; init; } = WriteTimeoutPolicy.Default;

    public IReadOnlyList<LeafNodeRemoteOptions> Remotes { get; init => field = OptionList.Copy(value); } = [];
}

/// <summary>A user of the leaf node listener.</summary>
public sealed record LeafNodeUserOptions
{
    public string? Username { get; init; }

    public string? Password { get; init; }

    /// <summary>Null for the global account.</summary>
    public string? Account { get; init; }

    public bool ProxyRequired { get; init; }
}

/// <summary>A server this one connects to as a leaf node (<c>remotes [{}]</c>).</summary>
public sealed record LeafNodeRemoteOptions
{
    public IReadOnlyList<ServerUrl> Urls { get; init => field = OptionList.Copy(value); } = [];

    /// <summary>Local account; null for the global one.</summary>
    public string? Account { get; init; }

    /// <summary>File with a user JWT and seed; not together with <see cref="Seed"/>.</summary>
    public string? CredentialsFile { get; init; }

    /// <summary>User seed (<c>nkey</c>). A secret.</summary>
    public string? Seed { get; init; }

    public TlsOptions? Tls { get; init; }

    /// <summary>The remote sees this server's interest as a hub does (<c>hub</c>).</summary>
    public bool Hub { get; init; }

    public IReadOnlyList<string> DenyImports { get; init => field = OptionList.Copy(value); } = [];

    public IReadOnlyList<string> DenyExports { get; init => field = OptionList.Copy(value); } = [];

    /// <summary>Try the URLs in their order (<c>no_randomize</c>).</summary>
    public bool NoRandomize { get; init; }

    public bool WebSocketCompression { get; init; }

    public bool WebSocketNoMasking { get; init; }

    /// <summary>Hand leaders to other servers while the remote is away (<c>jetstream_cluster_migrate</c>).</summary>
    public bool JetStreamClusterMigrate { get; init; }

    public TimeSpan JetStreamClusterMigrateDelay { get; init; }

    public bool LocalIsolation { get; init; }

    public bool RequestIsolation { get; init; }

    /// <summary>Null for s2_auto.</summary>
    public CompressionOptions? Compression { get; init; }

    /// <summary>Time the remote's first INFO may take.</summary>
    public TimeSpan FirstInfoTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Null takes <see cref="LeafNodeOptions.DialTimeout"/>.</summary>
    public TimeSpan? DialTimeout { get; init; }

    /// <summary>Do not connect.</summary>
    public bool Disabled { get; init; }

    /// <summary>Use only <see cref="Urls"/>, not those the remote tells of.</summary>
    public bool IgnoreDiscoveredServers { get; init; }

    /// <summary>HTTP proxy for ws and wss URLs.</summary>
    public LeafNodeProxyOptions? Proxy { get; init; }
}

/// <summary>An HTTP proxy a leaf node connection goes through.</summary>
public sealed record LeafNodeProxyOptions
{
    /// <summary>http or https URL.</summary>
    public string Url { get; init; } = "";

    public string? Username { get; init; }

    public string? Password { get; init; }

    /// <summary>Zero for the default.</summary>
    public TimeSpan Timeout { get; init; }
}
