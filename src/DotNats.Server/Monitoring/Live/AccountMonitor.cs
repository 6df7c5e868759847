using DotNats.Security;
using DotNats.Server.Accounts;
using DotNats.Server.Connections;
using DotNats.Server.Routing;

namespace DotNats.Server.Monitoring;

/// <summary>One account as monitoring sees it.</summary>
internal sealed class AccountMonitor(ServerCore server, Account account) : IMonitoredAccount
{
    public string Name => account.Name;

    public string NameTag => account.NameTag;

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
            ISubscriber subscriber = subscription.Subscriber is ShadowDelivery shadow ? shadow.Original.Subscriber : subscription.Subscriber;
            // Compat: what an import listens to here is shown as the importer's.
            (ulong connectionId, Account owner) = subscriber.Member is { } client ? (client.Connection.Id, client.Account) : (0, account);
            page.Add(ConnectionMonitor.Describe(subscription, connectionId) with { Account = owner.Name, AccountTag = owner.NameTag });
        }
    }

    public AccountFacts Describe()
    {
        AccountSharing sharing = account.Sharing;
        return new AccountFacts
        {
            UpdateTime = (account.Claims?.UpdatedAt ?? server.ConfigLoadTime).UtcDateTime,
            IsExpired = account.Claims?.IsExpired == true,
            Claims = account.Claims is { } claims ? ClaimsMonitor.Describe(claims.Claims, server.Time.GetUtcNow()) : null,
            Jwt = account.Claims?.Jwt,
            IssuerKey = account.Claims?.Claims.Issuer,
            Tags = account.Claims?.Claims.Tags,
            RevokedUsers = ClaimsMonitor.DescribeRevocations(account.Claims?.Claims),
            IsComplete = sharing.IsComplete,
            JetStreamEnabled = server.JetStream?.IsEnabledFor(account) ?? false,
            Mappings = DescribeMappings(),
            Exports =
            [
                .. sharing.ServiceExports.Values.Select(SharingMonitor.Describe),
                .. account.BuiltInExports.Where(export => !sharing.ServiceExports.ContainsKey(export.Subject)).Select(SharingMonitor.Describe),
                .. sharing.StreamExports.Values.Select(SharingMonitor.Describe),
            ],
            Imports =
            [
                .. sharing.StreamImports.Select(SharingMonitor.Describe),
                .. account.ServiceImports.Where(static import => import.IsListed).Select(SharingMonitor.Describe),
            ],
            Responses = SharingMonitor.DescribeResponses(account),
        };
    }

    private SortedDictionary<string, IReadOnlyList<MappingDestinationInfo>> DescribeMappings()
    {
        var mappings = new SortedDictionary<string, IReadOnlyList<MappingDestinationInfo>>(StringComparer.Ordinal);
        foreach (MappingRule rule in account.Mappings?.Rules ?? []) mappings[rule.Source] = [.. rule.Shares.Select(Describe)];
        return mappings;
    }

    private static MappingDestinationInfo Describe(MappingShare share) => new() { Subject = share.Destination, Weight = share.UpTo, Cluster = share.Cluster };
}
