namespace DotNats.Storage;

/// <summary>What is known of single messages beside their bytes: deadlines of their own, that age does not touch them, marks.</summary>
// Owner: one LogContents, under the log's gate. Ageless and marked sequences may be of messages that are gone: for a while, see Trim.
internal sealed class LogFacts
{
    /// <summary>Deadlines of messages with a time of their own.</summary>
    public ExpiryTable Expiries { get; } = new();

    /// <summary>Messages that do not grow too old.</summary>
    public SequenceSet Ageless { get; } = new();

    public SequenceSet Marked { get; } = new();

    /// <summary>
    /// Messages that limits or age removed without a tombstone. Reading the blocks removes them again by the same limits, as long as nothing
    /// else was removed since and the limits stay: before either, their tombstones are written.
    /// </summary>
    public SequenceSet Unrecorded { get; } = new();

    public void Note(ulong sequence, MessageFacts facts)
    {
        if (facts.ExpiresAt == long.MaxValue) Ageless.Add(sequence);
        else if (facts.ExpiresAt != 0) Expiries.Set(sequence, facts.ExpiresAt);
        if (facts.IsMarked) Marked.Add(sequence);
    }

    /// <summary>Forgets what is about sequences behind one.</summary>
    public void RemoveAbove(ulong sequence)
    {
        Ageless.RemoveAbove(sequence);
        Marked.RemoveAbove(sequence);
        Unrecorded.RemoveAbove(sequence);
    }

    /// <summary>Gives back what is kept of messages before a sequence, which are gone.</summary>
    public void Trim(ulong first)
    {
        Ageless.Trim(first);
        Marked.Trim(first);
    }

    public void Clear()
    {
        Expiries.Clear();
        Ageless.Clear();
        Marked.Clear();
        Unrecorded.Clear();
    }
}
