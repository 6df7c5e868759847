namespace DotNats.Server.Monitoring;

/// <summary>Traffic of the accounts of one server (<c>/accstatz</c>).</summary>
public sealed record AccstatzSnapshot
{
    public required string ServerId { get; init; }

    public DateTime Now { get; init; }

    public required IReadOnlyList<AccountStatistics> AccountStatz { get; init; }
}

/// <summary>Traffic of one account.</summary>
public sealed record AccountStatistics
{
    public required string Acc { get; init; }

    public required string Name { get; init; }

    public int Conns { get; init; }

    public int Leafnodes { get; init; }

    public int TotalConns { get; init; }

    public int NumSubscriptions { get; init; }

    public required DirectionStatistics Sent { get; init; }

    public required DirectionStatistics Received { get; init; }

    public long SlowConsumers { get; init; }
}

/// <summary>One direction: the whole, and the parts that went over links.</summary>
public sealed record DirectionStatistics
{
    public long Msgs { get; init; }

    public long Bytes { get; init; }

    public MessageCount Gateways { get; init; }

    public MessageCount Routes { get; init; }

    public MessageCount Leafs { get; init; }
}

/// <summary>Messages and their bytes.</summary>
public readonly record struct MessageCount(long Msgs, long Bytes);
