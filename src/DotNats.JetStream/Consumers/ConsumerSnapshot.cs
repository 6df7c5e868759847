namespace DotNats.JetStream.Consumers;

/// <summary>Where a consumer is at one moment: what answers and monitoring say of it.</summary>
internal sealed record ConsumerSnapshot
{
    public required ConsumerConfig Config { get; init; }

    public required ConsumerPlace Delivered { get; init; }

    public required ConsumerPlace AckFloor { get; init; }

    /// <summary>Messages that were delivered and not acknowledged.</summary>
    public int AckPending { get; init; }

    /// <summary>Messages that were delivered more than once and not acknowledged.</summary>
    public int Redelivered { get; init; }

    /// <summary>Pull requests that wait.</summary>
    public int Waiting { get; init; }

    /// <summary>Messages that are still to be delivered for the first time: exact.</summary>
    public ulong Pending { get; init; }

    /// <summary>Somebody listens where it pushes to.</summary>
    public bool IsPushBound { get; init; }

    /// <summary>Nanoseconds until it goes on; 0 where it is not paused.</summary>
    public long PauseRemaining { get; init; }

    public IReadOnlyList<PriorityGroupSnapshot> PriorityGroups { get; init; } = [];

    /// <summary>Why it does not deliver though there is something to deliver; null where it does, or has nothing.</summary>
    public string? Obstacle { get; init; }

    /// <summary>Nanoseconds that this has lasted.</summary>
    public long ObstacleAge { get; init; }

    public bool IsPaused => PauseRemaining > 0;
}

/// <summary>A place in a consumer's sequence of deliveries and in its stream.</summary>
/// <param name="LastActive">Nanoseconds since 1970; 0 for never.</param>
internal readonly record struct ConsumerPlace(ulong ConsumerSequence, ulong StreamSequence, long LastActive);

/// <param name="PinId">Of the client that gets the messages; empty for none.</param>
/// <param name="PinnedAt">Nanoseconds since 1970; 0 for never.</param>
internal readonly record struct PriorityGroupSnapshot(string Group, string PinId, long PinnedAt);

/// <summary>Why a consumer ends.</summary>
internal enum ConsumerEnd
{
    /// <summary>The server stops, or its stream is opened anew: it will go on.</summary>
    Shutdown,

    /// <summary>It is deleted, alone or with its stream.</summary>
    Deleted,
}

/// <summary>What came of a request to begin again elsewhere.</summary>
/// <param name="Sequence">Where it begins.</param>
/// <param name="Error">Why not, in nats-server's words; null where it does.</param>
internal readonly record struct ResetOutcome(ulong Sequence, string? Error);
