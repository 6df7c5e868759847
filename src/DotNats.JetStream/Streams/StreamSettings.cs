using DotNats.JetStream.Publishing;
using DotNats.Storage;

namespace DotNats.JetStream.Streams;

/// <summary>What a stream's configuration means for its runner, worked out once for each configuration.</summary>
// Owner: the stream's runner; replaced whole. Its transforms have room of their own.
internal sealed class StreamSettings
{
    public StreamSettings(StreamConfig config, int maxPayload)
    {
        Config = config;
        Policy = PolicyOf(config, maxPayload);
        Transform = config.SubjectTransform is { } transform ? StreamTransform.Of(transform.Source, transform.Destination) : null;
        Republisher = Republisher.Of(config);
        MarkerTtl = TimeSpan.FromTicks(config.SubjectDeleteMarkerTtlNanoseconds / TimeSpan.NanosecondsPerTick);
    }

    public StreamConfig Config { get; }

    public PublishPolicy Policy { get; }

    /// <summary>What published subjects become; null where they stay.</summary>
    public StreamTransform? Transform { get; }

    public Republisher? Republisher { get; }

    public bool IsMemory => Config.Storage == StorageType.Memory;

    public bool IsInterest => Config.Retention == RetentionPolicy.Interest;

    /// <summary>Life of delete markers; zero for none.</summary>
    public TimeSpan MarkerTtl { get; }

    private static PublishPolicy PolicyOf(StreamConfig config, int maxPayload) => new()
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
        SubjectDeleteMarkerTtl = TimeSpan.FromTicks(config.SubjectDeleteMarkerTtlNanoseconds / TimeSpan.NanosecondsPerTick),
        AllowsCounters = config.AllowMessageCounter,
        AllowsSchedules = config.AllowMessageSchedules,
        AllowsAtomicBatches = config.AllowAtomicPublish,
        AllowsFastBatches = config.AllowBatchPublish,
    };
}
