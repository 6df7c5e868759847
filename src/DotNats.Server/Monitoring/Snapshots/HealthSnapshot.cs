using System.Text.Json.Serialization;

namespace DotNats.Server.Monitoring;

/// <summary>Whether a server is fit to work (<c>/healthz</c>).</summary>
public sealed record HealthSnapshot
{
    /// <summary><c>ok</c>, <c>unavailable</c> or <c>error</c>.</summary>
    public required string Status { get; init; }

    /// <summary>HTTP status that goes with it; over HTTP it is not repeated in the body.</summary>
    [JsonIgnore]
    public int StatusCode { get; init; } = 200;

    public string? Error { get; init; }

    /// <summary>Instead of <see cref="Error"/> when details were asked for.</summary>
    public IReadOnlyList<HealthError>? Errors { get; init; }
}

/// <summary>One thing that is wrong.</summary>
public sealed record HealthError
{
    /// <summary><c>CONNECTION</c>, <c>BAD_REQUEST</c>, <c>JETSTREAM</c>, <c>ACCOUNT</c>, <c>STREAM</c> or <c>CONSUMER</c>.</summary>
    public required string Type { get; init; }

    public string? Account { get; init; }

    public string? Stream { get; init; }

    public string? Consumer { get; init; }

    public required string Error { get; init; }
}

/// <summary>One internal queue (<c>/ipqueuesz</c>).</summary>
public sealed record QueueInfo
{
    public int Pending { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int InProgress { get; init; }
}
