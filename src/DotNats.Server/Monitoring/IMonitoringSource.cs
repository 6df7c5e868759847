using DotNats.Protocol;
using DotNats.Server.JetStream;

namespace DotNats.Server.Monitoring;

/// <summary>What monitoring reads from a running server.</summary>
// Owner: the server core implements it, tests fake it. Every member may be called from any thread at any time and must answer from plain
// counters and immutable snapshots: no lock that the message path waits for, no work per message for monitoring's sake.
internal interface IMonitoringSource
{
    /// <summary>The INFO that clients without a connection of their own would get: identity, addresses, what is required.</summary>
    ServerInfo Info { get; }

    /// <summary>Options in force now; a reload replaces the record.</summary>
    NatsServerOptions Options { get; }

    TimeProvider TimeProvider { get; }

    /// <summary>When the server started, UTC.</summary>
    DateTime StartTime { get; }

    /// <summary>When the options in force were read, UTC.</summary>
    DateTime ConfigLoadTime { get; }

    /// <summary>End of the client listener's certificate, UTC; null without TLS.</summary>
    DateTime? CertificateNotAfter { get; }

    /// <summary>Where MQTT clients connect; 0 where none can.</summary>
    int MqttPort { get; }

    /// <summary>End of the MQTT listener's certificate, UTC; null without TLS.</summary>
    DateTime? MqttCertificateNotAfter { get; }

    /// <summary>Why the server cannot take connections now, in nats-server's words; null when it can.</summary>
    string? NotReadyReason { get; }

    /// <summary>Name of the system account; null when there is none.</summary>
    string? SystemAccountName { get; }

    /// <summary>Streams; null for none.</summary>
    IJetStreamService? JetStream { get; }

    /// <summary>Clients connected now.</summary>
    int ConnectionCount { get; }

    /// <summary>Clients accepted since the start, refused ones included.</summary>
    long TotalConnections { get; }

    /// <summary>Servers this one has heard of over the system account, and itself.</summary>
    int ActiveServers { get; }

    /// <summary>Connections that ended, oldest first.</summary>
    ClosedConnections ClosedConnections { get; }

    /// <summary>All accounts, the system account included.</summary>
    IReadOnlyCollection<IMonitoredAccount> Accounts { get; }

    /// <summary>Sums over the server's life.</summary>
    ServerTotals ReadTotals();

    /// <summary>Traffic of every account by name.</summary>
    IReadOnlyDictionary<string, AccountTraffic> ReadTraffic();

    /// <summary>What the match caches hold and how often they knew the answer: the cache counts, and the hits among the matches.</summary>
    /// <param name="accountName">Only entries of this account; hits are counted for the whole server alone. Null for all.</param>
    SubscriptionTableFacts ReadMatchCaches(string? accountName);

    IMonitoredAccount? FindAccount(string name);

    IMonitoredConnection? FindConnection(ulong id);

    /// <summary>Traffic of one account; nothing where it does not exist.</summary>
    AccountTraffic ReadTraffic(string accountName);

    /// <summary>Adds the clients connected now to <paramref name="target"/>, in any order.</summary>
    void CopyConnections(List<IMonitoredConnection> target);

    /// <summary>Adds the internal queues to <paramref name="target"/>, in any order.</summary>
    void CopyQueues(List<QueueFacts> target);
}

/// <summary>One live connection.</summary>
internal interface IMonitoredConnection
{
    /// <summary>The <c>client_id</c> of INFO.</summary>
    ulong Id { get; }

    /// <summary>Account the connection belongs to; null before it has one.</summary>
    string? AccountName { get; }

    /// <summary>Who logged in: public nkey, user name, the JWT's subject, or <c>[REDACTED]</c> for a token; null for nobody.</summary>
    string? User { get; }

    /// <summary>MQTT client identifier; null for other kinds.</summary>
    string? MqttClientId { get; }

    /// <summary>What changes with traffic. Cheap: read once for each connection when sorting.</summary>
    ConnectionActivity ReadActivity();

    /// <summary>What a connection says and shows of itself.</summary>
    ConnectionFacts Describe();

    /// <summary>Adds the connection's subscriptions to <paramref name="target"/>, in any order.</summary>
    void CopySubscriptions(List<SubscriptionDetail> target);
}

/// <summary>One account.</summary>
internal interface IMonitoredAccount
{
    string Name { get; }

    /// <summary>Name shown beside an account that is named by its key; the plain name otherwise.</summary>
    string NameTag { get; }

    /// <summary>Clients connected now.</summary>
    int ClientCount { get; }

    /// <summary>Leaf nodes connected now.</summary>
    int LeafNodeCount { get; }

    /// <summary>Subscriptions of every kind now.</summary>
    int SubscriptionCount { get; }

    /// <summary>Counters of the account's table, without the caches before it.</summary>
    SubscriptionTableFacts ReadSubscriptionTable();

    /// <summary>Offers every local subscription to <paramref name="page"/>, in any order.</summary>
    void CopySubscriptions(SubscriptionPage page);

    /// <summary>What <c>/accountz?acc=</c> shows besides the counts.</summary>
    AccountFacts Describe();
}
