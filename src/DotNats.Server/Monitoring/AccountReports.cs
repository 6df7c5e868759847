namespace DotNats.Server.Monitoring;

/// <summary>Answers <c>/accountz</c> and <c>/accstatz</c>.</summary>
internal static class AccountReports
{
    /// <summary>The names of all accounts, or one account in detail; null when that does not exist.</summary>
    public static AccountzSnapshot? Accountz(IMonitoringSource source, string accountName)
    {
        AccountzSnapshot reply = new()
        {
            ServerId = source.Info.ServerId,
            Now = source.TimeProvider.GetUtcNow().UtcDateTime,
            SystemAccount = source.SystemAccountName,
        };
        if (accountName.Length == 0) return reply with { Accounts = source.Accounts.Select(account => account.Name).ToArray() };
        IMonitoredAccount? account = source.FindAccount(accountName);
        return account is null ? null : reply with { AccountDetail = Detail(source, account) };
    }

    /// <summary>Traffic of the accounts that have connections, or of all.</summary>
    /// <param name="only">Names of the accounts wanted; empty for every one.</param>
    public static AccstatzSnapshot Accstatz(IMonitoringSource source, bool includeUnused, IReadOnlyList<string> only)
    {
        List<AccountStatistics> statistics = [];
        IReadOnlyDictionary<string, AccountTraffic> traffic = source.ReadTraffic();
        foreach (IMonitoredAccount account in source.Accounts)
        {
            if (only.Count > 0 && !only.Contains(account.Name)) continue;
            if (includeUnused || account.ClientCount + account.LeafNodeCount > 0) statistics.Add(Statistics(account, traffic.GetValueOrDefault(account.Name)));
        }

        return new AccstatzSnapshot
        {
            ServerId = source.Info.ServerId,
            Now = source.TimeProvider.GetUtcNow().UtcDateTime,
            AccountStatz = statistics,
        };
    }

    /// <summary>Traffic of one account.</summary>
    public static AccountStatistics Statistics(IMonitoredAccount account, in AccountTraffic traffic)
    {
        int clients = account.ClientCount;
        int leafNodes = account.LeafNodeCount;
        return new AccountStatistics
        {
            Acc = account.Name,
            Name = account.NameTag,
            Conns = clients,
            Leafnodes = leafNodes,
            TotalConns = clients + leafNodes,
            NumSubscriptions = account.SubscriptionCount,
            Sent = Direction(in traffic.Sent),
            Received = Direction(in traffic.Received),
            SlowConsumers = traffic.SlowConsumers,
        };
    }

    private static AccountDetail Detail(IMonitoringSource source, IMonitoredAccount account)
    {
        AccountFacts facts = account.Describe();
        SubscriptionTableFacts table = account.ReadSubscriptionTable();
        table.Add(source.ReadMatchCaches(account.Name));
        return new AccountDetail
        {
            AccountName = account.Name,
            UpdateTime = facts.UpdateTime,
            IsSystem = account.Name == source.SystemAccountName,
            Expired = facts.IsExpired,
            Complete = facts.IsComplete,
            JetstreamEnabled = facts.JetStreamEnabled,
            LeafnodeConnections = account.LeafNodeCount,
            ClientConnections = account.ClientCount,
            Subscriptions = account.SubscriptionCount,
            Mappings = facts.Mappings.Count == 0 ? null : facts.Mappings,
            Exports = facts.Exports.Count == 0 ? null : facts.Exports,
            Imports = facts.Imports.Count == 0 ? null : facts.Imports,
            Jwt = facts.Jwt,
            IssuerKey = facts.IssuerKey,
            NameTag = account.NameTag,
            Tags = facts.Tags is { Count: > 0 } tags ? tags : null,
            DecodedJwt = facts.Claims?.Json,
            ValidationResultJwt = facts.Claims?.Issues is { Count: > 0 } issues ? issues : null,
            RevokedUser = facts.RevokedUsers,
            SublistStats = SubszBuilder.ToStats(in table),
            Responses = facts.Responses.Count == 0 ? null : facts.Responses,
        };
    }

    private static DirectionStatistics Direction(in TrafficByKind traffic) => new()
    {
        Msgs = traffic.Messages,
        Bytes = traffic.Bytes,
        Gateways = new MessageCount(traffic.GatewayMessages, traffic.GatewayBytes),
        Routes = new MessageCount(traffic.RouteMessages, traffic.RouteBytes),
        Leafs = new MessageCount(traffic.LeafNodeMessages, traffic.LeafNodeBytes),
    };
}
