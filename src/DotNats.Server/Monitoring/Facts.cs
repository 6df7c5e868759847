namespace DotNats.Server.Monitoring;

/// <summary>Sums since the start of the server. Bytes are payload and headers, without protocol text.</summary>
internal struct ServerTotals
{
    public long InMessages;
    public long InBytes;
    public long OutMessages;
    public long OutBytes;

    /// <summary>The part of <see cref="InMessages"/> that clients sent; the rest came over links.</summary>
    public long InClientMessages;
    public long InClientBytes;
    public long OutClientMessages;
    public long OutClientBytes;

    /// <summary>Connections closed because they could not keep up.</summary>
    public CountByKind SlowConsumers;

    /// <summary>Connections closed because they did not answer PINGs.</summary>
    public CountByKind StaleConnections;

    /// <summary>Times a producer was paused for a subscriber that could not keep up.</summary>
    public long Stalls;

    /// <summary>Logins refused because the account was not among the pinned ones.</summary>
    public long PinnedAccountFailures;
}

/// <summary>A count for each kind of connection.</summary>
internal struct CountByKind
{
    public long Clients;
    public long Routes;
    public long Gateways;
    public long LeafNodes;

    public readonly long Total => Clients + Routes + Gateways + LeafNodes;
}

/// <summary>What traffic changes on one connection. Times are UTC.</summary>
internal struct ConnectionActivity
{
    public DateTime StartTime;
    public DateTime LastActivity;

    /// <summary>Last measured round trip; zero before the first.</summary>
    public TimeSpan RoundTripTime;

    /// <summary>Bytes that wait for the socket.</summary>
    public long PendingBytes;
    public long InMessages;
    public long InBytes;
    public long OutMessages;
    public long OutBytes;

    /// <summary>Times this connection was paused for a slow subscriber.</summary>
    public long Stalls;
    public int Subscriptions;
}

/// <summary>What one connection said and showed of itself; empty texts count as absent.</summary>
internal sealed record ConnectionFacts
{
    /// <summary><c>Client</c>, <c>Leafnode</c>…</summary>
    public string? Kind { get; init; }

    /// <summary><c>nats</c>, <c>websocket</c> or <c>mqtt</c>.</summary>
    public string? Type { get; init; }

    /// <summary>Peer address without the port; empty for a connection inside the process.</summary>
    public string Address { get; init; } = "";

    public int Port { get; init; }

    public string? Name { get; init; }

    public string? Language { get; init; }

    public string? Version { get; init; }

    /// <summary>Null without TLS, and until the handshake is over.</summary>
    public TlsFacts? Tls { get; init; }

    /// <summary>JWT the user logged in with; null for none and for bearer tokens.</summary>
    public string? Jwt { get; init; }

    public string? IssuerKey { get; init; }

    /// <summary>Name tag of the user's account.</summary>
    public string? NameTag { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Key of the trusted proxy the connection came through.</summary>
    public string? ProxyKey { get; init; }
}

/// <summary>A finished TLS handshake.</summary>
internal sealed record TlsFacts
{
    /// <summary><c>1.2</c> or <c>1.3</c>.</summary>
    public required string Version { get; init; }

    /// <summary>IANA name of the cipher suite.</summary>
    public required string CipherSuite { get; init; }

    /// <summary>True when the handshake came before INFO.</summary>
    public bool HandshakeFirst { get; init; }

    /// <summary>What the client presented, its own certificate first.</summary>
    public IReadOnlyList<TlsPeerCertificate>? PeerCertificates { get; init; }
}

/// <summary>Messages and bytes of one account in both directions, the parts over links beside the whole.</summary>
internal struct AccountTraffic
{
    public TrafficByKind Sent;
    public TrafficByKind Received;

    /// <summary>Connections of the account closed because they could not keep up.</summary>
    public long SlowConsumers;
}

internal struct TrafficByKind
{
    public long Messages;
    public long Bytes;
    public long GatewayMessages;
    public long GatewayBytes;
    public long RouteMessages;
    public long RouteBytes;
    public long LeafNodeMessages;
    public long LeafNodeBytes;
}

/// <summary>Counters of one account's subscription table and of the match caches before it.</summary>
internal struct SubscriptionTableFacts
{
    public long Subscriptions;
    public long Inserts;
    public long Removes;

    /// <summary>Subjects looked up, cached or not.</summary>
    public long Matches;
    public long CacheHits;

    /// <summary>Subjects in the caches.</summary>
    public long CacheEntries;

    /// <summary>Receivers of all cached subjects together.</summary>
    public long CachedFanout;

    /// <summary>Receivers of the cached subject that has most.</summary>
    public long MaxFanout;

    public void Add(in SubscriptionTableFacts other)
    {
        Subscriptions += other.Subscriptions;
        Inserts += other.Inserts;
        Removes += other.Removes;
        Matches += other.Matches;
        CacheHits += other.CacheHits;
        CacheEntries += other.CacheEntries;
        CachedFanout += other.CachedFanout;
        MaxFanout = Math.Max(MaxFanout, other.MaxFanout);
    }
}

/// <summary>What an account is made of.</summary>
internal sealed record AccountFacts
{
    /// <summary>When the account was made or last changed, UTC.</summary>
    public DateTime UpdateTime { get; init; }

    public bool IsExpired { get; init; }

    /// <summary>False while something the account imports is missing.</summary>
    public bool IsComplete { get; init; } = true;

    public bool JetStreamEnabled { get; init; }

    public IReadOnlyDictionary<string, IReadOnlyList<MappingDestinationInfo>> Mappings { get; init; } =
        new Dictionary<string, IReadOnlyList<MappingDestinationInfo>>();

    public IReadOnlyList<AccountExportInfo> Exports { get; init; } = [];

    public IReadOnlyList<AccountImportInfo> Imports { get; init; } = [];

    public IReadOnlyDictionary<string, AccountResponseInfo> Responses { get; init; } = new Dictionary<string, AccountResponseInfo>();

    public string? Jwt { get; init; }

    /// <summary>The JWT decoded; null without one.</summary>
    public ClaimsDescription? Claims { get; init; }

    public string? IssuerKey { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Revoked user keys and since when, UTC.</summary>
    public IReadOnlyDictionary<string, DateTime>? RevokedUsers { get; init; }
}

/// <summary>One internal queue.</summary>
/// <param name="Pending">Entries that wait.</param>
/// <param name="InProgress">Entries taken and not finished.</param>
internal readonly record struct QueueFacts(string Name, int Pending, int InProgress);
