namespace DotNats.JetStream;

/// <summary>What became of a request to create or update a stream.</summary>
/// <param name="Config">The configuration to be stored; null where there is an error.</param>
/// <param name="Exists">The stream is there already and has this configuration: nothing is to be done.</param>
internal readonly record struct ConfigVerdict(StreamConfig? Config, ApiError? Error, bool Exists = false)
{
    public static implicit operator ConfigVerdict(ApiError error) => new(null, error);
}

/// <summary>Judges requests to create a stream.</summary>
/// <remarks>Pure: the outcome depends on the request and on <see cref="StreamSurroundings"/> alone.</remarks>
internal static class StreamCreateRules
{
    /// <param name="name">The stream that the request's subject names.</param>
    public static ConfigVerdict Judge(StreamConfigRequest request, string name, StreamSurroundings around)
    {
        StreamConfig config = StreamVersions.WithRequiredLevel(request.Config);
        ApiError? error = CheckRequest(config, name)
            ?? CheckRoom(config, around)
            ?? StreamConfigRules.Apply(ref config, around, request.Pedantic);
        if (error is not null) return error;
        if (config.Replicas > 1 && !around.AllowsReplicas) return ApiErrors.StreamReplicasNotSupported;
        if (around.Find(name) is { } existing)
        {
            bool isSame = StreamVersions.WithLevelOf(config, existing).Equals(existing);
            return isSame ? new ConfigVerdict(existing, null, Exists: true) : ApiErrors.StreamNameExist;
        }

        error = CheckReservation(config, around);
        if (error is not null) return error;
        if (OriginRules.FindBadFilter(config) is { } text) return ApiErrors.StreamCreate.With(("{err}", text));
        if (SubjectRules.OverlapsOthers(config, around)) return ApiErrors.StreamSubjectOverlap;

        // Compat: such a time is read but cannot be written by nats-server, which finds out when it stores the configuration.
        return OriginRules.HasTimeThatCannotBeStored(config) ? ApiErrors.StreamCreate.With(("{err}", "error creating store for stream")) : new ConfigVerdict(config, null);
    }

    private static ApiError? CheckRequest(StreamConfig config, string name)
    {
        if (config.Name != name) return ApiErrors.StreamMismatch;
        if (name.AsSpan().ContainsAny('\\', '/')) return ApiErrors.StreamNameContainsPathSeparators;
        if (config.Sealed) return ConfigErrors.Invalid("stream configuration for create can not be sealed");
        return config.MirrorDirect && config.Mirror is null ? ConfigErrors.Invalid("stream has no mirror but does have mirror direct") : null;
    }

    /// <summary>Whether the account may have one more stream, of this size.</summary>
    // Compat: asked before defaults are known, so that a request without storage is only counted here.
    public static ApiError? CheckRoom(StreamConfig config, StreamSurroundings around)
    {
        if (!around.Limits.TrySelect(config.Replicas, out TierLimits? limits, out string tier)) return ApiErrors.NoLimits;
        if (limits.MaxStreams > 0 && StreamReservation.CountOthers(around.Streams.Values, tier, config) >= limits.MaxStreams) return ApiErrors.MaximumStreamsLimit;
        return CheckReservation(config, around);
    }

    /// <summary>Whether the account and the server can promise it what it may grow to.</summary>
    public static ApiError? CheckReservation(StreamConfig config, StreamSurroundings around)
    {
        if (!around.Limits.TrySelect(config.Replicas, out TierLimits? limits, out string tier)) return ApiErrors.NoLimits;
        long reserved = StreamReservation.OfOthers(around.Streams.Values, limits, tier, config);
        return StreamReservation.Check(config, limits, tier, config.MaxBytes, reserved, around.Server);
    }
}
