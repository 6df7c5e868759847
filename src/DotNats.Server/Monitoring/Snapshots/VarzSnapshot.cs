using System.Text.Json;
using System.Text.Json.Serialization;
using static System.Text.Json.Serialization.JsonIgnoreCondition;

namespace DotNats.Server.Monitoring;

/// <summary>General facts and sums of one server (<c>/varz</c>).</summary>
public sealed record VarzSnapshot
{
    public required string ServerId { get; init; }

    public required string ServerName { get; init; }

    public required string Version { get; init; }

    public int Proto { get; init; }

    public string? GitCommit { get; init; }

    /// <summary>Compat: monitoring tools expect the key <c>go</c>; it names the runtime.</summary>
    public required string Go { get; init; }

    public required string Host { get; init; }

    public int Port { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public bool AuthRequired { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public bool TlsRequired { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public bool TlsVerify { get; init; }

    public IReadOnlyList<string>? ConnectUrls { get; init; }

    public IReadOnlyList<string>? WsConnectUrls { get; init; }

    public int MaxConnections { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public int MaxSubscriptions { get; init; }

    /// <summary>Nanoseconds.</summary>
    public long PingInterval { get; init; }

    public int PingMax { get; init; }

    public required string HttpHost { get; init; }

    public int HttpPort { get; init; }

    public required string HttpBasePath { get; init; }

    public int HttpsPort { get; init; }

    /// <summary>Seconds.</summary>
    public double AuthTimeout { get; init; }

    public int MaxControlLine { get; init; }

    public int MaxPayload { get; init; }

    public long MaxPending { get; init; }

    public VarzCluster Cluster { get; init; } = new();

    public VarzSection Gateway { get; init; } = new();

    public VarzSection Leaf { get; init; } = new();

    public VarzMqtt Mqtt { get; init; } = new();

    public VarzSection Websocket { get; init; } = new();

    public JetStreamFacts Jetstream { get; init; } = new();

    /// <summary>Seconds.</summary>
    public double TlsTimeout { get; init; }

    /// <summary>Nanoseconds.</summary>
    public long WriteDeadline { get; init; }

    /// <summary><c>close</c> or <c>retry</c>; null for the default.</summary>
    public string? WriteTimeout { get; init; }

    public DateTime Start { get; init; }

    public DateTime Now { get; init; }

    public required string Uptime { get; init; }

    /// <summary>Resident bytes of the process.</summary>
    public long Mem { get; init; }

    public int Cores { get; init; }

    /// <summary>Compat: threads that may run at once; nats-server's Go runtime names it so.</summary>
    public int Gomaxprocs { get; init; }

    /// <summary>Percent of one core, over the last seconds.</summary>
    public double Cpu { get; init; }

    public int Connections { get; init; }

    public long TotalConnections { get; init; }

    public int Routes { get; init; }

    public int Remotes { get; init; }

    public int Leafnodes { get; init; }

    public long InMsgs { get; init; }

    public long InBytes { get; init; }

    public long InClientMsgs { get; init; }

    public long InClientBytes { get; init; }

    public long OutMsgs { get; init; }

    public long OutBytes { get; init; }

    public long OutClientMsgs { get; init; }

    public long OutClientBytes { get; init; }

    public long SlowConsumers { get; init; }

    public long StaleConnections { get; init; }

    public long StalledClients { get; init; }

    public long Subscriptions { get; init; }

    /// <summary>Requests of each HTTP endpoint since the start.</summary>
    public required IReadOnlyDictionary<string, long> HttpReqStats { get; init; }

    public DateTime ConfigLoadTime { get; init; }

    public required string ConfigDigest { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    public IReadOnlyDictionary<string, bool>? FeatureFlags { get; init; }

    /// <summary>JWTs of the trusted operators.</summary>
    public IReadOnlyList<string>? TrustedOperatorsJwt { get; init; }

    /// <summary>Their claims.</summary>
    public IReadOnlyList<JsonElement>? TrustedOperatorsClaim { get; init; }

    public string? SystemAccount { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public long PinnedAccountFails { get; init; }

    public required KindCounts SlowConsumerStats { get; init; }

    public required KindCounts StaleConnectionStats { get; init; }

    public DiskWaitCounts DiskIoWaitStats { get; init; } = new();

    public TrustedProxiesInfo? Proxies { get; init; }

    public DateTime? TlsCertNotAfter { get; init; }
}

/// <summary>The cluster this server names.</summary>
public sealed record VarzCluster
{
    public string? Name { get; init; }
}

/// <summary>Proxies whose word for clients is taken; null when the section is empty.</summary>
public sealed record TrustedProxiesInfo(IReadOnlyList<ProxyInfo>? Trusted);

/// <summary>A part of <c>/varz</c> for a feature that is not configured: present and empty.</summary>
public sealed record VarzSection;

/// <summary>A count for each kind of connection.</summary>
public sealed record KindCounts(long Clients, long Routes, long Gateways, long Leafs);

/// <summary>How often and how long disk work had to wait for a free slot; times in nanoseconds.</summary>
public sealed record DiskWaitCounts
{
    public long Waiters { get; init; }

    public long Waits { get; init; }

    public long WaitTime { get; init; }

    public long MaxWaitTime { get; init; }
}
