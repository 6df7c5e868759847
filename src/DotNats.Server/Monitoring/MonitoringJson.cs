using System.Text.Json;
using System.Text.Json.Serialization;
using DotNats.Primitives;

namespace DotNats.Server.Monitoring;

/// <summary>JSON of all monitoring replies, in nats-server's text form.</summary>
// Metadata only: the generated fast path cannot use an encoder of our own.
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(VarzSnapshot))]
[JsonSerializable(typeof(StatszSnapshot))]
[JsonSerializable(typeof(ConnzSnapshot))]
[JsonSerializable(typeof(SubszSnapshot))]
[JsonSerializable(typeof(RoutezSnapshot))]
[JsonSerializable(typeof(GatewayzSnapshot))]
[JsonSerializable(typeof(LeafzSnapshot))]
[JsonSerializable(typeof(AccountzSnapshot))]
[JsonSerializable(typeof(AccstatzSnapshot))]
[JsonSerializable(typeof(JszSnapshot))]
[JsonSerializable(typeof(JszAccount))]
[JsonSerializable(typeof(HealthSnapshot))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, QueueInfo>))]
public sealed partial class MonitoringJson : JsonSerializerContext
{
    /// <summary>One line, as <c>/healthz</c> and system requests answer.</summary>
    public static MonitoringJson Compact { get; } = Create(0);

    /// <summary>Two spaces deep, as most endpoints answer.</summary>
    public static MonitoringJson Indented { get; } = Create(2);

    /// <summary>Three spaces deep. Compat: <c>/ipqueuesz</c> and <c>/raftz</c> answer so.</summary>
    public static MonitoringJson WideIndented { get; } = Create(3);

    // Not made from Default: its initializer, in the generated part of this class, may run later than these.
    private static MonitoringJson Create(int indent) => new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = GoJsonEncoder.Instance,
        WriteIndented = indent > 0,
        IndentSize = indent,
        NewLine = "\n",
    });
}
