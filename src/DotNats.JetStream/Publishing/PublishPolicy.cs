using DotNats.Storage;

namespace DotNats.JetStream.Publishing;

/// <summary>What of a stream's configuration decides about a publish. Limits are -1 for none.</summary>
internal sealed record PublishPolicy
{
    /// <summary>Name of the stream.</summary>
    public required string Name { get; init; }

    /// <summary>Its subjects, for the targets of schedules; null for a stream without.</summary>
    public SubjectFilters? Subjects { get; init; }

    /// <summary>Stored in files rather than in memory: decides how bytes are counted.</summary>
    public bool IsFile { get; init; } = true;

    public long MaxMessages { get; init; } = -1;

    public long MaxBytes { get; init; } = -1;

    public long MaxMessagesPerSubject { get; init; } = -1;

    /// <summary>Of headers and payload together.</summary>
    public int MaxMessageSize { get; init; } = -1;

    /// <summary>The server's <c>max_payload</c>: what a counter may grow to.</summary>
    public int MaxPayload { get; init; } = 1024 * 1024;

    /// <summary><c>discard: new</c>.</summary>
    public bool DiscardsNew { get; init; }

    public bool DiscardsNewPerSubject { get; init; }

    public bool IsSealed { get; init; }

    /// <summary>Mirrors take what their origin sent, duplicates included.</summary>
    public bool IsMirror { get; init; }

    public bool AllowsRollup { get; init; }

    public bool DeniesPurge { get; init; }

    public bool AllowsTtl { get; init; }

    /// <summary>Zero for no markers.</summary>
    public TimeSpan SubjectDeleteMarkerTtl { get; init; }

    public bool AllowsCounters { get; init; }

    public bool AllowsSchedules { get; init; }

    public bool AllowsAtomicBatches { get; init; }

    public bool AllowsFastBatches { get; init; }

    /// <summary>Rollups are asked for and can be carried out.</summary>
    public bool RollsUp => AllowsRollup && !DeniesPurge;

    /// <summary>What a configuration that was found valid says.</summary>
    /// <param name="maxPayload">The server's.</param>
    public static PublishPolicy From(StreamConfig config, int maxPayload) => new()
    {
        Name = config.Name,
        Subjects = config.Subjects.Count > 0 ? new SubjectFilters([.. config.Subjects]) : null,
        IsFile = config.Storage != StorageType.Memory,
        MaxMessages = config.MaxMessages,
        MaxBytes = config.MaxBytes,
        MaxMessagesPerSubject = config.MaxMessagesPerSubject,
        MaxMessageSize = config.MaxMessageSize,
        MaxPayload = maxPayload,
        DiscardsNew = config.Discard == DiscardPolicy.New,
        DiscardsNewPerSubject = config.DiscardNewPerSubject,
        IsSealed = config.Sealed,
        IsMirror = config.Mirror is not null,
        AllowsRollup = config.AllowRollup,
        DeniesPurge = config.DenyPurge,
        AllowsTtl = config.AllowMessageTtl,
        SubjectDeleteMarkerTtl = new TimeSpan(config.SubjectDeleteMarkerTtlNanoseconds / TimeSpan.NanosecondsPerTick),
        AllowsCounters = config.AllowMessageCounter,
        AllowsSchedules = config.AllowMessageSchedules,
        AllowsAtomicBatches = config.AllowAtomicPublish,
        AllowsFastBatches = config.AllowBatchPublish,
    };
}
