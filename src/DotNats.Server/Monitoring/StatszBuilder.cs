namespace DotNats.Server.Monitoring;

/// <summary>Makes the heartbeat of the system account.</summary>
internal static class StatszBuilder
{
    public static StatszSnapshot Build(IMonitoringSource source, ProcessUsage usage)
    {
        ServerTotals totals = source.ReadTotals();
        int activeAccounts = 0;
        long subscriptions = 0;
        foreach (IMonitoredAccount account in source.Accounts)
        {
            // Compat: the server itself counts as a connection of the system account.
            if (account.ClientCount + account.LeafNodeCount > 0 || account.Name == source.SystemAccountName) activeAccounts++;
            subscriptions += account.SubscriptionCount;
        }

        return new StatszSnapshot
        {
            Start = source.StartTime,
            Mem = ProcessUsage.ResidentBytes,
            Cores = Environment.ProcessorCount,
            Cpu = usage.ReadCpuPercent(),
            Connections = source.ConnectionCount,
            TotalConnections = source.TotalConnections,
            ActiveAccounts = activeAccounts,
            Subscriptions = subscriptions,
            Sent = new MessageCount(totals.OutMessages, totals.OutBytes),
            SentToClients = new MessageCount(totals.OutClientMessages, totals.OutClientBytes),
            Received = new MessageCount(totals.InMessages, totals.InBytes),
            ReceivedFromClients = new MessageCount(totals.InClientMessages, totals.InClientBytes),
            SlowConsumers = totals.SlowConsumers.Total,
            SlowConsumerStats = ToCounts(in totals.SlowConsumers),
            StaleConnections = totals.StaleConnections.Total,
            StaleConnectionStats = ToCounts(in totals.StaleConnections),
            StalledClients = totals.Stalls,
            ActiveServers = source.ActiveServers,
            // Compat: where the store is on disk is not told to other servers.
            Jetstream = source.JetStream?.Describe() is { } facts ? facts with { Config = facts.Config! with { StoreDir = null } } : null,
            Gomaxprocs = Environment.ProcessorCount,
        };
    }

    private static KindCounts? ToCounts(in CountByKind counts) =>
        counts.Total == 0 ? null : new KindCounts(counts.Clients, counts.Routes, counts.Gateways, counts.LeafNodes);
}
