using DotNats.Server.Accounts;
using DotNats.Server.Connections;
using DotNats.Server.Routing;

namespace DotNats.Server.Monitoring;

/// <summary>One account as monitoring sees it.</summary>
internal sealed class AccountMonitor(ServerCore server, Account account) : IMonitoredAccount
{
    public string Name => account.Name;

    public string NameTag => account.Name;

    public int ClientCount => account.Connections;

    public int LeafNodeCount => 0;

    public int SubscriptionCount => account.Subscriptions.Count;

    public SubscriptionTableFacts ReadSubscriptionTable() => new()
    {
        Subscriptions = account.Subscriptions.Count,
        Inserts = account.Subscriptions.Inserts,
        Removes = account.Subscriptions.Removes,
        Matches = account.Subscriptions.Matches,
    };

    public void CopySubscriptions(SubscriptionPage page)
    {
        foreach (Subscription subscription in account.Subscriptions.Snapshot())
        {
            if (!page.Wants(subscription.Subject)) continue;
            ulong connectionId = subscription.Subscriber is ClientSession client ? client.Connection.Id : 0;
            page.Add(ConnectionMonitor.Describe(subscription, connectionId) with { Account = Name, AccountTag = NameTag });
        }
    }

    public AccountFacts Describe() => new() { UpdateTime = server.ConfigLoadTime.UtcDateTime };
}
