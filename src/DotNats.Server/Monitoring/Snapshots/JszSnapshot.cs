using System.Text.Json;
using System.Text.Json.Serialization;
using static System.Text.Json.Serialization.JsonIgnoreCondition;

namespace DotNats.Server.Monitoring;

/// <summary>JetStream of one server (<c>/jsz</c>).</summary>
public sealed record JszSnapshot
{
    public long Memory { get; init; }

    public long Storage { get; init; }

    public long ReservedMemory { get; init; }

    public long ReservedStorage { get; init; }

    public int Accounts { get; init; }

    public int HaAssets { get; init; }

    public JetStreamApiCounts Api { get; init; } = new();

    public required string ServerId { get; init; }

    public DateTime Now { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public bool Disabled { get; init; }

    public JetStreamConfigFacts Config { get; init; } = new();

    public JetStreamLimitFacts? Limits { get; init; }

    public int Streams { get; init; }

    /// <summary>Streams that this server leads; where groups were asked for.</summary>
    [JsonIgnore(Condition = WhenWritingDefault)]
    public int StreamsLeader { get; init; }

    public int Consumers { get; init; }

    /// <summary>Consumers that this server leads; where groups were asked for.</summary>
    [JsonIgnore(Condition = WhenWritingDefault)]
    public int ConsumersLeader { get; init; }

    public long Messages { get; init; }

    public long Bytes { get; init; }

    /// <summary>What an acknowledgement means: <c>synced</c>, <c>written</c> or <c>buffered</c>. Not in nats-server's answer.</summary>
    public string? Durability { get; init; }

    public IReadOnlyList<JszAccount>? AccountDetails { get; init; }

    public int Total { get; init; }
}

/// <summary>One account in <c>/jsz</c>.</summary>
public sealed record JszAccount
{
    public required string Name { get; init; }

    public required string Id { get; init; }

    public long Memory { get; init; }

    public long Storage { get; init; }

    // Compat: nats-server writes "no limit" of reservations as an unsigned number.
    public ulong ReservedMemory { get; init; }

    public ulong ReservedStorage { get; init; }

    public int Accounts { get; init; }

    public int HaAssets { get; init; }

    public JetStreamApiCounts Api { get; init; } = new();

    public IReadOnlyList<JszStream>? StreamDetail { get; init; }
}

/// <summary>One stream in <c>/jsz</c>.</summary>
public sealed record JszStream
{
    public required string Name { get; init; }

    public DateTime Created { get; init; }

    public JsonElement? Cluster { get; init; }

    public JsonElement? Config { get; init; }

    public JsonElement? State { get; init; }

    public IReadOnlyList<JsonElement>? ConsumerDetail { get; init; }

    /// <summary>Consumers through which streams are copied.</summary>
    public IReadOnlyList<JsonElement>? DirectConsumerDetail { get; init; }

    public JsonElement? Mirror { get; init; }

    public IReadOnlyList<JsonElement>? Sources { get; init; }

    /// <summary>What an acknowledgement of this stream means: as for the server, or <c>memory</c>. Not in nats-server's answer.</summary>
    public string? Durability { get; init; }
}

/// <summary>Requests to the JetStream API.</summary>
public sealed record JetStreamApiCounts
{
    public int Level { get; init; }

    public long Total { get; init; }

    public long Errors { get; init; }

    /// <summary>Requests being answered at this moment.</summary>
    [JsonIgnore(Condition = WhenWritingDefault)]
    public long Inflight { get; init; }
}
