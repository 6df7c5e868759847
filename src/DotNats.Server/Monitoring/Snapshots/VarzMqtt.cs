using System.Text.Json.Serialization;
using static System.Text.Json.Serialization.JsonIgnoreCondition;

namespace DotNats.Server.Monitoring;

/// <summary>The MQTT listener in <c>/varz</c>; empty where there is none. What is not configured is left out.</summary>
public sealed record VarzMqtt
{
    public string? Host { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public int Port { get; init; }

    public string? NoAuthUser { get; init; }

    /// <summary>Seconds.</summary>
    [JsonIgnore(Condition = WhenWritingDefault)]
    public double AuthTimeout { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public bool TlsMap { get; init; }

    /// <summary>Seconds.</summary>
    [JsonIgnore(Condition = WhenWritingDefault)]
    public double TlsTimeout { get; init; }

    public IReadOnlyList<string>? TlsPinnedCerts { get; init; }

    public string? JsDomain { get; init; }

    /// <summary>Nanoseconds.</summary>
    [JsonIgnore(Condition = WhenWritingDefault)]
    public long AckWait { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public int MaxAckPending { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public bool TlsOcspPeerVerify { get; init; }

    public DateTime? TlsCertNotAfter { get; init; }
}
