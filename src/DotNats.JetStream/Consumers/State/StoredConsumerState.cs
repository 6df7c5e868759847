namespace DotNats.JetStream.Consumers.State;

/// <summary>A consumer's whole state as it is stored. Reading and writing: <see cref="ConsumerStateFormat"/>.</summary>
// Invariant: both lists are in the order of the stream; never changed after they were given.
internal sealed record StoredConsumerState
{
    public SequencePair Delivered { get; init; }

    public SequencePair AckFloor { get; init; }

    public IReadOnlyList<PendingMessage> Pending { get; init; } = [];

    /// <summary>Messages that were delivered too often.</summary>
    public IReadOnlyList<ExhaustedMessage> Exhausted { get; init; } = [];

    public static StoredConsumerState Of(ConsumerState state)
    {
        var pending = new List<PendingMessage>(state.PendingCount);
        state.CopyPending(pending);
        var exhausted = new List<ExhaustedMessage>();
        state.CopyExhausted(exhausted);
        return new StoredConsumerState { Delivered = state.Delivered, AckFloor = state.AckFloor, Pending = pending, Exhausted = exhausted };
    }
}
