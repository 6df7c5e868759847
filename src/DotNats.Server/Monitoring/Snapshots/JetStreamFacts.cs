using System.Text.Json.Serialization;
using static System.Text.Json.Serialization.JsonIgnoreCondition;

namespace DotNats.Server.Monitoring;

/// <summary>JetStream in <c>/varz</c> and in the heartbeat of the system account. Order is nats-server's.</summary>
public sealed record JetStreamFacts
{
    public JetStreamConfigFacts? Config { get; init; }

    public JetStreamUsageFacts? Stats { get; init; }

    public JetStreamLimitFacts? Limits { get; init; }
}

/// <summary>What JetStream runs with; sizes in bytes, times in nanoseconds.</summary>
public sealed record JetStreamConfigFacts
{
    public long MaxMemory { get; init; }

    public long MaxStorage { get; init; }

    public string? StoreDir { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public long SyncInterval { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public bool SyncAlways { get; init; }

    public string? Domain { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public bool CompressOk { get; init; }

    public string? UniqueTag { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public bool Strict { get; init; }
}

/// <summary>What JetStream uses, in bytes.</summary>
public sealed record JetStreamUsageFacts
{
    public long Memory { get; init; }

    public long Storage { get; init; }

    public long ReservedMemory { get; init; }

    public long ReservedStorage { get; init; }

    public int Accounts { get; init; }

    public int HaAssets { get; init; }

    public JetStreamApiCounts Api { get; init; } = new();
}

/// <summary>What the configuration allows streams and consumers at most; left out where it does not say.</summary>
public sealed record JetStreamLimitFacts
{
    [JsonIgnore(Condition = WhenWritingDefault)]
    public int MaxRequestBatch { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public int MaxAckPending { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public int MaxHaAssets { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public int DefaultMaxConsumers { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public long MaxDuplicateWindow { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public int MaxBatchInflightPerStream { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public int MaxBatchInflightTotal { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public int MaxBatchSize { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public long MaxBatchTimeout { get; init; }
}
