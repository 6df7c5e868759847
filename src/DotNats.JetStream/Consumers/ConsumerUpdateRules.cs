namespace DotNats.JetStream;

/// <summary>What may change in a consumer that exists.</summary>
internal static class ConsumerUpdateRules
{
    public static ApiError? Check(ConsumerConfig old, ConsumerConfig config, ConsumerSurroundings around)
    {
        if (old.Equals(config)) return null;
        if (FindForbiddenChange(old, config) is { } text) return Refuse(text);
        if (old.DeliverSubject != config.DeliverSubject)
        {
            if (old.IsPull) return Refuse("can not update pull consumer to push based");
            if (config.IsPull) return Refuse("can not update push consumer to pull based");
            if (around.HasInterest(old.DeliverSubject)) return ApiErrors.ConsumerNameExist;
        }

        if (old.MaxWaiting != config.MaxWaiting) return Refuse("max waiting can not be updated");
        return ConsumerConfigRules.HasMoreWaitsThanDeliveries(config) ? ApiErrors.ConsumerMaxDeliverBackoff : null;
    }

    private static string? FindForbiddenChange(ConsumerConfig old, ConsumerConfig config)
    {
        if (old.DeliverPolicy != config.DeliverPolicy) return "deliver policy can not be updated";
        if (old.MemoryStorage != config.MemoryStorage) return "storage type can not be updated";
        if (old.Direct != config.Direct) return "direct can not be updated";
        if (old.Sourcing != config.Sourcing) return "sourcing can not be updated";
        if (old.StartSequence != config.StartSequence) return "start sequence can not be updated";

        // Another offset from UTC is the same time.
        if ((old.StartTime?.Seconds, old.StartTime?.Nanoseconds) != (config.StartTime?.Seconds, config.StartTime?.Nanoseconds)) return "start time can not be updated";
        if (old.AckPolicy != config.AckPolicy) return "ack policy can not be updated";
        if (old.ReplayPolicy != config.ReplayPolicy) return "replay policy can not be updated";
        if (old.HeartbeatNanoseconds != config.HeartbeatNanoseconds) return "heart beats can not be updated";
        return old.FlowControl != config.FlowControl ? "flow control can not be updated" : null;
    }

    private static ApiError Refuse(string text) => ApiErrors.ConsumerCreate.With(("{err}", text));
}
