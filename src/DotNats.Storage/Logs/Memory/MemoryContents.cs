namespace DotNats.Storage;

/// <summary>What a memory log holds at one moment and where it begins and ends.</summary>
// Owner: one MemoryLog, under its gate. Invariant: as IMessageLog says of sequences.
internal sealed class MemoryContents
{
    // Up to here every message is gone or stays whatever its age.
    private ulong _agedThrough;

    /// <param name="firstSequence">Sequence of the first message; 0 where nothing was asked for.</param>
    public MemoryContents(ulong firstSequence)
    {
        if (firstSequence > 0) (FirstSequence, LastSequence) = (firstSequence, firstSequence - 1);
        StartAnew();
    }

    public MemoryMessages Messages { get; private set; } = null!;

    public MemorySearch Search { get; private set; } = null!;

    public MemorySums Sums { get; private set; } = null!;

    public ulong FirstSequence { get; private set; }

    public ulong LastSequence { get; private set; }

    public long FirstTime { get; private set; }

    public long LastTime { get; private set; }

    public LogState State => new(
        Messages.Count, Messages.Bytes, FirstSequence, FirstTime, LastSequence, LastTime, Messages.Index.Count,
        Messages.Count == 0 ? 0 : LastSequence - FirstSequence + 1 - Messages.Count, Lost: 0);

    public SubjectEntry Add(ulong sequence, in NewMessage message, MessageFacts facts)
    {
        if (Messages.Count == 0) (FirstSequence, FirstTime) = (sequence, message.Timestamp);
        (LastSequence, LastTime) = (sequence, message.Timestamp);
        return Messages.Add(sequence, message, facts);
    }

    public void Skip(ulong count, long timestamp)
    {
        LastSequence += count;
        if (timestamp != 0) LastTime = timestamp;
        if (Messages.Count == 0) SetFirst();
    }

    public void Remove(ulong sequence, bool erase, RemovalReason reason, RemovedMessages removed)
    {
        removed.Add(sequence, Messages[sequence], reason);
        removed.SetLastOfSubject(Messages.Remove(sequence, erase));
        if (sequence == FirstSequence) SetFirst();
    }

    /// <summary>Whether the oldest messages must make room.</summary>
    public bool IsOver(LogOptions options) =>
        options.RemovesOldest && Messages.Count > 0 && (IsOver(Messages.Count, options.MaxMessages) || IsOver(Messages.Bytes, options.MaxBytes));

    /// <summary>Removes the oldest messages of a subject that has too many.</summary>
    public void Shorten(ReadOnlySpan<byte> subject, long most, RemovedMessages removed)
    {
        while (Messages.Index.TryGet(subject, out SubjectEntry entry) && IsOver(entry.Count, most))
            Remove(entry.First, erase: false, RemovalReason.Limit, removed);
    }

    /// <summary>Leaves everything to the caller and is empty.</summary>
    /// <param name="firstSequence">Sequence of the next message.</param>
    public MemoryMessages TakeAll(ulong firstSequence)
    {
        MemoryMessages messages = Messages;
        (FirstSequence, FirstTime, LastSequence) = (firstSequence, 0, firstSequence - 1);
        StartAnew();
        return messages;
    }

    /// <summary>Ends at a sequence; everything behind it was removed.</summary>
    public void EndAt(ulong lastSequence)
    {
        LastSequence = lastSequence;
        LastTime = Messages.Count == 0 ? 0 : Messages[Messages.Map.Last].Header.Timestamp;
        _agedThrough = Math.Min(_agedThrough, lastSequence);
        SetFirst();
    }

    /// <summary>The oldest message that does not stay whatever its age; 0 for none.</summary>
    public ulong NextToAge()
    {
        while (true)
        {
            ulong sequence = Messages.Map.NextFrom(_agedThrough + 1);
            if (sequence == 0 || (Messages[sequence].Header.Flags & MemoryRecordFlags.NeverExpires) == 0) return sequence;
            _agedThrough = sequence;
        }
    }

    public void Inspect(IMessageInspector? inspector)
    {
        Messages.Inspect(inspector);
        _agedThrough = 0;
    }

    private static bool IsOver(ulong value, long limit) => limit > 0 && value > (ulong)limit;

    private void SetFirst()
    {
        ulong first = Messages.Map.First;
        (FirstSequence, FirstTime) = first == 0 ? (LastSequence == 0 ? 0 : LastSequence + 1, 0) : (first, Messages[first].Header.Timestamp);
    }

    private void StartAnew()
    {
        Messages = new MemoryMessages();
        Search = new MemorySearch(Messages);
        Sums = new MemorySums(Messages);
    }
}
