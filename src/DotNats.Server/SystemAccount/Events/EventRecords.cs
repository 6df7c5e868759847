using DotNats.Server.Monitoring;

namespace DotNats.Server.SystemAccount;

/// <summary>A client logged in.</summary>
internal sealed record ConnectEvent
{
    public const string TypeName = "io.nats.server.advisory.v1.client_connect";

    public string Type { get; init; } = TypeName;

    public required string Id { get; init; }

    public DateTime Timestamp { get; init; }

    public ServerBlock? Server { get; init; }

    public required ClientBlock Client { get; init; }
}

/// <summary>A client is gone, or was refused.</summary>
internal sealed record DisconnectEvent
{
    public const string TypeName = "io.nats.server.advisory.v1.client_disconnect";

    public string Type { get; init; } = TypeName;

    public required string Id { get; init; }

    public DateTime Timestamp { get; init; }

    public ServerBlock? Server { get; init; }

    public required ClientBlock Client { get; init; }

    /// <summary>What the client sent.</summary>
    public MessageCount Sent { get; init; }

    /// <summary>What the client was sent.</summary>
    public MessageCount Received { get; init; }

    public required string Reason { get; init; }
}

/// <summary>An account has more or fewer connections than before, or still has some.</summary>
internal sealed record AccountConnectionsEvent
{
    public const string TypeName = "io.nats.server.advisory.v1.account_connections";

    public string Type { get; init; } = TypeName;

    public required string Id { get; init; }

    public DateTime Timestamp { get; init; }

    public ServerBlock? Server { get; init; }

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
