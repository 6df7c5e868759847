namespace DotNats.Storage;

/// <summary>What nats-server knew of one block and did not write into it: which of its messages are deleted above all.</summary>
/// <remarks>
/// Up to 2.9 in N.idx beside the block: <c>22 1</c>; as variable-length numbers: messages, bytes, first sequence, its time, last sequence, its
/// time, number of deleted ones; the block's last checksum; the deleted sequences, less the first. Times are zigzag. Later releases write
/// tombstones for most of what is deleted, and the rest into index.db (<see cref="ForeignState"/>).
/// </remarks>
// Invariant: one that is older than its block is true all the same: what is deleted stays deleted.
internal sealed class ForeignIndex
{
    private const byte Magic = 22;
    private const byte Version = 1;
    private const int HeadBytes = 2;

    /// <summary>What is before it in the block is deleted.</summary>
    public required ulong FirstSequence { get; init; }

    /// <summary>One less than the first where the block has no messages.</summary>
    public required ulong LastSequence { get; init; }

    public required long LastTime { get; init; }

    /// <summary>Those between first and last.</summary>
    public SequenceSet Deleted { get; } = new();

    public bool IsEmpty => FirstSequence > LastSequence;

    /// <summary>Reads N.idx; null for what is none, is cut off, or contradicts itself.</summary>
    public static ForeignIndex? TryRead(ReadOnlySpan<byte> file)
    {
        if (file.Length < HeadBytes || file[0] != Magic || file[1] != Version) return null;
        var reader = new IndexReader(file[HeadBytes..]);
        ulong messages = reader.Number();
        reader.Number();
        ulong first = reader.Number();
        reader.Number();
        ulong last = reader.Number();
        long lastTime = reader.Signed();
        ulong count = reader.Number();
        reader.Raw(BlockFormat.ChecksumBytes);
        var index = new ForeignIndex { FirstSequence = first, LastSequence = last, LastTime = lastTime };
        // Fewer than were counted where some lie before the first by now.
        for (; count > 0 && !reader.IsAtEnd && !reader.HasFailed; count--)
        {
            ulong sequence = first + reader.Number();
            if (sequence >= first && sequence <= last) index.Deleted.Add(sequence);
        }

        return !reader.HasFailed && unchecked(messages + index.Deleted.Count == last + 1 - first) ? index : null;
    }
}
