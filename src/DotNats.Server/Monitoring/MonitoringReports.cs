using DotNats.Protocol;

namespace DotNats.Server.Monitoring;

/// <summary>The server's monitoring replies as immutable snapshots: the HTTP endpoints, system requests and embedders all ask here.</summary>
/// <remarks>Safe from any thread. Every call reads live counters and copies; none stops the message path.</remarks>
public sealed class MonitoringReports
{
    private readonly IMonitoringSource _source;
    private readonly ProcessUsage _usage;

    internal MonitoringReports(IMonitoringSource source)
    {
        _source = source;
        _usage = new ProcessUsage(source.TimeProvider);
    }

    /// <summary>Requests of each HTTP endpoint.</summary>
    public EndpointHits HttpHits { get; } = new();

    /// <summary>General facts and sums.</summary>
    public VarzSnapshot Varz() => VarzBuilder.Build(_source, HttpHits, _usage);

    /// <summary>A page of connections.</summary>
    /// <exception cref="ArgumentException"><see cref="ConnzQuery.Validate"/> finds the query bad.</exception>
    public ConnzSnapshot Connz(ConnzQuery query)
    {
        if (query.Validate() is string error) throw new ArgumentException(error, nameof(query));
        return ConnzBuilder.Build(_source, query);
    }

    /// <summary>Subscription tables, and a page of subscriptions if asked for.</summary>
    /// <exception cref="ArgumentException"><see cref="SubszQuery.Validate"/> finds the query bad.</exception>
    public SubszSnapshot Subsz(SubszQuery query)
    {
        if (query.Validate() is string error) throw new ArgumentException(error, nameof(query));
        return SubszBuilder.Build(_source, query);
    }

    /// <summary>Routes to other servers.</summary>
    public RoutezSnapshot Routez() => new() { ServerId = Info.ServerId, ServerName = Info.ServerName, Now = Now };

    /// <summary>Gateways to other clusters.</summary>
    public GatewayzSnapshot Gatewayz() => new() { ServerId = Info.ServerId, Now = Now };

    /// <summary>Leaf nodes.</summary>
    public LeafzSnapshot Leafz() => new() { ServerId = Info.ServerId, Now = Now };

    /// <summary>Names of all accounts, or one account in detail; null when that does not exist.</summary>
    /// <param name="accountName">Empty for the names.</param>
    public AccountzSnapshot? Accountz(string accountName) => AccountReports.Accountz(_source, accountName);

    /// <summary>Traffic of the accounts that have connections, or of all.</summary>
    public AccstatzSnapshot Accstatz(bool includeUnused) => Accstatz(includeUnused, []);

    /// <summary>Sums of the server as its heartbeat on the system account tells them.</summary>
    public StatszSnapshot Statsz() => StatszBuilder.Build(_source, _usage);

    /// <summary>JetStream; null, with the reason, where there is no answer to this query.</summary>
    public JszSnapshot? Jsz(JszQuery query, out string? error)
    {
        if (_source.JetStream is { } jetStream) return jetStream.Describe(query, out error);
        // A server without JetStream leads nothing.
        error = query.LeaderOnly ? "filtered response: not leader" : null;
        return query.LeaderOnly ? null : new JszSnapshot { ServerId = Info.ServerId, Now = Now, Disabled = true };
    }

    /// <summary>Whether the server is fit to work.</summary>
    public HealthSnapshot Healthz(HealthzQuery query) => HealthCheck.Check(_source, query);

    /// <summary>Internal queues by name: those with something in them, or all.</summary>
    /// <param name="nameFilter">Only queues whose name holds this; empty for all.</param>
    public IReadOnlyDictionary<string, QueueInfo> Queues(bool includeEmpty, string nameFilter)
    {
        List<QueueFacts> queues = [];
        _source.CopyQueues(queues);
        SortedDictionary<string, QueueInfo> reply = new(StringComparer.Ordinal);
        foreach (QueueFacts queue in queues)
        {
            if (!includeEmpty && queue.Pending == 0 && queue.InProgress == 0) continue;
            if (queue.Name.Contains(nameFilter, StringComparison.Ordinal))
                reply[queue.Name] = new QueueInfo { Pending = queue.Pending, InProgress = queue.InProgress };
        }

        return reply;
    }

    /// <summary>Traffic of some accounts, of those with connections or of all.</summary>
    /// <param name="only">Names; empty for every account.</param>
    internal AccstatzSnapshot Accstatz(bool includeUnused, IReadOnlyList<string> only) => AccountReports.Accstatz(_source, includeUnused, only);

    /// <summary>Traffic of one account; null where it does not exist.</summary>
    internal AccountStatistics? AccountStatistics(string accountName) =>
        _source.FindAccount(accountName) is { } account ? AccountReports.Statistics(account, _source.ReadTraffic(accountName)) : null;

    internal string Version => Info.Version;

    private ServerInfo Info => _source.Info;

    private DateTime Now => _source.TimeProvider.GetUtcNow().UtcDateTime;
}
