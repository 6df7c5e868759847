namespace DotNats.Server;

/// <summary>Counts of rare events. Messages and bytes are counted by each connection and added up when asked for.</summary>
internal sealed class ServerStatistics
{
    private long _slowConsumers;
    private long _staleConnections;
    private long _stalledClients;
    private long _totalConnections;
    private long _pinnedAccountFailures;

    /// <summary>Traffic of connections that are gone.</summary>
    public Accounts.TrafficCounters ClosedTraffic { get; } = new();

    public long SlowConsumers => Volatile.Read(ref _slowConsumers);

    public long StaleConnections => Volatile.Read(ref _staleConnections);

    public long StalledClients => Volatile.Read(ref _stalledClients);

    public long TotalConnections => Volatile.Read(ref _totalConnections);

    /// <summary>Logins refused because the account was not among the pinned ones.</summary>
    public long PinnedAccountFailures => Volatile.Read(ref _pinnedAccountFailures);

    public void CountSlowConsumer() => Interlocked.Increment(ref _slowConsumers);

    public void CountStaleConnection() => Interlocked.Increment(ref _staleConnections);

    public void CountStalledClient() => Interlocked.Increment(ref _stalledClients);

    public void CountPinnedAccountFailure() => Interlocked.Increment(ref _pinnedAccountFailures);

    public void CountConnection() => Interlocked.Increment(ref _totalConnections);
}
