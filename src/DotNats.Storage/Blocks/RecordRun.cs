namespace DotNats.Storage;

/// <summary>Records of one block that lie in memory, with their index.</summary>
// Lifetime: under the log's gate, until disposed; keeps the cache from taking the bytes away.
internal readonly ref struct RecordRun
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly BlockContent? _leased;

    /// <param name="leased">A content the caller has a lease on; it is returned with the run.</param>
    /// <param name="isFiltered">It has no records but those that the reader's filters match.</param>
    public RecordRun(Block block, BlockContent leased, ulong first, ulong last, bool isFiltered = false)
    {
        (Block, Index, First, Last, IsFiltered) = (block, leased.Index, first, last, isFiltered);
        _bytes = leased.Bytes;
        _leased = leased;
    }

    public RecordRun(Block block, RecordIndex index, ReadOnlySpan<byte> bytes, ulong first, ulong last)
    {
        (Block, Index, First, Last) = (block, index, first, last);
        _bytes = bytes;
    }

    public Block Block { get; }

    /// <summary>The reader's filters match all its records.</summary>
    public bool IsFiltered { get; }

    public RecordIndex Index { get; }

    /// <summary>Speaks for all sequences from this one on.</summary>
    public ulong First { get; }

    /// <summary>Speaks for all sequences up to this one; a message that has no record here is damaged.</summary>
    public ulong Last { get; }

    public RecordView At(int position)
    {
        Invariant.Check(BlockFormat.TryRead(_bytes[Index.OffsetAt(position)..], out RecordView record), "an indexed record can be read");
        return record;
    }

    /// <summary>The subject alone: what most records are passed by for.</summary>
    public ReadOnlySpan<byte> SubjectAt(int position) => BlockFormat.SubjectOf(_bytes[Index.OffsetAt(position)..]);

    public void Dispose() => _leased?.Release();
}
