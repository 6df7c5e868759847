namespace DotNats.JetStream;

/// <summary>Which features of a stream go together, and which turn on others that they need.</summary>
internal static class FeatureRules
{
    private const long Second = 1_000_000_000;

    public static ApiError? Apply(ref StreamConfig config, bool pedantic)
    {
        if (config.DenyPurge && config.AllowRollup) return ConfigErrors.Invalid("roll-ups require the purge permission");
        return CheckCounter(config)
            ?? CheckDiscardPerSubject(config)
            ?? ApplyDeleteMarkers(ref config, pedantic)
            ?? ApplySchedules(ref config, pedantic)
            ?? CheckPersistMode(config);
    }

    public static ApiError? CheckDiscardPerSubject(StreamConfig config)
    {
        if (!config.DiscardNewPerSubject) return null;
        if (config.Discard != DiscardPolicy.New) return ConfigErrors.Invalid("discard new per subject requires discard new policy to be set");
        return config.MaxMessagesPerSubject <= 0 ? ConfigErrors.Invalid("discard new per subject requires max msgs per subject > 0") : null;
    }

    private static ApiError? CheckCounter(StreamConfig config)
    {
        if (!config.AllowMessageCounter) return null;
        if (config.Discard == DiscardPolicy.New) return ConfigErrors.Invalid("counter stream cannot use discard new");
        if (config.AllowMessageTtl) return ConfigErrors.Invalid("counter stream cannot use message TTLs");
        if (config.AllowMessageSchedules) return ConfigErrors.Invalid("counter stream cannot use message schedules");
        return config.Retention != RetentionPolicy.Limits ? ConfigErrors.Invalid("counter stream can only use limits retention") : null;
    }

    private static ApiError? ApplyDeleteMarkers(ref StreamConfig config, bool pedantic)
    {
        long ttl = config.SubjectDeleteMarkerTtlNanoseconds;
        if (ttl < 0) return ConfigErrors.Invalid("subject delete marker TTL must not be negative");
        if (ttl == 0) return null;
        if (ttl < Second) return ConfigErrors.Invalid("subject delete marker TTL must be at least 1 second");
        if (pedantic && !config.AllowMessageTtl) return ConfigErrors.Invalid("subject delete marker cannot be set if message TTLs are disabled");
        if (pedantic && !config.AllowRollup) return ConfigErrors.Invalid("subject delete marker cannot be set if roll-ups are disabled");
        config = WithRollup(config with { AllowMessageTtl = true });
        return null;
    }

    private static ApiError? ApplySchedules(ref StreamConfig config, bool pedantic)
    {
        if (!config.AllowMessageSchedules) return null;
        if (config.Discard == DiscardPolicy.New) return ConfigErrors.Invalid("message scheduling cannot use discard new");
        if (pedantic && !config.AllowRollup) return ConfigErrors.Invalid("message scheduling cannot be set if roll-ups are disabled");
        config = WithRollup(config);
        return null;
    }

    private static ApiError? CheckPersistMode(StreamConfig config)
    {
        if (config.PersistMode != PersistMode.Async) return null;
        if (config.Storage != StorageType.File) return ConfigErrors.Invalid("async persist mode is only supported on file storage");
        if (config.Replicas > 1) return ConfigErrors.Invalid("async persist mode is not supported on replicated streams");
        return config.AllowAtomicPublish ? ConfigErrors.Invalid("async persist mode is not supported with atomic batch publish") : null;
    }

    // Rolling up is purging: both are allowed or neither.
    private static StreamConfig WithRollup(StreamConfig config) => config.AllowRollup ? config : config with { AllowRollup = true, DenyPurge = false };
}
