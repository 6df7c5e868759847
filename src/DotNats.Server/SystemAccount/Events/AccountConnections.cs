using System.Collections.Concurrent;
using DotNats.Primitives;
using DotNats.Server.Accounts;
using DotNats.Server.Monitoring;

namespace DotNats.Server.SystemAccount;

/// <summary>Tells how many connections an account has: at every change, and every half minute while there are any.</summary>
// Owner: SystemServices. Any thread reports a change; the wheel's thread repeats. Lifetime: Stop ends all heartbeats.
internal sealed class AccountConnections(ServerCore server, SystemServices services)
{
    // nats-server's interval.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<Account, Heartbeat> _heartbeats = new(ReferenceEqualityComparer.Instance);
    private volatile bool _isStopped;

    /// <summary>A connection came to an account or left it.</summary>
    public void Changed(Account account)
    {
        // Compat: nothing is told of the account everybody without one lands in.
        if (_isStopped || ReferenceEquals(account, server.Accounts.Global)) return;
        string id = services.NextId();
        Post(account, SystemSubjects.OldAccountConnections(account.Name), id);
        Post(account, SystemSubjects.AccountConnections(account.Name), id);
        Schedule(account);
    }

    /// <summary>Forgets accounts that a reload removed.</summary>
    public void Prune()
    {
        foreach ((Account account, Heartbeat heartbeat) in _heartbeats)
        {
            if (server.Accounts.TryGet(account.Name, out Account? current) && ReferenceEquals(current, account)) continue;
            if (_heartbeats.TryRemove(account, out _)) server.Timers.Cancel(heartbeat);
        }
    }

    public void Stop()
    {
        _isStopped = true;
        foreach (Heartbeat heartbeat in _heartbeats.Values) server.Timers.Cancel(heartbeat);
    }

    /// <summary>The event of this moment; null where the account is gone.</summary>
    public AccountConnectionsEvent? Describe(string accountName, string id, DateTime time, ServerBlock block)
    {
        if (server.Monitoring.AccountStatistics(accountName) is not { } statistics) return null;
        return new AccountConnectionsEvent
        {
            Id = id,
            Timestamp = time,
            Server = block,
            Acc = statistics.Acc,
            Name = statistics.Name,
            Conns = statistics.Conns,
            Leafnodes = statistics.Leafnodes,
            TotalConns = statistics.TotalConns,
            NumSubscriptions = statistics.NumSubscriptions,
            Sent = statistics.Sent,
            Received = statistics.Received,
            SlowConsumers = statistics.SlowConsumers,
        };
    }

    private void Post(Account account, string subject, string id)
    {
        if (!services.HasListeners(subject)) return;
        DateTime time = server.Time.GetUtcNow().UtcDateTime;
        // The number is of this moment; the sums cost a walk over the account's connections and are made by the sender.
        int connections = account.Connections;
        services.Sender.Post(
            services.Account,
            subject,
            block => Describe(account.Name, id, time, block) is { } picture ? picture with { Conns = connections, TotalConns = connections + picture.Leafnodes } : null,
            SystemJson.Compact.AccountConnectionsEvent);
    }

    private void Schedule(Account account)
    {
        if (account.Connections == 0)
        {
            if (!_heartbeats.TryGetValue(account, out Heartbeat? resting)) return;
            server.Timers.Cancel(resting);
            // Somebody came while the last one left: who came may have set the timer before it was cancelled.
            if (account.Connections == 0) return;
        }

        Heartbeat heartbeat = _heartbeats.GetOrAdd(account, static (key, owner) => new Heartbeat(owner, key), this);
        server.Timers.Schedule(heartbeat, Interval);
        if (_isStopped) server.Timers.Cancel(heartbeat);
    }

    private sealed class Heartbeat(AccountConnections owner, Account account) : WheelTimer
    {
        protected override void OnExpired() => owner.Changed(account);
    }
}
