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

    public JetStreamLimits Config { get; init; } = new();

    public int Streams { get; init; }

    public int Consumers { get; init; }

    public long Messages { get; init; }

    public long Bytes { get; init; }

    public int Total { get; init; }
}

/// <summary>Requests to the JetStream API.</summary>
public sealed record JetStreamApiCounts
{
    public int Level { get; init; }

    public long Total { get; init; }

    public long Errors { get; init; }
}

/// <summary>What JetStream may use, in bytes.</summary>
public sealed record JetStreamLimits
{
    public long MaxMemory { get; init; }

    public long MaxStorage { get; init; }
}
