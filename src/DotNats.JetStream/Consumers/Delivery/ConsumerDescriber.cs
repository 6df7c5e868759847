using DotNats.JetStream.Consumers.State;
using DotNats.JetStream.Streams;

namespace DotNats.JetStream.Consumers;

/// <summary>Says where a consumer is; where what is left has to be counted first, those who ask wait here.</summary>
// Owner: the consumer's runner, inside its turns.
internal sealed class ConsumerDescriber(LiveStream stream, ConsumerState state, DeliveryCursor cursor, PullDesk? pulls, PushSide? push, PauseClock pause)
{
    private List<DescribeCommand>? _waiting;

    private bool IsSure => !cursor.IsCounting && !cursor.Interest.IsUnsure;

    /// <summary>Answers, or keeps who asks until it is known; false where it has to be counted.</summary>
    public bool TryAnswer(DescribeCommand command, ConsumerSnapshot known, long now)
    {
        if (IsSure)
        {
            command.Complete(Describe(known, now));
            return true;
        }

        (_waiting ??= []).Add(command);
        return false;
    }

    /// <summary>It is counted.</summary>
    public void AnswerWaiting(ConsumerSnapshot known, long now)
    {
        if (_waiting is null || !IsSure) return;
        foreach (DescribeCommand command in _waiting) command.Complete(Describe(known, now));
        _waiting = null;
    }

    /// <summary>The consumer ends.</summary>
    public void Refuse()
    {
        foreach (DescribeCommand command in _waiting ?? []) command.Refuse();
    }

    private ConsumerSnapshot Describe(ConsumerSnapshot known, long now)
    {
        pulls?.Queue.Sweep(now);
        ConsumerConfig config = known.Config;
        bool hasWork = cursor.Pending > 0 || state.RedeliveryCount > 0;
        bool hasDemand = pulls is { Queue.Count: > 0 } || push is { Target.IsActive: true };
        return known with
        {
            Delivered = new ConsumerPlace(state.Delivered.Consumer, state.Delivered.Stream, state.LastDelivery),
            AckFloor = new ConsumerPlace(state.AckFloor.Consumer, state.AckFloor.Stream, Math.Max(state.LastAck, known.AckFloor.LastActive)),
            AckPending = state.PendingCount,
            // Compat: where nothing is delivered twice, what was not acknowledged counts as nothing.
            Redelivered = config.MaxDeliver == 1 ? 0 : state.RedeliveredCount,
            Waiting = pulls?.Queue.Count ?? 0,
            Pending = cursor.Pending,
            IsPushBound = push is { Target.IsActive: true },
            PauseRemaining = pause.Remaining(now),
            PriorityGroups = config.PriorityGroups.Count == 0
                ? []
                : [new PriorityGroupSnapshot(config.PriorityGroups[0], pulls?.Queue.PinId ?? "", pulls?.Queue.PinGivenAt ?? 0)],
            Obstacle = hasWork ? known.Obstacle : state.PendingCount > 0 && hasDemand ? DeliveryObstacles.WaitsForAcks : stream.Failure is null ? null : DeliveryObstacles.StreamFailed,
        };
    }
}
