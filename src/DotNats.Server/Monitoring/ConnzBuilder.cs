using System.Text;
using DotNats.Primitives;

namespace DotNats.Server.Monitoring;

/// <summary>Answers <c>/connz</c>: collects, filters, sorts, and only then describes the connections of the asked page.</summary>
// Cost: for each connection one small entry; names, addresses and subscriptions are read for the page alone.
internal static class ConnzBuilder
{
    /// <summary>Builds the reply to a query that <see cref="ConnzQuery.Validate"/> found good.</summary>
    public static ConnzSnapshot Build(IMonitoringSource source, ConnzQuery query)
    {
        DateTime now = source.TimeProvider.GetUtcNow().UtcDateTime;
        int limit = query.ConnectionId != 0 ? 1 : query.Limit <= 0 ? ConnzQuery.DefaultLimit : (int)Math.Min(query.Limit, int.MaxValue);
        ConnzSnapshot reply = new() { Now = now, Offset = (int)Math.Clamp(query.Offset, 0, int.MaxValue), Limit = limit };
        if (query.Account.Length > 0 && source.FindAccount(query.Account) is null) return reply;

        List<ConnectionEntry> entries = [];
        int total = 0;
        if (query.State is ConnectionState.Open or ConnectionState.Any) total += CollectOpen(source, query, entries);
        if (query.State is ConnectionState.Closed or ConnectionState.Any) total += CollectClosed(source, query, entries);
        ConnectionEntry[] sorted = ConnectionSorting.Sort(entries, query.Sort, now);

        int first = Math.Min(reply.Offset, sorted.Length);
        int count = Math.Min(limit, sorted.Length - first);
        ConnectionInfo[] page = new ConnectionInfo[count];
        for (int i = 0; i < count; i++) page[i] = Describe(in sorted[first + i], query, now);
        return reply with { ServerId = source.Info.ServerId, NumConnections = count, Total = total, Connections = page };
    }

    /// <summary>Adds the open connections that pass; returns how many there are in the asked account.</summary>
    private static int CollectOpen(IMonitoringSource source, ConnzQuery query, List<ConnectionEntry> entries)
    {
        List<IMonitoredConnection> open = new(source.ConnectionCount + 16);
        source.CopyConnections(open);
        if (query.Account.Length > 0) open.RemoveAll(connection => connection.AccountName != query.Account);
        if (query.ConnectionId != 0)
        {
            // Compat: what it is subscribed to does not matter then.
            IMonitoredConnection? wanted = source.FindConnection(query.ConnectionId);
            if (wanted is not null && (query.Account.Length == 0 || wanted.AccountName == query.Account) && IsOf(wanted, query)) entries.Add(new ConnectionEntry(wanted));
            return open.Count;
        }

        foreach (IMonitoredConnection connection in open)
        {
            if (IsOf(connection, query) && HasInterest(connection, query.FilterSubject)) entries.Add(new ConnectionEntry(connection));
        }

        return open.Count;
    }

    private static bool IsOf(IMonitoredConnection connection, ConnzQuery query) =>
        (query.User.Length == 0 || connection.User == query.User) && (query.MqttClient.Length == 0 || connection.MqttClientId == query.MqttClient);

    /// <summary>Adds the closed connections that pass; returns how many there are in the asked account.</summary>
    private static int CollectClosed(IMonitoringSource source, ConnzQuery query, List<ConnectionEntry> entries)
    {
        int total = 0;
        bool foundOpen = query.ConnectionId != 0 && entries.Count > 0;
        foreach (ClosedConnection closed in source.ClosedConnections.ToArray())
        {
            if (query.Account.Length > 0 && closed.Account != query.Account) continue;
            total++;
            if (query.ConnectionId != 0 && (foundOpen || closed.Info.Cid != query.ConnectionId)) continue;
            if (query.User.Length > 0 && closed.User != query.User) continue;
            if (query.MqttClient.Length > 0 && closed.Info.MqttClient != query.MqttClient) continue;
            entries.Add(new ConnectionEntry(closed));
        }

        return total;
    }

    private static bool HasInterest(IMonitoredConnection connection, string filter)
    {
        if (filter.Length == 0 || filter == ">") return true;
        List<SubscriptionDetail> subscriptions = [];
        connection.CopySubscriptions(subscriptions);
        byte[] wanted = Encoding.UTF8.GetBytes(filter);
        return subscriptions.Exists(subscription => Subjects.Overlaps(wanted, Encoding.UTF8.GetBytes(subscription.Subject)));
    }

    private static ConnectionInfo Describe(in ConnectionEntry entry, ConnzQuery query, DateTime now) =>
        entry.Open is not null ? DescribeOpen(entry.Open, query, now) : DescribeClosed(entry.Closed!, query);

    private static ConnectionInfo DescribeOpen(IMonitoredConnection connection, ConnzQuery query, DateTime now)
    {
        ConnectionActivity activity = connection.ReadActivity();
        ConnectionFacts facts = connection.Describe();
        ConnectionInfo info = ConnectionInfoBuilder.Build(connection, in activity, facts, now);
        if (query.ShowUser) info = ConnectionInfoBuilder.WithUser(info, connection, facts);
        if (query.Subscriptions == SubscriptionListing.None) return info;
        List<SubscriptionDetail> subscriptions = new(activity.Subscriptions);
        connection.CopySubscriptions(subscriptions);
        return ConnectionInfoBuilder.WithSubscriptions(info, subscriptions, query.Subscriptions);
    }

    private static ConnectionInfo DescribeClosed(ClosedConnection closed, ConnzQuery query)
    {
        ConnectionInfo info = ConnectionInfoBuilder.WithSubscriptions(closed.Info, closed.Subscriptions, query.Subscriptions);
        if (!query.ShowUser) return info;
        return info with { AuthorizedUser = closed.User, Account = closed.Account, NameTag = closed.AccountTag };
    }
}
