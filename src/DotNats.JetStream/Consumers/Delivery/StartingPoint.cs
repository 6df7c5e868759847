using DotNats.Storage;

namespace DotNats.JetStream.Consumers;

/// <summary>Where in its stream a consumer begins.</summary>
/// <param name="Sequence">The first to look at.</param>
/// <param name="SkipList">The only messages it wants of those up to <paramref name="Resume"/>; null where it wants all that match.</param>
/// <param name="Resume">The last sequence that the list is about.</param>
internal readonly record struct StartingPoint(ulong Sequence, SequenceList? SkipList = null, ulong Resume = 0)
{
    /// <summary>Chooses it for a consumer that is new.</summary>
    public static StartingPoint Find(IMessageLog log, ConsumerConfig config, SubjectFilters? filters, StreamConfig stream)
    {
        LogState state = log.State;
        StartingPoint point = config.StartSequence > 0 ? new StartingPoint(config.StartSequence) : Choose(log, config, filters, stream, in state);
        ulong sequence = point.Sequence;
        // An empty stream has only new ones; what lies ahead is drawn back unless it was asked for; what is gone is passed over.
        if (state.FirstSequence == 0 && config.StartSequence == 0) sequence = 1;
        else if (sequence > state.LastSequence && config.StartSequence == 0) sequence = state.LastSequence + 1;
        else if (sequence < state.FirstSequence) sequence = state.FirstSequence;
        return point with { Sequence = sequence };
    }

    private static StartingPoint Choose(IMessageLog log, ConsumerConfig config, SubjectFilters? filters, StreamConfig stream, in LogState state)
    {
        switch (config.DeliverPolicy)
        {
            case DeliverPolicy.All: return new StartingPoint(state.FirstSequence);
            case DeliverPolicy.Last: return new StartingPoint(filters is null ? state.LastSequence : log.FindLast(filters));
            case DeliverPolicy.LastPerSubject: return FindLastPerSubject(log, filters, stream, in state);
            case DeliverPolicy.ByStartTime when config.StartTime is { } time: return new StartingPoint(FindSince(log, time.UnixNanoseconds, filters, in state));
            default: return new StartingPoint(state.LastSequence + 1);
        }
    }

    private static StartingPoint FindLastPerSubject(IMessageLog log, SubjectFilters? filters, StreamConfig stream, in LogState state)
    {
        // Every message is the last of its subject.
        if (stream.MaxMessagesPerSubject == 1) return new StartingPoint(state.FirstSequence);
        SequenceList sequences = log.FindLastSequences(filters);
        return sequences.Count == 0 ? new StartingPoint(state.LastSequence + 1) : new StartingPoint(sequences.First, sequences, state.LastSequence);
    }

    private static ulong FindSince(IMessageLog log, long time, SubjectFilters? filters, in LogState state)
    {
        ulong since = log.FirstSequenceSince(time);
        if (filters is null) return since;
        // Where the first that matches lies behind, what is between need not be looked at.
        ulong first = state.LastSequence;
        for (int i = 0; i < filters.Count; i++)
        {
            ulong candidate = log.FindFirst(filters[i], enough: since);
            if (candidate >= since && candidate < first) first = candidate;
        }

        return first > since && first < state.LastSequence ? first : since;
    }
}
