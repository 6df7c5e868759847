using System.Globalization;
using System.Text;

namespace DotNats.JetStream;

/// <summary>What became of a request to create or update a consumer.</summary>
/// <param name="Config">The configuration to be stored; null where there is an error.</param>
/// <param name="Name">Of the consumer; its configuration has none where the request had none.</param>
/// <param name="Exists">The consumer is there already: its configuration is replaced by this one.</param>
internal readonly record struct ConsumerVerdict(ConsumerConfig? Config, ApiError? Error, string Name = "", bool Exists = false)
{
    public static implicit operator ConsumerVerdict(ApiError error) => new(null, error);
}

/// <summary>Judges requests to create or update a consumer whose stream was found.</summary>
/// <remarks>Pure: the outcome depends on the request, <see cref="ConsumerSurroundings"/> and the name that was drawn alone.</remarks>
internal static class ConsumerCreateRules
{
    private const long EphemeralThresholdNanoseconds = 5_000_000_000;

    /// <param name="config">As <see cref="ConsumerTarget.Apply"/> left it.</param>
    /// <param name="freshName">A name that no consumer of the stream has, for one that names none.</param>
    public static ConsumerVerdict Judge(ConsumerConfig config, ConsumerAction action, bool pedantic, ConsumerSurroundings around, string freshName)
    {
        if (config.Replicas > 1 && !around.AllowsReplicas) return ApiErrors.StreamReplicasNotSupported;
        config = PrepareForCopying(config, around.Stream, freshName);
        ConsumerConfig? existing = around.Consumers.GetValueOrDefault(config.Name);
        if (existing is not null) config = KeepWhatRequestsCannotChange(config, existing);
        config = ConsumerVersions.WithRequiredLevel(config);
        if (!around.Limits.TrySelect(config.ReplicasIn(around.Stream), out TierLimits? limits, out _)) return ApiErrors.NoLimits;
        ApiError? error = ConsumerDefaults.Apply(ref config, around, limits, pedantic) ?? ConsumerConfigRules.Check(config, around, limits);
        if (error is not null) return error;
        if (existing is not null && config.Name.Length > 0) return JudgeUpdate(existing, config, action, around);
        if (action == ConsumerAction.Update) return ApiErrors.ConsumerDoesNotExist;
        error = CheckCount(config, around, limits) ?? CheckWorkQueue(config, around) ?? CheckNewName(config);
        if (error is not null) return error;
        return new ConsumerVerdict(WithThreshold(config, config.IsDurable), null, config.Name.Length > 0 ? config.Name : freshName);
    }

    /// <summary>Completes what was stored as if it were asked for now; the error where the consumer cannot run as it is.</summary>
    public static ApiError? Restore(ref ConsumerMeta meta, ConsumerSurroundings around)
    {
        ConsumerConfig config = meta.Config;
        if (!around.Limits.TrySelect(config.ReplicasIn(around.Stream), out TierLimits? limits, out _)) return ApiErrors.NoLimits;
        ApiError? error = ConsumerDefaults.Apply(ref config, around, limits, pedantic: false) ?? ConsumerConfigRules.Check(config, around, limits);
        meta = meta with { Config = WithThreshold(config, config.IsDurable) };
        return error;
    }

    private static ConsumerVerdict JudgeUpdate(ConsumerConfig existing, ConsumerConfig config, ConsumerAction action, ConsumerSurroundings around)
    {
        if (action == ConsumerAction.Create)
        {
            // Compat: a consumer that is made once more keeps its level, also where this request alone would need another.
            config = ConsumerVersions.WithLevelOf(config, existing);
            if (!config.Equals(existing)) return ApiErrors.ConsumerAlreadyExists;
        }

        if (around.Stream.Retention == RetentionPolicy.WorkQueue && ConsumerFilterRules.OverlapsOthers(config.Name, config.Filters, around))
            return ApiErrors.ConsumerWQConsumerNotUnique;
        if (ConsumerUpdateRules.Check(existing, config, around) is { } error) return error;
        config = config with { PauseUntil = config.PauseUntil is { } pause ? pause with { OffsetMinutes = 0 } : null };
        bool hasSameThreshold = config.InactiveThresholdNanoseconds == existing.InactiveThresholdNanoseconds;
        return new ConsumerVerdict(hasSameThreshold ? config : WithThreshold(config, existing.IsDurable), null, config.Name, Exists: true);
    }

    // What is not durable goes with its clients.
    private static ConsumerConfig WithThreshold(ConsumerConfig config, bool isDurable) =>
        isDurable || config.InactiveThresholdNanoseconds > 0 ? config : config with { InactiveThresholdNanoseconds = EphemeralThresholdNanoseconds };

    // A stream that copies one whose messages go when they are acknowledged needs a consumer that stays; any other gets one with a name of its own.
    private static ConsumerConfig PrepareForCopying(ConsumerConfig config, StreamConfig stream, string freshName)
    {
        if (!config.Direct || !config.Sourcing || config.Name.Length == 0) return config;
        if (stream.Retention == RetentionPolicy.Limits) return config with { Name = $"{config.Name}-{freshName}" };
        return config with
        {
            Direct = false,
            Durable = config.Name,
            AckPolicy = AckPolicy.FlowControl,
            AckWaitNanoseconds = 0,
            MaxDeliver = 0,
            InactiveThresholdNanoseconds = 0,
        };
    }

    private static ConsumerConfig KeepWhatRequestsCannotChange(ConsumerConfig config, ConsumerConfig existing)
    {
        config = config with { PauseUntil = existing.PauseUntil };
        if (!config.Sourcing || !config.IsDurable) return config;
        return config with { DeliverPolicy = existing.DeliverPolicy, StartSequence = existing.StartSequence, StartTime = existing.StartTime };
    }

    private static ApiError? CheckCount(ConsumerConfig config, ConsumerSurroundings around, TierLimits limits)
    {
        if (config.IsInternal) return null;
        long most = around.Stream.MaxConsumers;
        if (most <= 0 || (limits.MaxConsumers > 0 && limits.MaxConsumers < most)) most = limits.MaxConsumers;
        if (most <= 0) most = around.ServerMaxConsumers;
        return most > 0 && around.CountLimited() >= most ? ApiErrors.MaximumConsumersLimit : null;
    }

    private static ApiError? CheckWorkQueue(ConsumerConfig config, ConsumerSurroundings around)
    {
        if (around.Stream.Retention != RetentionPolicy.WorkQueue || config.IsInternal) return null;
        if (config.AckPolicy is not (AckPolicy.Explicit or AckPolicy.FlowControl)) return ApiErrors.ConsumerWQRequiresExplicitAck;
        if (config.DeliverPolicy != DeliverPolicy.All) return ApiErrors.ConsumerWQConsumerNotDeliverAll;
        if (around.CountLimited() == 0) return null;
        if (config.Filters.Count == 0) return ApiErrors.ConsumerWQMultipleUnfiltered;
        return ConsumerFilterRules.OverlapsOthers(config.Name, config.Filters, around) ? ApiErrors.ConsumerWQConsumerNotUnique : null;
    }

    private static ApiError? CheckNewName(ConsumerConfig config)
    {
        if (Encoding.UTF8.GetByteCount(config.Durable) > AssetName.MaxLength)
            return ApiErrors.ConsumerNameTooLong.With(("{max}", AssetName.MaxLength.ToString(CultureInfo.InvariantCulture)));

        // Compat: nats-server finds out about other names when it makes a directory for the consumer.
        return !config.Direct && Encoding.UTF8.GetByteCount(config.Name) > AssetName.MaxLength
            ? ApiErrors.ConsumerCreate.With(("{err}", "error creating store for consumer"))
            : null;
    }
}
