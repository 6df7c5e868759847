using DotNats.Protocol.Text;

namespace DotNats.JetStream;

/// <summary>How a consumer is configured: all fields of the API, with the values a request that names none of them has.</summary>
/// <remarks>Two of them are equal when their JSON is, and lists were given (<see cref="GoList"/>) in both or in neither. Reading and writing: <see cref="ConsumerConfigJson"/>; what is allowed: <see cref="ConsumerConfigRules"/>.</remarks>
// Invariant: lists and dictionaries are never changed after they were given.
internal sealed record ConsumerConfig
{
    public string Durable { get; init; } = "";

    public string Name { get; init; } = "";

    public string Description { get; init; } = "";

    public DeliverPolicy DeliverPolicy { get; init; }

    public ulong StartSequence { get; init; }

    public GoTime? StartTime { get; init; }

    public AckPolicy AckPolicy { get; init; }

    public long AckWaitNanoseconds { get; init; }

    public long MaxDeliver { get; init; }

    /// <summary>Nanoseconds to wait before each further delivery.</summary>
    public IReadOnlyList<long> BackOff { get; init; } = [];

    public string FilterSubject { get; init; } = "";

    public IReadOnlyList<string> FilterSubjects { get; init; } = [];

    public ReplayPolicy ReplayPolicy { get; init; }

    /// <summary>Bits in a second; 0 for no limit.</summary>
    public ulong RateLimitBits { get; init; }

    /// <summary>Share of acknowledgements that are reported, in percent, with or without <c>%</c>.</summary>
    public string SampleFrequency { get; init; } = "";

    public long MaxWaiting { get; init; }

    public long MaxAckPending { get; init; }

    public bool FlowControl { get; init; }

    public bool HeadersOnly { get; init; }

    public long MaxRequestBatch { get; init; }

    public long MaxRequestExpiresNanoseconds { get; init; }

    public long MaxRequestBytes { get; init; }

    /// <summary>Where messages are sent; empty for a consumer that is asked for them.</summary>
    public string DeliverSubject { get; init; } = "";

    public string DeliverGroup { get; init; } = "";

    public long HeartbeatNanoseconds { get; init; }

    public long InactiveThresholdNanoseconds { get; init; }

    public long Replicas { get; init; }

    public bool MemoryStorage { get; init; }

    public bool Direct { get; init; }

    public bool Sourcing { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = StreamConfig.NoMetadata;

    public GoTime? PauseUntil { get; init; }

    public IReadOnlyList<string> PriorityGroups { get; init; } = [];

    public PriorityPolicy PriorityPolicy { get; init; }

    public long PinnedTtlNanoseconds { get; init; }

    public bool IsPull => DeliverSubject.Length == 0;

    public bool IsDurable => Durable.Length > 0;

    /// <summary>It serves a stream that copies this one, and does not count against limits.</summary>
    public bool IsInternal => Direct || Sourcing;

    /// <summary>It copies the stream elsewhere: what the stream may still lose must not be there.</summary>
    public bool IsForCopies => IsInternal || AckPolicy == AckPolicy.FlowControl;

    /// <summary>What it wants of the stream; nothing for everything.</summary>
    public IReadOnlyList<string> Filters => FilterSubjects.Count > 0 ? FilterSubjects : FilterSubject.Length > 0 ? [FilterSubject] : [];

    /// <summary>The same, with one string for all its names that are this one.</summary>
    public ConsumerConfig Sharing(string name) => this with { Name = Name == name ? name : Name, Durable = Durable == name ? name : Durable };

    /// <summary>Replicas it has in a stream: where it names none, those of the stream, but one for what goes with its client.</summary>
    public long ReplicasIn(StreamConfig stream)
    {
        if (Replicas > 0 && Replicas <= stream.Replicas) return Replicas;
        return Replicas == 0 && !IsDurable && stream.Retention == RetentionPolicy.Limits ? 1 : stream.Replicas;
    }

    public bool Equals(ConsumerConfig? other) => other is not null && (ReferenceEquals(this, other) || ConsumerConfigJson.AreSame(this, other));

    public override int GetHashCode() => HashCode.Combine(Name, Durable, DeliverSubject, FilterSubject);
}

/// <summary>A consumer's configuration and when it was created: what its <c>meta.inf</c> has.</summary>
internal sealed record ConsumerMeta
{
    public ConsumerConfig Config { get; init; } = new();

    public GoTime Created { get; init; }

    public string Name { get; init; } = "";
}

/// <summary>A request to create or update a consumer.</summary>
internal sealed record ConsumerConfigRequest
{
    public string Stream { get; init; } = "";

    public ConsumerConfig Config { get; init; } = new();

    public ConsumerAction Action { get; init; }

    /// <summary>Nothing may be corrected silently.</summary>
    public bool Pedantic { get; init; }
}
