using System.Globalization;
using System.Text;
using DotNats.Protocol.Text;

namespace DotNats.JetStream;

/// <summary>Judges a complete consumer configuration by itself and by what its stream, account and server allow.</summary>
/// <remarks>Pure. The order of the rules decides which error is told where several things are wrong; it is nats-server's.</remarks>
internal static class ConsumerConfigRules
{
    private const int MaxDescriptionBytes = 4 * 1024;
    private const int MaxMetadataBytes = 128 * 1024;
    private const long Millisecond = 1_000_000;

    public static ApiError? Check(ConsumerConfig config, ConsumerSurroundings around, TierLimits limits) =>
        CheckNames(config)
        ?? CheckReplicas(config, around.Stream)
        ?? CheckTimes(config)
        ?? CheckFlowControlAcks(config)
        ?? CheckTexts(config)
        ?? (config.IsPull ? CheckPull(config, around) : CheckPush(config, around.Stream))
        ?? CheckLimits(config, around, limits)
        ?? ConsumerFilterRules.Check(config)
        ?? ConsumerStartRules.Check(config)
        ?? CheckSampling(config.SampleFrequency)
        ?? CheckRest(config)
        ?? CheckPriority(config);

    private static ApiError? CheckNames(ConsumerConfig config)
    {
        const string rule = "can not contain '.', '*', '>', '\\', '/'";
        if (config.Name.Length > 0 && !AssetName.IsValid(config.Name)) return ConfigErrors.Invalid($"consumer name {rule}");
        return config.Durable.Length > 0 && !AssetName.IsValid(config.Durable) ? ConfigErrors.Invalid($"consumer durable name {rule}") : null;
    }

    private static ApiError? CheckReplicas(ConsumerConfig config, StreamConfig stream)
    {
        if (config.Replicas > 0 && config.Replicas > stream.Replicas) return ApiErrors.ConsumerReplicasExceedsStream;
        if (config.Replicas < 0) return ApiErrors.ReplicasCountCannotBeNegative;
        bool mustMatch = stream.Retention != RetentionPolicy.Limits && config.Replicas != 0;
        return mustMatch && config.Replicas != stream.Replicas ? ApiErrors.ConsumerReplicasShouldMatchStream : null;
    }

    private static ApiError? CheckTimes(ConsumerConfig config)
    {
        if (config.BackOff.Any(static wait => wait < 0)) return ApiErrors.ConsumerBackOffNegative;
        return config.AckWaitNanoseconds < 0 ? ApiErrors.ConsumerAckWaitNegative : null;
    }

    private static ApiError? CheckFlowControlAcks(ConsumerConfig config)
    {
        if (config.AckPolicy != AckPolicy.FlowControl) return null;
        if (config.IsPull) return ApiErrors.ConsumerAckFCRequiresPush;
        if (!config.FlowControl) return ApiErrors.ConsumerAckFCRequiresFC;
        if (config.HeartbeatNanoseconds != ConsumerDefaults.FlowControlHeartbeatNanoseconds) return ConfigErrors.Invalid("flow control ack policy heartbeat needs to be 1s");
        if (config.MaxAckPending <= 0) return ApiErrors.ConsumerAckFCRequiresMaxAckPending;
        if (config.AckWaitNanoseconds != 0 || config.BackOff.Count > 0) return ApiErrors.ConsumerAckFCRequiresNoAckWait;
        return config.MaxDeliver > 0 ? ApiErrors.ConsumerAckFCRequiresNoMaxDeliver : null;
    }

    private static ApiError? CheckTexts(ConsumerConfig config)
    {
        if (HasMoreWaitsThanDeliveries(config)) return ApiErrors.ConsumerMaxDeliverBackoff;
        return Encoding.UTF8.GetByteCount(config.Description) > MaxDescriptionBytes ? ApiErrors.ConsumerDescriptionTooLong.With(("{max}", Text(MaxDescriptionBytes))) : null;
    }

    /// <summary>More waits than there are deliveries.</summary>
    public static bool HasMoreWaitsThanDeliveries(ConsumerConfig config) =>
        config.BackOff.Count > 0 && config.MaxDeliver != -1 && config.BackOff.Count > config.MaxDeliver;

    private static ApiError? CheckPush(ConsumerConfig config, StreamConfig stream)
    {
        string subject = config.DeliverSubject;
        if (!SubjectText.IsLiteral(subject)) return ApiErrors.ConsumerDeliverToWildcards;
        if (!SubjectText.IsValid(subject)) return ApiErrors.ConsumerInvalidDeliverSubject;
        if (stream.Subjects.Any(taken => SubjectText.IsInside(subject, taken))) return ApiErrors.ConsumerDeliverCycle;
        if (config.MaxWaiting != 0) return ApiErrors.ConsumerPushMaxWaiting;
        if (config.MaxAckPending > 0 && config.AckPolicy == AckPolicy.None) return ApiErrors.ConsumerMaxPendingAckPolicyRequired;
        return config.HeartbeatNanoseconds is > 0 and < 100 * Millisecond ? ApiErrors.ConsumerSmallHeartbeat : null;
    }

    private static ApiError? CheckPull(ConsumerConfig config, ConsumerSurroundings around)
    {
        if (config.AckPolicy == AckPolicy.None && around.Stream.Retention == RetentionPolicy.WorkQueue) return ApiErrors.ConsumerPullRequiresAck;
        if (config.RateLimitBits > 0) return ApiErrors.ConsumerPullWithRateLimit;
        if (config.HeartbeatNanoseconds > 0) return ApiErrors.ConsumerHBRequiresPush;
        if (config.FlowControl) return ApiErrors.ConsumerFCRequiresPush;
        if (config.MaxRequestExpiresNanoseconds is > 0 and < Millisecond) return ApiErrors.ConsumerMaxRequestExpiresTooSmall;
        long most = around.ServerMaxRequestBatch;
        return most > 0 && config.MaxRequestBatch > most ? ApiErrors.ConsumerMaxRequestBatchExceeded.With(("{limit}", Text(most))) : null;
    }

    private static ApiError? CheckLimits(ConsumerConfig config, ConsumerSurroundings around, TierLimits limits)
    {
        ConsumerLimits stream = around.Stream.ConsumerLimits;
        foreach (long most in (ReadOnlySpan<long>)[around.ServerMaxAckPending, limits.MaxAckPending, stream.MaxAckPending])
        {
            if (most > 0 && config.MaxAckPending > most) return ApiErrors.ConsumerMaxPendingAckExcess.With(("{limit}", Text(most)));
        }

        long threshold = stream.InactiveThresholdNanoseconds;
        if (threshold > 0 && config.InactiveThresholdNanoseconds > threshold)
            return ApiErrors.ConsumerInactiveThresholdExcess.With(("{limit}", GoDuration.FormatNanoseconds(threshold)));
        if (!config.Direct) return null;
        if (config.IsPull) return ApiErrors.ConsumerDirectRequiresPush;
        return config.IsDurable ? ApiErrors.ConsumerDirectRequiresEphemeral : null;
    }

    private static ApiError? CheckSampling(string frequency)
    {
        if (frequency.Length == 0) return null;
        string number = frequency.EndsWith('%') ? frequency[..^1] : frequency;
        if (GoNumber.FindError(number) is { } error) return ApiErrors.ConsumerInvalidSampling.With(("{err}", error));

        // Compat: a negative share is refused without an error to tell.
        return number.StartsWith('-') && number.AsSpan(1).ContainsAnyExcept('0') ? ApiErrors.ConsumerInvalidSampling.With(("{err}", "<nil>")) : null;
    }

    private static ApiError? CheckRest(ConsumerConfig config)
    {
        if (config.FlowControl && config.HeartbeatNanoseconds == 0) return ApiErrors.ConsumerWithFlowControlNeedsHeartbeats;
        if (config.IsDurable && config.Name.Length > 0 && config.Name != config.Durable) return ApiErrors.ConsumerCreateDurableAndNameMismatch;
        int metadata = config.Metadata.Sum(static entry => Encoding.UTF8.GetByteCount(entry.Key) + Encoding.UTF8.GetByteCount(entry.Value));
        return metadata > MaxMetadataBytes ? ApiErrors.ConsumerMetadataLength.With(("{limit}", $"{MaxMetadataBytes / 1024}KB")) : null;
    }

    private static ApiError? CheckPriority(ConsumerConfig config)
    {
        if (config.PriorityPolicy == PriorityPolicy.None)
        {
            if (config.PriorityGroups.Count > 0) return ApiErrors.ConsumerPriorityGroupWithPolicyNone;
            return config.PinnedTtlNanoseconds > 0 ? ApiErrors.ConsumerPinnedTTLWithoutPriorityPolicyNone : null;
        }

        if (!config.IsPull) return ApiErrors.ConsumerPushWithPriorityGroup;
        if (config.PriorityGroups.Count == 0) return ApiErrors.ConsumerPriorityPolicyWithoutGroup;
        string? bad = config.PriorityGroups.FirstOrDefault(static group => !IsGroupName(group));
        return bad is null ? null : bad.Length == 0 ? ApiErrors.ConsumerEmptyGroupName : ApiErrors.ConsumerInvalidGroupName;
    }

    public static bool IsGroupName(string name) =>
        name.Length is > 0 and <= 16 && name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '/' or '_' or '=' or '-');

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
