using DotNats.Protocol;
using DotNats.Server.Accounts;
using DotNats.Server.Connections;
using DotNats.Server.JetStream;

namespace DotNats.Server.Monitoring;

/// <summary>A running server as monitoring sees it.</summary>
// Owner: the server. Reads what others own: single words, immutable snapshots, or under the locks of the tables it copies from.
internal sealed class ServerMonitor(ServerCore server) : IMonitoringSource
{
    // Compat: nats-server waits a millisecond and names the listeners that are missing; here there is one.
    private const string NotListening = "failed to be ready for connections after 1ms: server";

    // Compat: clients are told auth_required false where a no_auth_user lets them in, monitoring is not.
    public ServerInfo Info => server.Info.Current with { AuthRequired = server.Authenticator.AuthenticationRequired };

    public NatsServerOptions Options => server.Options;

    public TimeProvider TimeProvider => server.Time;

    public DateTime StartTime => server.StartTime.UtcDateTime;

    public DateTime ConfigLoadTime => server.ConfigLoadTime.UtcDateTime;

    public DateTime? CertificateNotAfter => server.Listener.Tls?.NotAfter;

    public int MqttPort => server.Mqtt?.EndPoint.Port ?? 0;

    public DateTime? MqttCertificateNotAfter => server.Mqtt?.CertificateNotAfter;

    public string? NotReadyReason => server.IsStopping || server.IsLameDuck || server.Listener.Port == 0 ? NotListening : null;

    public string? SystemAccountName => server.Accounts.System?.Name;

    public IJetStreamService? JetStream => server.JetStream is { IsEnabled: true } service ? service : null;

    public int ConnectionCount => server.Connections.Count;

    public long TotalConnections => server.Statistics.TotalConnections;

    public int ActiveServers => server.SystemServices?.Peers.ActiveServers ?? 1;

    public ClosedConnections ClosedConnections => server.Closed;

    public IReadOnlyCollection<IMonitoredAccount> Accounts => [.. server.Accounts.All.Select(account => new AccountMonitor(server, account))];

    public ServerTotals ReadTotals()
    {
        ServerStatistics statistics = server.Statistics;
        ServerTotals totals = new()
        {
            InMessages = statistics.ClosedTraffic.InMessages,
            InBytes = statistics.ClosedTraffic.InBytes,
            OutMessages = statistics.ClosedTraffic.OutMessages,
            OutBytes = statistics.ClosedTraffic.OutBytes,
            SlowConsumers = new CountByKind { Clients = statistics.SlowConsumers },
            StaleConnections = new CountByKind { Clients = statistics.StaleConnections },
            Stalls = statistics.StalledClients,
            PinnedAccountFailures = statistics.PinnedAccountFailures,
        };
        foreach (Connection connection in server.Connections.All)
        {
            totals.InMessages += connection.InMessages;
            totals.InBytes += connection.InBytes;
            totals.OutMessages += connection.Outbound.Messages;
            totals.OutBytes += connection.Outbound.Bytes;
        }

        (totals.InClientMessages, totals.InClientBytes) = (totals.InMessages, totals.InBytes);
        (totals.OutClientMessages, totals.OutClientBytes) = (totals.OutMessages, totals.OutBytes);
        return totals;
    }

    public IReadOnlyDictionary<string, AccountTraffic> ReadTraffic()
    {
        Dictionary<string, AccountTraffic> traffic = [];
        foreach (Account account in server.Accounts.All)
        {
            traffic[account.Name] = ReadClosedTraffic(account);
        }

        foreach (Connection connection in server.Connections.All)
        {
            if (connection.Session is not MemberSession client || !traffic.TryGetValue(client.Account.Name, out AccountTraffic sum)) continue;
            AddLiveTraffic(connection, ref sum);
            traffic[client.Account.Name] = sum;
        }

        return traffic;
    }

    public AccountTraffic ReadTraffic(string accountName)
    {
        if (!server.Accounts.TryGet(accountName, out Account? account)) return default;
        AccountTraffic sum = ReadClosedTraffic(account);
        foreach (Connection connection in server.Connections.All)
        {
            if (connection.Session is MemberSession client && ReferenceEquals(client.Account, account)) AddLiveTraffic(connection, ref sum);
        }

        return sum;
    }

    private static AccountTraffic ReadClosedTraffic(Account account)
    {
        (TrafficCounters closed, TrafficCounters shared) = (account.ClosedTraffic, account.SharedTraffic);
        return new AccountTraffic
        {
            Received = new TrafficByKind { Messages = closed.InMessages, Bytes = closed.InBytes },
            Sent = new TrafficByKind
            {
                Messages = closed.OutMessages + shared.OutMessages - shared.InMessages,
                Bytes = closed.OutBytes + shared.OutBytes - shared.InBytes,
            },
            SlowConsumers = account.SlowConsumers,
        };
    }

    private static void AddLiveTraffic(Connection connection, ref AccountTraffic sum)
    {
        sum.Received.Messages += connection.InMessages;
        sum.Received.Bytes += connection.InBytes;
        sum.Sent.Messages += connection.Outbound.Messages;
        sum.Sent.Bytes += connection.Outbound.Bytes;
    }

    public SubscriptionTableFacts ReadMatchCaches(string? accountName) => server.Contexts.MeasureCaches(accountName);

    public IMonitoredAccount? FindAccount(string name) =>
        server.Accounts.TryGet(name, out Account? account) ? new AccountMonitor(server, account) : null;

    public IMonitoredConnection? FindConnection(ulong id) =>
        server.Connections.TryGet(id, out Connection? connection) && connection.Session is MemberSession client ? new ConnectionMonitor(client) : null;

    public void CopyConnections(List<IMonitoredConnection> target)
    {
        foreach (Connection connection in server.Connections.All)
        {
            if (connection.Session is MemberSession client) target.Add(new ConnectionMonitor(client));
        }
    }

    // The message path has no queues: each connection's bytes show as its own pending bytes.
    public void CopyQueues(List<QueueFacts> target)
    {
        server.SystemServices?.CopyQueues(target);
        server.JetStream?.CopyQueues(target);
    }
}
