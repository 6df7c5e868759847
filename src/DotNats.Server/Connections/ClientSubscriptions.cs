using DotNats.Server.Routing;

namespace DotNats.Server.Connections;

/// <summary>The sids of one client.</summary>
// Owner: guarded by the connection's lock, which deliverers hold when a maximum is reached and the receive side takes for SUB and UNSUB.
// The account's table is changed after that lock is let go. Invariant: a subscription in here is not closed.
internal sealed class ClientSubscriptions(Connection connection)
{
    private Dictionary<SubscriptionId, Subscription>? _byId;

    public int Count
    {
        get
        {
            connection.Outbound.Acquire();
            int count = _byId?.Count ?? 0;
            connection.Outbound.Release();
            return count;
        }
    }

    /// <summary>False where the sid is taken.</summary>
    public bool TryAdd(Subscription subscription)
    {
        connection.Outbound.Acquire();
        bool added = (_byId ??= []).TryAdd(subscription.Id, subscription);
        connection.Outbound.Release();
        return added;
    }

    public bool Contains(SubscriptionId id)
    {
        connection.Outbound.Acquire();
        bool found = _byId?.ContainsKey(id) ?? false;
        connection.Outbound.Release();
        return found;
    }

    /// <summary>UNSUB: sets a maximum still ahead, or takes the subscription out; null where it stays or never was.</summary>
    public Subscription? Limit(SubscriptionId id, long maximum)
    {
        connection.Outbound.Acquire();
        try
        {
            if (_byId is null || !_byId.TryGetValue(id, out Subscription? subscription)) return null;
            if (maximum > 0 && maximum > subscription.Delivered)
            {
                subscription.Maximum = maximum;
                return null;
            }

            RemoveLocked(subscription);
            return subscription;
        }
        finally
        {
            connection.Outbound.Release();
        }
    }

    /// <summary>Takes it out; the caller holds the connection's lock and tells the account's table afterwards.</summary>
    public void RemoveLocked(Subscription subscription)
    {
        subscription.IsClosed = true;
        _byId?.Remove(subscription.Id);
    }

    public void Remove(Subscription subscription)
    {
        connection.Outbound.Acquire();
        RemoveLocked(subscription);
        connection.Outbound.Release();
    }

    public Subscription[] Snapshot()
    {
        connection.Outbound.Acquire();
        Subscription[] all = _byId is null ? [] : [.. _byId.Values];
        connection.Outbound.Release();
        return all;
    }

    /// <summary>Takes all out.</summary>
    public Subscription[] Clear()
    {
        connection.Outbound.Acquire();
        Subscription[] all = _byId is null ? [] : [.. _byId.Values];
        foreach (Subscription subscription in all) subscription.IsClosed = true;
        _byId = null;
        connection.Outbound.Release();
        return all;
    }
}
