namespace DotNats.JetStream;

/// <summary>Judges and completes a stream's configuration: what is left out gets its default, what does not go together is refused.</summary>
/// <remarks>Pure. The order of the rules decides which error is told where several things are wrong; it is nats-server's.</remarks>
internal static class StreamConfigRules
{
    /// <summary>Completes <paramref name="config"/>; the error where it cannot be used.</summary>
    /// <param name="pedantic">What would be corrected is told as an error.</param>
    public static ApiError? Apply(ref StreamConfig config, StreamSurroundings around, bool pedantic) =>
        CountRules.CheckTexts(config)
        ?? CountRules.ApplyNumbers(ref config, pedantic)
        ?? CountRules.ApplyTimes(ref config, around.MaxDuplicateWindowNanoseconds, pedantic)
        ?? FeatureRules.Apply(ref config, pedantic)
        ?? OriginRules.ApplyMirror(ref config, around, pedantic)
        ?? OriginRules.CheckSources(config, around)
        ?? OriginRules.CheckPrefixes(config, around)
        ?? OriginRules.CheckCycles(config, around)
        ?? SubjectRules.ApplySubjects(ref config)
        ?? CheckSize(config, around.Limits)
        ?? SubjectRules.CheckTransform(config)
        ?? SubjectRules.ApplyRepublish(ref config, pedantic)
        ?? ApplyPlacement(ref config);

    private static ApiError? CheckSize(StreamConfig config, AccountLimits account)
    {
        if (!account.TrySelect(config.Replicas, out TierLimits? limits, out _)) return null;
        if (limits.MaxBytesRequired && config.MaxBytes <= 0) return ApiErrors.StreamMaxBytesRequired;
        long most = limits.MaxStreamBytesOf(config.Storage);
        return most > 0 && config.MaxBytes > most ? ApiErrors.StreamMaxStreamBytesExceeded : null;
    }

    private static ApiError? ApplyPlacement(ref StreamConfig config)
    {
        if (config.Placement is not { } placement) return null;
        if (placement.IsEmpty) config = config with { Placement = null };
        return placement.Preferred.Length > 0 ? ConfigErrors.Invalid("preferred server not permitted in placement") : null;
    }
}
