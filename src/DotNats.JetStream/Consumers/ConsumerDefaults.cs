namespace DotNats.JetStream;

/// <summary>Completes a consumer's configuration: what is left out, what stands for no limit, what stream, account and server say instead.</summary>
internal static class ConsumerDefaults
{
    public const long FlowControlHeartbeatNanoseconds = 1_000_000_000;

    private const long AckWaitNanoseconds = 30_000_000_000;
    private const long PinnedTtlNanoseconds = 120_000_000_000;
    private const long MaxAckPending = 1000;
    private const long MaxWaiting = 512;

    public static ApiError? Apply(ref ConsumerConfig config, ConsumerSurroundings around, TierLimits limits, bool pedantic)
    {
        if (pedantic && FindCorrection(config) is { } text) return ConfigErrors.Pedantic(text);
        config = Correct(config);
        if (config.IsPull && config.MaxWaiting == 0) config = config with { MaxWaiting = MaxWaiting };
        if (config.AckWaitNanoseconds == 0 && config.AckPolicy is AckPolicy.Explicit or AckPolicy.All) config = config with { AckWaitNanoseconds = AckWaitNanoseconds };
        ApiError? error = ApplyBackOff(ref config, pedantic)
            ?? ApplyStreamLimits(ref config, around.Stream.ConsumerLimits, pedantic)
            ?? ApplyServerLimits(ref config, around, limits, pedantic);
        if (error is not null) return error;
        if (config.PriorityPolicy == PriorityPolicy.PinnedClient && config.PinnedTtlNanoseconds == 0) config = config with { PinnedTtlNanoseconds = PinnedTtlNanoseconds };
        if (config.AckPolicy == AckPolicy.FlowControl && !pedantic)
            config = config with { FlowControl = true, HeartbeatNanoseconds = FlowControlHeartbeatNanoseconds };
        return null;
    }

    private static ApiError? ApplyBackOff(ref ConsumerConfig config, bool pedantic)
    {
        if (config.BackOff.Count == 0) return null;
        if (pedantic && config.AckWaitNanoseconds != config.BackOff[0]) return ConfigErrors.Pedantic("first backoff value has to equal batch AckWait");
        config = config with { AckWaitNanoseconds = config.BackOff[0] };
        return null;
    }

    private static ApiError? ApplyStreamLimits(ref ConsumerConfig config, ConsumerLimits stream, bool pedantic)
    {
        if (config.MaxAckPending == 0)
        {
            if (pedantic && stream.MaxAckPending > 0) return ConfigErrors.Pedantic("max_ack_pending must be set if it's configured in stream limits");
            config = config with { MaxAckPending = stream.MaxAckPending };
        }

        if (config.InactiveThresholdNanoseconds != 0) return null;
        if (pedantic && stream.InactiveThresholdNanoseconds > 0) return ConfigErrors.Pedantic("inactive_threshold must be set if it's configured in stream limits");
        config = config with { InactiveThresholdNanoseconds = stream.InactiveThresholdNanoseconds };
        return null;
    }

    private static ApiError? ApplyServerLimits(ref ConsumerConfig config, ConsumerSurroundings around, TierLimits limits, bool pedantic)
    {
        if (config.MaxAckPending == 0 && config.AckPolicy != AckPolicy.None)
            config = config with { MaxAckPending = Smaller(Smaller(MaxAckPending, around.ServerMaxAckPending), limits.MaxAckPending) };
        if (!config.IsPull || config.MaxRequestBatch != 0 || around.ServerMaxRequestBatch <= 0) return null;
        if (pedantic) return ConfigErrors.Pedantic("max_request_batch must be set if it's JetStream limits are set");
        config = config with { MaxRequestBatch = around.ServerMaxRequestBatch };
        return null;
    }

    private static string? FindCorrection(ConsumerConfig config)
    {
        if (config.MaxDeliver < -1) return "max_deliver must be set to -1";
        if (config.MaxWaiting < 0) return "max_waiting must not be negative";
        if (config.MaxAckPending < -1) return "max_ack_pending must be set to -1";
        if (config.MaxRequestBatch < 0) return "max_batch must not be negative";
        if (config.MaxRequestExpiresNanoseconds < 0) return "max_expires must not be negative";
        if (config.MaxRequestBytes < 0) return "max_bytes must not be negative";
        if (config.HeartbeatNanoseconds < 0) return "idle_heartbeat must not be negative";
        if (config.InactiveThresholdNanoseconds < 0) return "inactive_threshold must not be negative";
        return config.PinnedTtlNanoseconds < 0 ? "priority_timeout must not be negative" : null;
    }

    private static ConsumerConfig Correct(ConsumerConfig config) => config with
    {
        MaxDeliver = config.MaxDeliver is 0 or < -1 ? -1 : config.MaxDeliver,
        MaxWaiting = Math.Max(0, config.MaxWaiting),
        MaxAckPending = Math.Max(-1, config.MaxAckPending),
        MaxRequestBatch = Math.Max(0, config.MaxRequestBatch),
        MaxRequestExpiresNanoseconds = Math.Max(0, config.MaxRequestExpiresNanoseconds),
        MaxRequestBytes = Math.Max(0, config.MaxRequestBytes),
        HeartbeatNanoseconds = Math.Max(0, config.HeartbeatNanoseconds),
        InactiveThresholdNanoseconds = Math.Max(0, config.InactiveThresholdNanoseconds),
        PinnedTtlNanoseconds = Math.Max(0, config.PinnedTtlNanoseconds),
    };

    private static long Smaller(long value, long limit) => limit > 0 ? Math.Min(value, limit) : value;
}
