using System.Text;
using DotNats;
using DotNats.Protocol;
using DotNats.Server.JetStream;
using DotNats.Server.Monitoring;

namespace Server.Tests.Monitoring;

/// <summary>A server that exists on paper only.</summary>
internal sealed class FakeMonitoringSource : IMonitoringSource
{
    public static readonly DateTime Start = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    public FakeMonitoringSource(TimeProvider? time = null) => TimeProvider = time ?? TimeProvider.System;

    public ServerInfo Info { get; set; } = new()
    {
        ServerId = "NSERVER", ServerName = "srv", Version = "2.15.1", Runtime = ".NET 10", Host = "127.0.0.1", Port = 4222,
    };

    public NatsServerOptions Options { get; set; } = new() { ConfigDigest = "sha256:00" };

    public TimeProvider TimeProvider { get; }

    public DateTime StartTime { get; set; } = Start;

    public DateTime ConfigLoadTime { get; set; } = Start;

    public DateTime? CertificateNotAfter { get; set; }

    public int MqttPort { get; set; }

    public DateTime? MqttCertificateNotAfter { get; set; }

    public string? NotReadyReason { get; set; }

    public IJetStreamService? JetStream => null;

    public string? SystemAccountName { get; set; } = "$SYS";

    public ServerTotals Totals { get; set; }

    public List<FakeConnection> Connections { get; } = [];

    public int ConnectionCount => Connections.Count;

    public long TotalConnections { get; set; }

    public int ActiveServers { get; set; } = 1;

    public ClosedConnections ClosedConnections { get; set; } = new(100);

    public List<FakeAccount> AccountList { get; } = [new FakeAccount("$G"), new FakeAccount("$SYS")];

    public IReadOnlyCollection<IMonitoredAccount> Accounts => AccountList;

    public List<QueueFacts> QueueList { get; } = [];

    public SubscriptionTableFacts Caches { get; set; }

    public ServerTotals ReadTotals() => Totals;

    public IReadOnlyDictionary<string, AccountTraffic> ReadTraffic() => AccountList.ToDictionary(account => account.Name, account => account.Traffic);

    public SubscriptionTableFacts ReadMatchCaches(string? accountName) => accountName is null ? Caches : default;

    public IMonitoredAccount? FindAccount(string name) => AccountList.Find(account => account.Name == name);

    public IMonitoredConnection? FindConnection(ulong id) => Connections.Find(connection => connection.Id == id);

    public void CopyConnections(List<IMonitoredConnection> target) => target.AddRange(Connections);

    public AccountTraffic ReadTraffic(string accountName) => AccountList.Find(account => account.Name == accountName)?.Traffic ?? default;

    public void CopyQueues(List<QueueFacts> target) => target.AddRange(QueueList);

    public FakeConnection Connect(ulong id, string account = "$G", string? user = null)
    {
        FakeConnection connection = new(id) { AccountName = account, User = user };
        Connections.Add(connection);
        return connection;
    }

    public FakeAccount AddAccount(string name)
    {
        FakeAccount account = new(name);
        AccountList.Add(account);
        return account;
    }
}

internal sealed class FakeConnection(ulong id) : IMonitoredConnection
{
    public ConnectionActivity Activity = new() { StartTime = FakeMonitoringSource.Start, LastActivity = FakeMonitoringSource.Start };

    public ulong Id => id;

    public string? AccountName { get; set; } = "$G";

    public string? User { get; set; }

    public string? MqttClientId { get; set; }

    public ConnectionFacts Facts { get; set; } = new() { Kind = "Client", Type = "nats", Address = "127.0.0.1", Port = 50000, Name = "c" + id };

    public List<SubscriptionDetail> Subscriptions { get; } = [];

    /// <summary>Times the connection was asked for everything it is.</summary>
    public int Described { get; private set; }

    public ConnectionActivity ReadActivity() => Activity with { Subscriptions = Subscriptions.Count };

    public ConnectionFacts Describe()
    {
        Described++;
        return Facts;
    }

    public void CopySubscriptions(List<SubscriptionDetail> target) => target.AddRange(Subscriptions);

    public FakeConnection Subscribe(string subject, string sid, string? queue = null)
    {
        Subscriptions.Add(new SubscriptionDetail { Subject = subject, Sid = sid, Qgroup = queue, Cid = id });
        return this;
    }
}

internal sealed class FakeAccount(string name) : IMonitoredAccount
{
    public string Name => name;

    public string NameTag => name;

    public int ClientCount { get; set; }

    public int LeafNodeCount { get; set; }

    public int SubscriptionCount => Subscriptions.Count;

    public AccountTraffic Traffic { get; set; }

    public SubscriptionTableFacts Table { get; set; }

    public List<SubscriptionDetail> Subscriptions { get; } = [];

    public AccountFacts Facts { get; set; } = new() { UpdateTime = FakeMonitoringSource.Start };

    public SubscriptionTableFacts ReadSubscriptionTable() => Table with { Subscriptions = Subscriptions.Count };

    public void CopySubscriptions(SubscriptionPage page)
    {
        foreach (SubscriptionDetail subscription in Subscriptions)
        {
            if (page.Wants(Encoding.UTF8.GetBytes(subscription.Subject))) page.Add(subscription);
        }
    }

    public AccountFacts Describe() => Facts;

    public FakeAccount Subscribe(string subject, string sid, string? queue = null)
    {
        Subscriptions.Add(new SubscriptionDetail { Account = name, AccountTag = name, Subject = subject, Sid = sid, Qgroup = queue, Cid = 7 });
        return this;
    }
}
