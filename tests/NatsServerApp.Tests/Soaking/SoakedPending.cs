namespace NatsServerApp.Tests.Soaking;

/// <summary>What the client of a consumer knows of the messages that were delivered to it and not settled.</summary>
/// <remarks>
/// Acknowledgements are numbered in the order in which they are sent: when somebody asks for the consumer's state, those sent before are counted in the answer, those sent
/// after may be. What the consumer delivered after it had answered has a higher consumer sequence than it named.
/// </remarks>
internal sealed class SoakedPending(bool acksAll)
{
    private readonly SortedDictionary<ulong, Entry> _messages = [];

    /// <summary>Nothing is pending that is not known of.</summary>
    public bool IsExact { get; private set; } = true;

    /// <summary>Nothing is pending.</summary>
    public void Clear()
    {
        _messages.Clear();
        IsExact = true;
    }

    /// <summary>Deliveries may have been missed or forgotten.</summary>
    public void Doubt() => IsExact = false;

    public void OnDelivered(ulong sequence, ulong consumerSequence)
    {
        if (!_messages.TryGetValue(sequence, out Entry entry)) _messages[sequence] = new Entry(consumerSequence, 0, 0);
        else if (entry.Again == 0) _messages[sequence] = entry with { Again = consumerSequence };
    }

    /// <summary>An acknowledgement or a termination is sent.</summary>
    public void OnAcknowledged(ulong sequence, long number)
    {
        foreach (ulong at in acksAll ? _messages.Keys.TakeWhile(at => at <= sequence).ToArray() : [sequence])
        {
            if (_messages.TryGetValue(at, out Entry entry) && entry.Acknowledged == 0) _messages[at] = entry with { Acknowledged = number };
        }
    }

    /// <summary>What may be pending by an answer, and what is for sure.</summary>
    /// <param name="delivered">The consumer sequence that it names.</param>
    /// <param name="acknowledged">The number of the last acknowledgement that was sent before the question.</param>
    public (Figures Sure, Figures Possible) Look(ulong delivered, long acknowledged)
    {
        Figures sure = default, possible = default;
        foreach ((ulong sequence, Entry entry) in _messages)
        {
            if (entry.First > delivered) continue;
            bool isAgain = entry.Again != 0 && entry.Again <= delivered;
            if (entry.Acknowledged == 0) sure = sure.With(sequence, isAgain);
            if (entry.Acknowledged == 0 || entry.Acknowledged > acknowledged) possible = possible.With(sequence, isAgain);
        }

        return (sure, possible);
    }

    /// <summary>Acknowledgements up to a number were counted: what they are for is known to be settled.</summary>
    public void Forget(long acknowledged)
    {
        foreach (ulong sequence in _messages.Where(message => message.Value.Acknowledged != 0 && message.Value.Acknowledged <= acknowledged).Select(message => message.Key).ToArray())
            _messages.Remove(sequence);
    }

    /// <param name="Lowest">0 for none.</param>
    public readonly record struct Figures(ulong Count, ulong Again, ulong Lowest)
    {
        public Figures With(ulong sequence, bool isAgain) => new(Count + 1, Again + (isAgain ? 1ul : 0), Lowest == 0 ? sequence : Lowest);
    }

    private readonly record struct Entry(ulong First, ulong Again, long Acknowledged);
}
