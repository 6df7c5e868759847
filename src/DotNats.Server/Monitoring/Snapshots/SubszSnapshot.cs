namespace DotNats.Server.Monitoring;

/// <summary>Subscription tables of one server (<c>/subsz</c>).</summary>
public sealed record SubszSnapshot
{
    public required string ServerId { get; init; }

    public DateTime Now { get; init; }

    public long NumSubscriptions { get; init; }

    public long NumCache { get; init; }

    public long NumInserts { get; init; }

    public long NumRemoves { get; init; }

    public long NumMatches { get; init; }

    /// <summary>0 to 1.</summary>
    public double CacheHitRate { get; init; }

    public long MaxFanout { get; init; }

    public double AvgFanout { get; init; }

    /// <summary>Subscriptions that pass the filter; 0 when none were asked for.</summary>
    public int Total { get; init; }

    public int Offset { get; init; }

    public int Limit { get; init; }

    /// <summary>Null when empty or not asked for.</summary>
    public IReadOnlyList<SubscriptionDetail>? SubscriptionsList { get; init; }
}

/// <summary>The table of one account, inside <c>/accountz</c>.</summary>
public sealed record SublistStats
{
    public long NumSubscriptions { get; init; }

    public long NumCache { get; init; }

    public long NumInserts { get; init; }

    public long NumRemoves { get; init; }

    public long NumMatches { get; init; }

    public double CacheHitRate { get; init; }

    public long MaxFanout { get; init; }

    public double AvgFanout { get; init; }
}
