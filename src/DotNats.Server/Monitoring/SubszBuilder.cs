namespace DotNats.Server.Monitoring;

/// <summary>Answers <c>/subsz</c>.</summary>
internal static class SubszBuilder
{
    public static SubszSnapshot Build(IMonitoringSource source, SubszQuery query)
    {
        int offset = (int)Math.Clamp(query.Offset, 0, int.MaxValue);
        int limit = query.Limit <= 0 ? SubszQuery.DefaultLimit : (int)Math.Min(query.Limit, int.MaxValue);
        SubscriptionTableFacts sum = source.ReadMatchCaches(query.Account.Length > 0 ? query.Account : null);
        SubscriptionPage page = new(query.TestSubject, offset, limit);
        foreach (IMonitoredAccount account in source.Accounts)
        {
            if (query.Account.Length > 0 && account.Name != query.Account) continue;
            sum.Add(account.ReadSubscriptionTable());
            if (query.ShowSubscriptions) account.CopySubscriptions(page);
        }

        SublistStats stats = ToStats(in sum);
        return new SubszSnapshot
        {
            ServerId = source.Info.ServerId,
            Now = source.TimeProvider.GetUtcNow().UtcDateTime,
            NumSubscriptions = stats.NumSubscriptions,
            NumCache = stats.NumCache,
            NumInserts = stats.NumInserts,
            NumRemoves = stats.NumRemoves,
            NumMatches = stats.NumMatches,
            CacheHitRate = stats.CacheHitRate,
            MaxFanout = stats.MaxFanout,
            AvgFanout = stats.AvgFanout,
            Total = page.Total,
            Offset = offset,
            Limit = limit,
            SubscriptionsList = page.Items.Count == 0 ? null : page.Items,
        };
    }

    /// <summary>Counters as replies show them; rates of nothing are 0.</summary>
    public static SublistStats ToStats(in SubscriptionTableFacts facts) => new()
    {
        NumSubscriptions = facts.Subscriptions,
        NumCache = facts.CacheEntries,
        NumInserts = facts.Inserts,
        NumRemoves = facts.Removes,
        NumMatches = facts.Matches,
        CacheHitRate = facts.Matches > 0 ? (double)facts.CacheHits / facts.Matches : 0,
        MaxFanout = facts.MaxFanout,
        AvgFanout = facts.CacheEntries > 0 ? (double)facts.CachedFanout / facts.CacheEntries : 0,
    };
}
