namespace DotNats.JetStream.Consumers.State;

/// <summary>Makes recorded changes again.</summary>
internal static class ConsumerReplay
{
    /// <summary>Makes a change of a state that has no recorder yet; one that does not fit it does nothing.</summary>
    public static void Apply(ConsumerState state, in ConsumerChange change)
    {
        switch (change.Kind)
        {
            case ConsumerChangeKind.Delivered when change.Stream >= state.NextSequence && change.Stream < ulong.MaxValue:
                state.Deliver(change.Stream, change.Time);
                break;
            case ConsumerChangeKind.Redelivered when state.TryFind(change.Stream, out _):
                state.Redeliver(change.Stream, change.Time);
                break;
            case ConsumerChangeKind.Acked:
                state.Ack(change.Stream, change.Consumer, change.Time);
                break;
            case ConsumerChangeKind.Progressed:
                state.Progress(change.Stream, change.Time);
                break;
            case ConsumerChangeKind.Delayed:
                state.Delay(change.Stream, change.Time);
                break;
            case ConsumerChangeKind.Removed:
                state.Remove(change.Stream, out _);
                break;
            case ConsumerChangeKind.Exhausted:
                // It was reported when it happened.
                state.GiveUp(change.Stream, letter: null);
                break;
            case ConsumerChangeKind.Purged:
                state.Purge(change.Stream);
                break;
            case ConsumerChangeKind.Reset:
                state.Reset(change.Stream);
                break;
            case ConsumerChangeKind.Forgotten:
                state.Forget(change.Stream);
                break;
            case ConsumerChangeKind.Owed:
                state.GiveUp(change.Stream, change.Letter);
                break;
        }
    }
}
