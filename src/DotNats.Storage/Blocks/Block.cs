namespace DotNats.Storage;

/// <summary>What is known of one block file without reading it.</summary>
// Owner: the log's BlockTable; guarded by the log's gate, but for Content, which the cache may take away at any time.
// Lifetime: from the first record to the removal of the file.
// Invariant: FirstSequence has a message, or there is none and FirstSequence = LastSequence + 1; WrittenBytes <= RawBytes.
internal sealed class Block(uint number)
{
    // Readers that each want something else of it are better served with all of it, once there were so many.
    private const int MostFilters = 4;

    private BlockContent? _content;
    private int _lastFilters;
    private int _filters;

    /// <summary>Number in the file's name; grows from block to block.</summary>
    public uint Number { get; } = number;

    /// <summary>First sequence with a message; one behind <see cref="LastSequence"/> for none.</summary>
    public ulong FirstSequence { get; set; }

    /// <summary>Last sequence given away in this block or before it.</summary>
    public ulong LastSequence { get; set; }

    /// <summary>Time of the last record.</summary>
    public long LastTime { get; set; }

    public ulong Messages { get; set; }

    /// <summary>Of messages that are left, as they count for the stream.</summary>
    public ulong Bytes { get; set; }

    /// <summary>Of all records, also deleted ones, as they lie uncompressed.</summary>
    public long RawBytes { get; set; }

    /// <summary>Bytes of the file that were written.</summary>
    public long WrittenBytes { get; set; }

    /// <summary>The records that end a block that is full and not wholly written yet, with a lease.</summary>
    public BlockContent? Unwritten { get; set; }

    /// <summary>The sequence that was next when the block was begun: nothing before it lies here.</summary>
    public ulong StartSequence { get; set; }

    /// <summary>The least sequence in an earlier block that a tombstone in this one deletes; 0 for none.</summary>
    public ulong FirstForeignTombstone { get; set; }

    /// <summary>The greatest sequence in an earlier block that a tombstone in this one deletes; 0 for none.</summary>
    public ulong LastForeignTombstone { get; set; }

    /// <summary>Its file is compressed: it is read and written as a whole.</summary>
    public bool IsCompressed { get; set; }

    /// <summary>The index in the directory speaks of its file: that stays until there is one that does not.</summary>
    public bool IsIndexed { get; set; }

    /// <summary>Its messages went without tombstones: its file goes with the next commit.</summary>
    public bool IsPurged { get; set; }

    /// <summary>The log has no use for it any more; its file goes.</summary>
    public bool IsGone { get; set; }

    /// <summary>Its damage was counted.</summary>
    public bool IsDamageCounted { get; set; }

    /// <summary>What is remembered of records that are not in memory; null for nothing.</summary>
    public BlockMap? Map { get; set; }

    /// <summary>The numbers of its messages' subjects, of the first of them at least; null for nothing.</summary>
    public SubjectNumbers? Numbers { get; set; }

    /// <summary>Changes whenever bytes that were written are rewritten.</summary>
    public int Version { get; set; }

    /// <summary>Sequences between first and last without a message.</summary>
    public SequenceSet Deleted { get; } = new();

    /// <summary>The records, while the cache has them; written by whoever loads or evicts.</summary>
    public BlockContent? Content => Volatile.Read(ref _content);

    public bool Has(ulong sequence) => sequence >= FirstSequence && sequence <= LastSequence && !Deleted.Contains(sequence);

    /// <summary>Some message may have a subject with this hash.</summary>
    public bool MayHave(uint hash) => Map is not { } map || map.Bytes != RawBytes || map.MayHave(hash);

    /// <summary>Where in the file a message is to be looked for; false where the whole block is to be read.</summary>
    /// <param name="most">Bytes of the file that can be read.</param>
    public bool TryFindPiece(ulong sequence, long most, out int from, out long to)
    {
        (from, to) = (0, 0);
        if (IsCompressed || Map is not { } map || !map.TryChoose(sequence, out from, out to)) return false;
        to = Math.Min(to, most);
        return to > from;
    }

    /// <summary>What some filters match is to be read by itself, rather than all for everyone.</summary>
    public bool WantsFiltered(SubjectFilters filters)
    {
        if (IsCompressed) return false;
        if (filters.GetHashCode() == _lastFilters) return true;
        _lastFilters = filters.GetHashCode();
        return ++_filters % MostFilters != 0;
    }

    /// <summary>Exchanges the content; false where it is no longer what was expected.</summary>
    public bool TryExchange(BlockContent? expected, BlockContent? content) =>
        ReferenceEquals(Interlocked.CompareExchange(ref _content, content, expected), expected);

    /// <summary>Has a tombstone for a message in an earlier block.</summary>
    public void AddForeignTombstone(ulong sequence)
    {
        FirstForeignTombstone = FirstForeignTombstone == 0 ? sequence : Math.Min(FirstForeignTombstone, sequence);
        LastForeignTombstone = Math.Max(LastForeignTombstone, sequence);
    }

    /// <summary>Counts a message behind the last sequence.</summary>
    public void Add(ulong sequence, long timestamp, int bytes)
    {
        AddGap(sequence);
        if (Messages == 0) FirstSequence = sequence;
        (LastSequence, LastTime) = (sequence, timestamp);
        Messages++;
        Bytes += (ulong)bytes;
    }

    /// <summary>Gives away sequences up to one, without messages.</summary>
    public void Skip(ulong last, long timestamp)
    {
        AddGap(last + 1);
        (LastSequence, LastTime) = (last, timestamp);
        if (Messages == 0) FirstSequence = last + 1;
    }

    /// <summary>Takes a message out of the counts; returns the bytes that went, more than its own where others could not be read.</summary>
    public ulong Remove(ulong sequence, int bytes)
    {
        Messages--;
        ulong removed = Messages == 0 ? Bytes : (ulong)bytes;
        Bytes -= removed;
        if (Messages == 0)
        {
            FirstSequence = LastSequence + 1;
            Deleted.Clear();
        }
        else if (sequence == FirstSequence)
        {
            FirstSequence = Deleted.NextAbsent(sequence + 1);
        }
        else
        {
            Deleted.Add(sequence);
        }

        return removed;
    }

    /// <summary>Its records end with a sequence again, and with so many bytes.</summary>
    public void Cut(ulong last, long bytes)
    {
        Deleted.RemoveAbove(last);
        StartSequence = Math.Min(StartSequence, last + 1);
        LastSequence = last;
        if (Messages == 0) FirstSequence = last + 1;
        (RawBytes, WrittenBytes, IsCompressed) = (bytes, bytes, false);
        Map = null;
        Version++;
    }

    private void AddGap(ulong next)
    {
        if (Messages > 0 && next > LastSequence + 1) Deleted.AddRange(LastSequence + 1, next - 1);
    }
}
