using DotNats.Protocol.Text;

namespace DotNats.JetStream;

/// <summary>How a stream is configured: all fields of the API, with the values a request that names none of them has.</summary>
/// <remarks>Two of them are equal when their JSON is, and lists were given (<see cref="GoList"/>) in both or in neither. Reading and writing: <see cref="StreamConfigJson"/>.</remarks>
// Invariant: lists and dictionaries are never changed after they were given; null stands for no object, never for an empty list.
internal sealed record StreamConfig
{
    public string Name { get; init; } = "";

    public string Description { get; init; } = "";

    public IReadOnlyList<string> Subjects { get; init; } = [];

    public RetentionPolicy Retention { get; init; }

    public long MaxConsumers { get; init; }

    public long MaxMessages { get; init; }

    public long MaxBytes { get; init; }

    public long MaxAgeNanoseconds { get; init; }

    public long MaxMessagesPerSubject { get; init; }

    /// <summary>In bytes, headers and payload.</summary>
    public int MaxMessageSize { get; init; }

    public DiscardPolicy Discard { get; init; }

    public StorageType Storage { get; init; }

    public long Replicas { get; init; }

    public bool NoAck { get; init; }

    public long DuplicateWindowNanoseconds { get; init; }

    public Placement? Placement { get; init; }

    public StreamSource? Mirror { get; init; }

    // Compat: null may be given as an item; it is refused as a source without a name.
    public IReadOnlyList<StreamSource?> Sources { get; init; } = [];

    public StoreCompression Compression { get; init; }

    public ulong FirstSequence { get; init; }

    public SubjectTransformConfig? SubjectTransform { get; init; }

    public Republish? Republish { get; init; }

    public bool AllowDirect { get; init; }

    public bool MirrorDirect { get; init; }

    public bool DiscardNewPerSubject { get; init; }

    public bool Sealed { get; init; }

    public bool DenyDelete { get; init; }

    public bool DenyPurge { get; init; }

    public bool AllowRollup { get; init; }

    public ConsumerLimits ConsumerLimits { get; init; } = ConsumerLimits.None;

    public bool AllowMessageTtl { get; init; }

    public long SubjectDeleteMarkerTtlNanoseconds { get; init; }

    public bool AllowMessageCounter { get; init; }

    public bool AllowAtomicPublish { get; init; }

    public bool AllowMessageSchedules { get; init; }

    public PersistMode PersistMode { get; init; }

    public bool AllowBatchPublish { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = NoMetadata;

    public static IReadOnlyDictionary<string, string> NoMetadata { get; } = new Dictionary<string, string>();

    public bool Equals(StreamConfig? other) => other is not null && (ReferenceEquals(this, other) || StreamConfigJson.AreSame(this, other));

    public override int GetHashCode() => HashCode.Combine(Name, Subjects.Count, MaxMessages, MaxBytes);
}

/// <summary>Which servers may keep a stream or consumer.</summary>
internal sealed record Placement
{
    public string Cluster { get; init; } = "";

    // Compat: null where none were given; a placement that gives an empty list is kept, one that gives nothing is not.
    public IReadOnlyList<string>? Tags { get; init; }

    public string Preferred { get; init; } = "";

    public bool IsEmpty => Cluster.Length == 0 && Tags is null && Preferred.Length == 0;
}

/// <summary>A stream that another one copies.</summary>
internal sealed record StreamSource
{
    public string Name { get; init; } = "";

    public ulong StartSequence { get; init; }

    public GoTime? StartTime { get; init; }

    public string FilterSubject { get; init; } = "";

    public IReadOnlyList<SubjectTransformConfig> SubjectTransforms { get; init; } = [];

    public ExternalStream? External { get; init; }

    public SourceConsumer? Consumer { get; init; }
}

/// <summary>The durable consumer through which a stream is copied, instead of one made for the purpose.</summary>
internal sealed record SourceConsumer
{
    public string Name { get; init; } = "";

    public string DeliverSubject { get; init; } = "";
}

/// <summary>Where a stream of another account or domain is reached.</summary>
internal sealed record ExternalStream
{
    public string ApiPrefix { get; init; } = "";

    public string DeliverPrefix { get; init; } = "";
}

/// <summary>Subjects that become others.</summary>
internal sealed record SubjectTransformConfig
{
    public string Source { get; init; } = "";

    public string Destination { get; init; } = "";
}

/// <summary>Stored messages are also published, under another subject.</summary>
internal sealed record Republish
{
    public string Source { get; init; } = "";

    public string Destination { get; init; } = "";

    public bool HeadersOnly { get; init; }
}

/// <summary>What a stream's consumers get where they ask for nothing, and at most may ask for.</summary>
internal sealed record ConsumerLimits
{
    public static ConsumerLimits None { get; } = new();

    public long InactiveThresholdNanoseconds { get; init; }

    public long MaxAckPending { get; init; }
}

/// <summary>A stream's configuration and when it was created: what its <c>meta.inf</c> has.</summary>
internal sealed record StreamMeta
{
    public StreamConfig Config { get; init; } = new();

    public GoTime Created { get; init; }
}

/// <summary>A request to create or update a stream.</summary>
internal sealed record StreamConfigRequest
{
    public StreamConfig Config { get; init; } = new();

    /// <summary>Nothing may be corrected silently.</summary>
    public bool Pedantic { get; init; }
}
