namespace DotNats.Storage;

/// <summary>The messages of a memory log and all that leads to them: by sequence, by subject and along the subject.</summary>
// Owner: one MemoryLog, under its gate; knows nothing of limits. Lifetime: until the log is closed or purged whole.
// Invariant: messages of one subject are linked in both directions, so first and last in the index are never stale.
internal sealed class MemoryMessages
{
    private const int LargestRecord = 1 << 30;

    private readonly MemoryChunks _chunks = new();
    private readonly HashSet<ulong> _marked = [];

    public MemoryMessages() => Walk = new SubjectWalk(Index);

    public SequenceMap Map { get; } = new();

    public SubjectIndex Index { get; } = new();

    /// <summary>For visits that begin and end under one gate, one at a time.</summary>
    public SubjectWalk Walk { get; }

    public ExpiryTable Deadlines { get; } = new();

    public ulong Count => Map.Count;

    /// <summary>As nats-server counts.</summary>
    public ulong Bytes { get; private set; }

    /// <summary>Bytes of all arrays that hold messages.</summary>
    public long HeldBytes => _chunks.HeldBytes;

    public static bool IsStorable(in NewMessage message) =>
        message.Subject.Length <= SubjectIndex.LongestSubject && (long)message.Headers.Length + message.Payload.Length < LargestRecord;

    /// <summary>A message that is there.</summary>
    public MemoryRecord this[ulong sequence] => new(_chunks[Map.Find(sequence)]);

    public bool TryGet(ulong sequence, out MemoryRecord record)
    {
        long location = Map.Find(sequence);
        record = location == 0 ? default : new MemoryRecord(_chunks[location]);
        return location != 0;
    }

    /// <param name="sequence">Greater than any before.</param>
    /// <returns>What its subject has now.</returns>
    public SubjectEntry Add(ulong sequence, in NewMessage message, MessageFacts facts)
    {
        long location = _chunks.Allocate(MemoryRecord.SizeOf(message.Subject.Length, message.Headers.Length, message.Payload.Length));
        SubjectEntry entry = Index.Add(message.Subject, sequence, out ulong previous, out _);
        if (previous != 0) this[previous].Header.NextOfSubject = sequence;
        var record = new MemoryRecord(_chunks[location]);
        record.Fill(new MemoryRecordHeader { Sequence = sequence, Timestamp = message.Timestamp, PreviousOfSubject = previous }, message);
        Map.Add(sequence, location);
        Bytes += (ulong)record.CountedBytes;
        Note(sequence, ref record.Header, facts);
        Tidy();
        return entry;
    }

    /// <summary>Takes out a message that is there.</summary>
    /// <param name="erase">Also overwrites its bytes.</param>
    /// <returns>True where it was the last of its subject.</returns>
    public bool Remove(ulong sequence, bool erase)
    {
        long location = Map.Find(sequence);
        var record = new MemoryRecord(_chunks[location]);
        MemoryRecordHeader header = record.Header;
        SubjectEntry entry = Index.Remove(record.Subject, sequence);
        if (header.PreviousOfSubject != 0) this[header.PreviousOfSubject].Header.NextOfSubject = header.NextOfSubject;
        else if (entry.IsFirstStale) Index.SetFirst(record.Subject, header.NextOfSubject);
        if (header.NextOfSubject != 0) this[header.NextOfSubject].Header.PreviousOfSubject = header.PreviousOfSubject;
        else if (entry.IsLastStale) Index.SetLast(record.Subject, header.PreviousOfSubject);
        if ((header.Flags & MemoryRecordFlags.Expires) != 0) Deadlines.Remove(sequence);
        if ((header.Flags & MemoryRecordFlags.Marked) != 0) _marked.Remove(sequence);
        if (erase) record.Erase();
        Bytes -= (ulong)record.CountedBytes;
        Map.Remove(sequence);
        _chunks.Free(location, record.Size);
        Tidy();
        return entry.Count == 0;
    }

    /// <summary>Asks an inspector about every message anew.</summary>
    public void Inspect(IMessageInspector? inspector)
    {
        Deadlines.Clear();
        _marked.Clear();
        for (ulong sequence = Map.First; sequence != 0; sequence = Map.NextFrom(sequence + 1))
        {
            MemoryRecord record = this[sequence];
            bool isAsked = inspector is not null && !record.Headers.IsEmpty;
            Note(sequence, ref record.Header, isAsked ? inspector!.Inspect(record.Subject, record.Headers, record.Header.Timestamp) : default);
        }
    }

    /// <summary>Adds the sequences of marked messages, ascending.</summary>
    public void CopyMarked(List<ulong> target)
    {
        int start = target.Count;
        target.AddRange(_marked);
        target.Sort(start, target.Count - start, null);
    }

    /// <summary>The first sequence whose message is not older; 0 for none.</summary>
    public ulong FirstSince(long time) => Map.FindFirst(new IsOlder(this, time));

    /// <summary>Lets go of all memory.</summary>
    public void Release() => _chunks.Clear();

    private void Note(ulong sequence, ref MemoryRecordHeader header, MessageFacts facts)
    {
        header.Flags = MemoryRecordFlags.None;
        if (facts.IsMarked)
        {
            header.Flags |= MemoryRecordFlags.Marked;
            _marked.Add(sequence);
        }

        if (facts.ExpiresAt == long.MaxValue)
        {
            header.Flags |= MemoryRecordFlags.NeverExpires;
        }
        else if (facts.ExpiresAt != 0)
        {
            header.Flags |= MemoryRecordFlags.Expires;
            Deadlines.Set(sequence, facts.ExpiresAt);
        }
    }

    /// <summary>Moves what is left in half empty chunks: memory stays within twice what the messages need.</summary>
    private void Tidy()
    {
        while (_chunks.TryTakeSparse(out int id))
        {
            _chunks.NoteMoved(id);
            int used = _chunks.UsedOf(id);
            for (int offset = 0; offset < used;)
            {
                long location = MemoryChunks.LocationOf(id, offset);
                var record = new MemoryRecord(_chunks[location]);
                int size = record.Size;
                offset += size;
                // Another message may have its sequence now, or none.
                if (Map.Find(record.Header.Sequence) != location) continue;
                long moved = _chunks.Allocate(size);
                _chunks[location][..size].CopyTo(_chunks[moved]);
                Map.Move(record.Header.Sequence, moved);
                if (_chunks.Free(location, size)) break;
            }
        }
    }

    private readonly struct IsOlder(MemoryMessages messages, long time) : ISequenceQuestion
    {
        public bool IsBefore(ulong sequence) => messages[sequence].Header.Timestamp < time;
    }
}
