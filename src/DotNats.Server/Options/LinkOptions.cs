using DotNats.Security;

namespace DotNats;

/// <summary>Routes to the other servers of this cluster (<c>cluster {}</c>).</summary>
public sealed record ClusterOptions
{
    /// <summary>Name all servers of the cluster share; null makes one up (<c>name</c>).</summary>
    public string? Name { get; init; }

    public string Host { get; init; } = "0.0.0.0";

    /// <summary>0 for none, -1 for a free one.</summary>
    public int Port { get; init; }

    /// <summary>host[:port] other servers are told (<c>advertise</c>).</summary>
    public string? Advertise { get; init; }

    /// <summary>Keep this server's client addresses from the others' clients (<c>no_advertise</c>).</summary>
    public bool NoAdvertise { get; init; }

    public IReadOnlyList<ServerUrl> Routes { get; init => field = OptionList.Copy(value); } = [];

    /// <summary>Attempts to reach a route that gossip told of (<c>connect_retries</c>).</summary>
    public int ConnectRetries { get; init; }

    /// <summary>Wait longer after each failed attempt, up to 30 s (<c>connect_backoff</c>).</summary>
    public bool ConnectBackoff { get; init; }

    public string? Username { get; init; }

    public string? Password { get; init; }

    /// <summary>Null takes two seconds, or one more than the TLS timeout.</summary>
    public TimeSpan? AuthTimeout { get; init; }

    /// <summary>Subjects asked of the others (<c>import</c>); null for all.</summary>
    public SubjectPermission? Import { get; init; }

    /// <summary>Subjects given to the others (<c>export</c>); null for all.</summary>
    public SubjectPermission? Export { get; init; }

    public TlsOptions? Tls { get; init; }

    /// <summary>Connections to each other server (<c>pool_size</c>); negative for the one of servers before 2.10.</summary>
    public int PoolSize { get; init; } = 3;

    /// <summary>Accounts with a connection of their own (<c>accounts</c>).</summary>
    public IReadOnlyList<string> Accounts { get; init => field = OptionList.Copy(value); } = [];

    /// <summary>Null for <c>accept</c>.</summary>
    public CompressionOptions? Compression { get; init; }

    /// <summary>Null takes the server's, at most 30 s.</summary>
    public TimeSpan? PingInterval { get; init; }

    public int? MaxPingsOut { get; init; }

    public TimeSpan? WriteDeadline { get; init; }

    public WriteTimeoutPolicy WriteTimeout { get; init; } = WriteTimeoutPolicy.Default;
}

/// <summary>How a connection between servers is compressed (<c>compression</c>).</summary>
public sealed record CompressionOptions
{
    /// <summary>off, accept, s2_fast, s2_better, s2_best, s2_auto, "not supported" or one of their aliases.</summary>
    public string Mode { get; init; } = "";

    /// <summary>Round trip times from which s2_auto compresses harder: at most four, ascending; zero leaves a level out.</summary>
    public IReadOnlyList<TimeSpan> RoundTripThresholds { get; init => field = OptionList.Copy(value); } = [];
}

/// <summary>Connections to other clusters (<c>gateway {}</c>).</summary>
public sealed record GatewayOptions
{
    /// <summary>This cluster's name; required.</summary>
    public string? Name { get; init; }

    public string Host { get; init; } = "0.0.0.0";

    /// <summary>0 for none, -1 for a free one.</summary>
    public int Port { get; init; }

    public string? Advertise { get; init; }

    public string? Username { get; init; }

    public string? Password { get; init; }

    /// <summary>Null takes two seconds, or one more than the TLS timeout.</summary>
    public TimeSpan? AuthTimeout { get; init; }

    public TlsOptions? Tls { get; init; }

    public int ConnectRetries { get; init; }

    public bool ConnectBackoff { get; init; }

    /// <summary>Refuse clusters that are not in <see cref="Gateways"/> (<c>reject_unknown_cluster</c>).</summary>
    public bool RejectUnknownCluster { get; init; }

    public IReadOnlyList<RemoteGatewayOptions> Gateways { get; init => field = OptionList.Copy(value); } = [];

    public TimeSpan? WriteDeadline { get; init; }

    public WriteTimeoutPolicy WriteTimeout { get; init; } = WriteTimeoutPolicy.Default;
}

/// <summary>Another cluster (<c>gateways [{}]</c>).</summary>
public sealed record RemoteGatewayOptions
{
    public string? Name { get; init; }

    public IReadOnlyList<ServerUrl> Urls { get; init => field = OptionList.Copy(value); } = [];

    /// <summary>Null takes the gateway's.</summary>
    public TlsOptions? Tls { get; init; }
}

/// <summary>Public keys of proxies that may speak for clients (<c>proxies {}</c>).</summary>
public sealed record ProxyTrustOptions
{
    public IReadOnlyList<string> TrustedKeys { get; init => field = OptionList.Copy(value); } = [];
}
