using DotNats.Protocol.Text;

namespace DotNats.JetStream.Consumers.State;

/// <summary>What a client asks a pull consumer for: how many messages, for how long, and in what order of precedence.</summary>
internal readonly record struct PullRequest
{
    // Compat: error texts name no structure.
    private static readonly GoJsonStruct<PullRequest> Json = new("",
        ("expires", static (ref json, value) => value with { ExpiresNanoseconds = json.Duration(value.ExpiresNanoseconds) }),
        ("batch", static (ref json, value) => value with { Batch = json.Whole(value.Batch, "int") }),
        ("max_bytes", static (ref json, value) => value with { MaxBytes = json.Whole(value.MaxBytes, "int") }),
        ("no_wait", static (ref json, value) => value with { NoWait = json.Flag(value.NoWait) }),
        ("idle_heartbeat", static (ref json, value) => value with { HeartbeatNanoseconds = json.Duration(value.HeartbeatNanoseconds) }),
        ("group", static (ref json, value) => value with { Group = json.Text(value.Group ?? "") }),
        ("min_pending", static (ref json, value) => value with { MinPending = json.Whole(value.MinPending) }),
        ("min_ack_pending", static (ref json, value) => value with { MinAckPending = json.Whole(value.MinAckPending) }),
        ("id", static (ref json, value) => value with { PinId = json.Text(value.PinId ?? "") }),
        ("priority", static (ref json, value) => value with { Priority = json.Whole(value.Priority, "int") }));

    /// <summary>How many messages. Compat: one for 0 and less, and one for what is neither JSON nor a number.</summary>
    public long Batch { get; init; }

    /// <summary>How many bytes at most; 0 for any.</summary>
    public long MaxBytes { get; init; }

    /// <summary>It does not wait for messages that are not there yet.</summary>
    public bool NoWait { get; init; }

    /// <summary>How long it waits; 0 for ever.</summary>
    public long ExpiresNanoseconds { get; init; }

    /// <summary>How often it is told that it still waits; 0 for never.</summary>
    public long HeartbeatNanoseconds { get; init; }

    /// <summary>It came as JSON: only then what is about groups counts.</summary>
    public bool IsJson { get; init; }

    /// <summary>The priority group; null or empty for none.</summary>
    public string? Group { get; init; }

    /// <summary>The pin that the client was given; null or empty for none.</summary>
    public string? PinId { get; init; }

    /// <summary>Overflow: it counts once so many messages are to be delivered.</summary>
    public long MinPending { get; init; }

    /// <summary>Overflow: it counts once so many messages wait for their acknowledgement.</summary>
    public long MinAckPending { get; init; }

    /// <summary>From 0, which is served first, to 9.</summary>
    public long Priority { get; init; }

    /// <summary>Reads the body of a request, without headers.</summary>
    /// <param name="error">What is behind <c>400 Bad Request - </c>; null where it is good.</param>
    public static PullRequest Parse(ReadOnlySpan<byte> body, out string? error)
    {
        error = null;
        body = GoSpace.Trim(body);
        if (body.IsEmpty) return new PullRequest { Batch = 1 };
        if (body[0] != (byte)'{') return new PullRequest { Batch = Publishing.Headers.HeaderNumbers.TryReadSigned(body, out long batch) ? batch : 1 };
        if (!PullRequestReader.TryReadUsual(body, out PullRequest request)) request = Json.ReadWhole(body, new PullRequest(), out error) with { IsJson = true };
        // Compat: in Go the doubled heartbeat wraps around.
        if (error is null && request.HeartbeatNanoseconds > 0 && unchecked(request.HeartbeatNanoseconds * 2) > request.ExpiresNanoseconds) error = "heartbeat value too large";
        return request;
    }
}
