namespace DotNats.JetStream;

/// <summary>Judges requests to update a stream.</summary>
/// <remarks>Pure: the outcome depends on the request and on <see cref="StreamSurroundings"/> alone.</remarks>
internal static class StreamUpdateRules
{
    /// <param name="name">The stream that the request's subject names.</param>
    public static ConfigVerdict Judge(StreamConfigRequest request, string name, StreamSurroundings around)
    {
        StreamConfig config = request.Config;
        if (StreamConfigRules.Apply(ref config, around, request.Pedantic) is { } error) return error;
        if (config.Name != name) return ApiErrors.StreamMismatch;
        if (around.Find(name) is not { } old) return ApiErrors.StreamNotFound;
        // Compat: what was completed is judged once more, so that a counter's time to live of delete markers is refused here and not when it is created.
        if (StreamConfigRules.Apply(ref config, around, request.Pedantic) is { } second) return second;
        return Judge(old, StreamVersions.WithRequiredLevel(config), around);
    }

    /// <summary>Judges the change from one complete configuration to another. What consumers think of it is not asked here.</summary>
    public static ConfigVerdict Judge(StreamConfig old, StreamConfig config, StreamSurroundings around)
    {
        if (config.Replicas > 1 && !around.AllowsReplicas) return ApiErrors.StreamReplicasNotSupported;
        if (FindForbiddenChange(old, config) is { } text) return ConfigErrors.Invalid(text);
        if (config.Mirror is not null && !StreamConfigJson.AreSame(config.Mirror, old.Mirror)) return ApiErrors.StreamMirrorNotUpdatable;
        if (FeatureRules.CheckDiscardPerSubject(config) is { } error) return error;
        if (FindForbiddenFeatureChange(old, config) is { } featureText) return ConfigErrors.Invalid(featureText);
        config = Seal(config);
        if (CheckReservation(old, config, around) is { } full) return full;
        if (SubjectRules.OverlapsOthers(config, around)) return ApiErrors.StreamSubjectOverlap;
        return SubjectRules.CompleteRepublish(ref config) is { } republishText
            ? ApiErrors.StreamUpdate.With(("{err}", republishText))
            : new ConfigVerdict(config, null);
    }

    /// <summary>The error where consumers ask for more than a stream's new limits allow; null where none does.</summary>
    /// <param name="consumers">Name, inactivity threshold and most pending acknowledgements of each.</param>
    public static ApiError? CheckConsumers(StreamConfig old, StreamConfig config, IEnumerable<(string Name, long InactiveThreshold, long MaxAckPending)> consumers)
    {
        (ConsumerLimits before, ConsumerLimits after) = (old.ConsumerLimits, config.ConsumerLimits);
        long threshold = after.InactiveThresholdNanoseconds;
        bool isChanged = (threshold > 0 && threshold != before.InactiveThresholdNanoseconds)
            || (after.MaxAckPending > 0 && after.MaxAckPending != before.MaxAckPending);
        if (!isChanged) return null;
        string names = string.Join(", ", consumers
            .Where(consumer => (threshold > 0 && consumer.InactiveThreshold > threshold)
                || (after.MaxAckPending > 0 && consumer.MaxAckPending > after.MaxAckPending))
            .Select(consumer => consumer.Name));
        return names.Length == 0 ? null : ApiErrors.StreamUpdate.With(("{err}", $"change to limits violates consumers: {names}"));
    }

    private static string? FindForbiddenChange(StreamConfig old, StreamConfig config)
    {
        if (config.Storage != old.Storage) return "stream configuration update can not change storage type";
        if (config.Retention != old.Retention && (old.Retention == RetentionPolicy.WorkQueue || config.Retention == RetentionPolicy.WorkQueue))
            return "stream configuration update can not change retention policy to/from workqueue";
        if (old.Sealed && !config.Sealed) return "stream configuration update can not unseal a sealed stream";
        if (old.DenyDelete && !config.DenyDelete) return "stream configuration update can not cancel deny message deletes";
        return old.DenyPurge && !config.DenyPurge ? "stream configuration update can not cancel deny purge" : null;
    }

    private static string? FindForbiddenFeatureChange(StreamConfig old, StreamConfig config)
    {
        if (old.AllowMessageTtl && !config.AllowMessageTtl) return "message TTL status can not be disabled";
        if (old.AllowMessageCounter != config.AllowMessageCounter) return "stream configuration update can not change message counter setting";
        if (old.AllowMessageSchedules && !config.AllowMessageSchedules) return "message schedules can not be disabled";
        return old.PersistMode != config.PersistMode ? "stream configuration update can not change persist mode" : null;
    }

    // Nothing comes into a sealed stream and nothing goes, not even by age.
    private static StreamConfig Seal(StreamConfig config) => !config.Sealed ? config : config with
    {
        MaxAgeNanoseconds = 0,
        Discard = DiscardPolicy.New,
        DenyDelete = true,
        DenyPurge = true,
        AllowRollup = false,
    };

    private static ApiError? CheckReservation(StreamConfig old, StreamConfig config, StreamSurroundings around)
    {
        AccountLimits account = around.Limits;
        bool isSelected = account.TrySelect(config.Replicas, out TierLimits? limits, out string tier)
            || (old.Replicas != config.Replicas && account.TrySelect(old.Replicas, out limits, out tier));
        if (!isSelected || limits is null) return ApiErrors.NoLimits;
        long reserved = StreamReservation.OfOthers(around.Streams.Values, limits, tier, config);
        return StreamReservation.CheckUpdate(old, config, limits, tier, reserved, around.Server);
    }
}
