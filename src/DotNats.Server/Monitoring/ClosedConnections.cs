using System.Collections.Concurrent;

namespace DotNats.Server.Monitoring;

/// <summary>One connection that ended, as it was in its last moment.</summary>
internal sealed record ClosedConnection
{
    /// <summary>Everything that is always shown; what must be asked for is beside it.</summary>
    public required ConnectionInfo Info { get; init; }

    public IReadOnlyList<SubscriptionDetail> Subscriptions { get; init; } = [];

    public string? User { get; init; }

    /// <summary>Null for the default account too. Compat: so <c>acc=$G</c> finds no closed connection.</summary>
    public string? Account { get; init; }

    public string? AccountTag { get; init; }

    /// <summary>Takes a connection's last picture; call it while the connection still has its account and its subscriptions.</summary>
    /// <param name="stopTime">UTC.</param>
    /// <param name="reason">nats-server's name of the close reason, e.g. <c>Client Closed</c>.</param>
    public static ClosedConnection Capture(IMonitoredConnection connection, DateTime stopTime, string reason)
    {
        ConnectionActivity activity = connection.ReadActivity();
        ConnectionFacts facts = connection.Describe();
        List<SubscriptionDetail> subscriptions = new(activity.Subscriptions);
        connection.CopySubscriptions(subscriptions);
        string? account = connection.AccountName;
        for (int i = 0; i < subscriptions.Count; i++)
            subscriptions[i] = subscriptions[i] with { Account = account, AccountTag = facts.NameTag ?? account };
        ConnectionInfo info = ConnectionInfoBuilder.Build(connection, in activity, facts, stopTime) with
        {
            Stop = stopTime,
            Reason = reason,
            Subscriptions = subscriptions.Count,
            Jwt = facts.Jwt,
            IssuerKey = facts.IssuerKey,
            Tags = facts.Tags,
        };
        bool isDefault = account is null or ConnectionInfoBuilder.GlobalAccount;
        return new ClosedConnection
        {
            Info = info,
            Subscriptions = subscriptions.Count == 0 ? [] : subscriptions,
            User = connection.User,
            Account = isDefault ? null : account,
            AccountTag = isDefault ? null : facts.NameTag ?? account,
        };
    }
}

/// <summary>The last connections that ended; the oldest make room (<c>max_closed_clients</c>).</summary>
// Owner: any connection's thread adds, monitoring reads. Lifetime: the server's.
// Invariant: at most the capacity, plus one for each thread inside Add.
internal sealed class ClosedConnections(int capacity)
{
    private readonly ConcurrentQueue<ClosedConnection> _connections = new();
    private int _count;

    public void Add(ClosedConnection connection)
    {
        if (capacity <= 0) return;
        _connections.Enqueue(connection);
        if (Interlocked.Increment(ref _count) > capacity && _connections.TryDequeue(out _)) Interlocked.Decrement(ref _count);
    }

    /// <summary>A copy, oldest first.</summary>
    public ClosedConnection[] ToArray() => _connections.ToArray();
}
