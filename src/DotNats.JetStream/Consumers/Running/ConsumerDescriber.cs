using DotNats.JetStream.Consumers.State;
using DotNats.JetStream.Streams;

namespace DotNats.JetStream.Consumers;

/// <summary>Says where a consumer is, once what is left is known.</summary>
// Owner: the consumer's runner, inside one turn.
internal readonly struct ConsumerDescriber(LiveStream stream, ConsumerConfig config, ConsumerState state, DeliveryCursor cursor, PullQueue? pulls, PushSide? push)
{
    /// <param name="lastGone">When a pending message went last.</param>
    /// <param name="pause">Nanoseconds until it goes on; 0 where it is not paused.</param>
    /// <param name="obstacle">Why it rests; null where there is no reason to tell.</param>
    /// <param name="age">Nanoseconds that this has lasted.</param>
    public ConsumerSnapshot Describe(long lastGone, long pause, string? obstacle, long age)
    {
        bool hasWork = cursor.Pending > 0 || state.RedeliveryCount > 0;
        bool hasDemand = pulls is { Count: > 0 } || push is { Target.IsActive: true };
        return new ConsumerSnapshot
        {
            Config = config,
            Delivered = new ConsumerPlace(state.Delivered.Consumer, state.Delivered.Stream, state.LastDelivery),
            AckFloor = new ConsumerPlace(state.AckFloor.Consumer, state.AckFloor.Stream, Math.Max(state.LastAck, lastGone)),
            AckPending = state.PendingCount,
            // Compat: where nothing is delivered twice, what was not acknowledged counts as nothing.
            Redelivered = config.MaxDeliver == 1 ? 0 : state.RedeliveredCount,
            Waiting = pulls?.Count ?? 0,
            Pending = cursor.Pending,
            IsPushBound = push is { Target.IsActive: true },
            PauseRemaining = pause,
            PriorityGroups = config.PriorityGroups.Count == 0
                ? []
                : [new PriorityGroupSnapshot(config.PriorityGroups[0], pulls?.PinId ?? "", pulls?.PinGivenAt ?? 0)],
            Obstacle = hasWork ? obstacle : state.PendingCount > 0 && hasDemand ? DeliveryObstacles.WaitsForAcks : stream.Failure is null ? null : DeliveryObstacles.StreamFailed,
            ObstacleAge = age,
        };
    }
}
