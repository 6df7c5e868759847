namespace DotNats.JetStream.Snapshots;

/// <summary>Judges requests to restore a stream.</summary>
/// <remarks>Pure. The order decides which error is told where several things are wrong; it is nats-server's.</remarks>
internal static class RestoreRules
{
    /// <param name="name">The stream that the request's subject names.</param>
    public static ConfigVerdict Judge(StreamConfig config, string name, StreamSurroundings around)
    {
        if (config.Name.Length == 0) config = config with { Name = name };
        if (config.Name != name) return ApiErrors.StreamMismatch;
        if (name.AsSpan().ContainsAny('\\', '/')) return ApiErrors.StreamNameContainsPathSeparators;
        ApiError? error = StreamConfigRules.Apply(ref config, around, pedantic: false) ?? StreamCreateRules.CheckRoom(config, around);
        if (error is not null) return error;
        return around.Find(name) is null ? new ConfigVerdict(config, null) : ApiErrors.StreamNameExistRestoreFailed;
    }

    /// <summary>Asks again when there is something to restore: much may have happened since.</summary>
    public static ApiError? Recheck(StreamConfig config, StreamSurroundings around) =>
        around.Find(config.Name) is null ? StreamConfigRules.Apply(ref config, around, pedantic: false) : ApiErrors.StreamNameExistRestoreFailed;

    /// <summary>Why the account has no place for a restored stream; null where it has.</summary>
    public static ApiError? CheckPlace(StreamConfig config, StreamSurroundings around)
    {
        // Compat: what may be made alone is asked when all of it is there, and how many streams there are only at the beginning.
        if (config.Replicas > 1 && !around.AllowsReplicas) return ApiErrors.StreamReplicasNotSupported;
        if (around.Find(config.Name) is not null) return ApiErrors.StreamNameExistRestoreFailed;
        if (StreamCreateRules.CheckReservation(config, around) is { } error) return error;
        if (OriginRules.FindBadFilter(config) is { } text) return ApiErrors.StreamCreate.With(("{err}", text));
        return SubjectRules.OverlapsOthers(config, around) ? ApiErrors.StreamSubjectOverlap : null;
    }
}
