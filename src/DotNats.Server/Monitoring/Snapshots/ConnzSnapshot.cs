using System.Text.Json.Serialization;
using static System.Text.Json.Serialization.JsonIgnoreCondition;

namespace DotNats.Server.Monitoring;

/// <summary>Connections of one server (<c>/connz</c>). Order and names of all snapshot properties are those of nats-server's replies.</summary>
public sealed record ConnzSnapshot
{
    public string ServerId { get; init; } = "";

    public DateTime Now { get; init; }

    /// <summary>Connections on this page.</summary>
    public int NumConnections { get; init; }

    /// <summary>Connections of the asked state, before the filters by user, client id and page.</summary>
    public int Total { get; init; }

    public int Offset { get; init; }

    public int Limit { get; init; }

    /// <summary>Compat: null, not empty, when the account asked for does not exist.</summary>
    [JsonIgnore(Condition = Never)]
    public IReadOnlyList<ConnectionInfo>? Connections { get; init; }
}

/// <summary>One connection, open or closed.</summary>
public sealed record ConnectionInfo
{
    public ulong Cid { get; init; }

    public string? Kind { get; init; }

    public string? Type { get; init; }

    public string Ip { get; init; } = "";

    public int Port { get; init; }

    public DateTime Start { get; init; }

    public DateTime LastActivity { get; init; }

    /// <summary>When the connection ended; null while it is open.</summary>
    public DateTime? Stop { get; init; }

    /// <summary>Why it ended.</summary>
    public string? Reason { get; init; }

    /// <summary>Last round trip in Go's form, <c>0s</c> before the first.</summary>
    public string? Rtt { get; init; }

    /// <summary>The same in ticks, to sort by.</summary>
    [JsonIgnore]
    public long RoundTripTicks { get; init; }

    public string Uptime { get; init; } = "";

    public string Idle { get; init; } = "";

    public long PendingBytes { get; init; }

    public long InMsgs { get; init; }

    public long OutMsgs { get; init; }

    public long InBytes { get; init; }

    public long OutBytes { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public long Stalls { get; init; }

    public int Subscriptions { get; init; }

    public string? Name { get; init; }

    public string? Lang { get; init; }

    public string? Version { get; init; }

    public string? TlsVersion { get; init; }

    public string? TlsCipherSuite { get; init; }

    public IReadOnlyList<TlsPeerCertificate>? TlsPeerCerts { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public bool TlsFirst { get; init; }

    public string? AuthorizedUser { get; init; }

    public string? Account { get; init; }

    public IReadOnlyList<string>? SubscriptionsList { get; init; }

    public IReadOnlyList<SubscriptionDetail>? SubscriptionsListDetail { get; init; }

    public string? Jwt { get; init; }

    public string? IssuerKey { get; init; }

    public string? NameTag { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    public string? MqttClient { get; init; }

    public ProxyInfo? Proxy { get; init; }
}

/// <summary>The trusted proxy a connection came through.</summary>
public sealed record ProxyInfo(string Key);

/// <summary>A certificate the peer presented.</summary>
/// <param name="Subject">Distinguished name, most specific part first.</param>
/// <param name="SpkiSha256">Hex SHA-256 of the SubjectPublicKeyInfo.</param>
/// <param name="CertSha256">Hex SHA-256 of the certificate.</param>
public sealed record TlsPeerCertificate(
    string? Subject,
    [property: JsonPropertyName("spki_sha256")] string? SpkiSha256,
    [property: JsonPropertyName("cert_sha256")] string? CertSha256);

/// <summary>One subscription.</summary>
public sealed record SubscriptionDetail
{
    /// <summary>Set in <c>/subsz</c> and for closed connections.</summary>
    public string? Account { get; init; }

    public string? AccountTag { get; init; }

    public required string Subject { get; init; }

    public string? Qgroup { get; init; }

    public required string Sid { get; init; }

    /// <summary>Messages delivered.</summary>
    public long Msgs { get; init; }

    /// <summary>Messages after which it ends; 0 for never.</summary>
    [JsonIgnore(Condition = WhenWritingDefault)]
    public long Max { get; init; }

    public ulong Cid { get; init; }
}
