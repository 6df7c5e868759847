namespace DotNats.Storage;

/// <summary>A block that is to be loaded, as it was when that was asked for.</summary>
/// <param name="Most">Bytes of it that can be loaded.</param>
/// <param name="Length">Of all its records.</param>
internal readonly record struct WantedBlock(BlockPart Part, long Most, int Version, long Length)
{
    public Block Block => Part.Block;
}

/// <summary>How far a look through a log has come: it goes on from here after the gate was let go or a block was loaded.</summary>
internal struct Scan(ulong at)
{
    /// <summary>The sequence to be looked at next; the one found, where one was.</summary>
    public ulong At = at;

    /// <summary>The block to be loaded first; null for none.</summary>
    public Block? Missing;

    /// <summary>The block that could not be loaded: its messages are damaged.</summary>
    public Block? Unreadable;

    /// <summary>The block behind the one that was entered at its first message, where it is not in memory; null for none.</summary>
    public WantedBlock? Ahead;

    /// <summary>What is looked for, where it need not be all of a block; null for everything.</summary>
    public SubjectFilters? Filters;

    /// <summary>One message is wanted, of which the sequence is known: a piece of its block will do.</summary>
    public bool IsForOne;

    /// <summary>What a filter with wildcards can find; null where nobody asked yet.</summary>
    public ScanSubjects? Subjects;

    /// <summary>What of the missing block is to be loaded.</summary>
    public WantedBlock Wanted { get; private set; }

    /// <summary>Where in the missing block the one message is to be looked for.</summary>
    public int PieceFrom { get; private set; }

    /// <summary>The end of that piece; 0 where the whole block is to be loaded.</summary>
    public long PieceTo { get; private set; }

    /// <summary>The one message is still there, and its block is as it was. Under the log's gate.</summary>
    public readonly bool IsThere => Missing is { IsGone: false } block && block.Version == Wanted.Version && block.Has(At);

    public readonly bool HasPiece => Missing is not null && PieceTo > 0;

    public void Miss(Block block, long loadableBytes)
    {
        Missing = block;
        Wanted = Want(block, loadableBytes);
        (PieceFrom, PieceTo) = IsForOne && block.TryFindPiece(At, loadableBytes, out int from, out long to) ? (from, to) : (0, 0);
    }

    public void WantAhead(Block block, long loadableBytes) => Ahead = Want(block, loadableBytes);

    private readonly WantedBlock Want(Block block, long loadableBytes)
    {
        SubjectFilters? filters = Filters is not null && loadableBytes == long.MaxValue && block.WantsFiltered(Filters) ? Filters : null;
        return new WantedBlock(new BlockPart(block, filters), loadableBytes, block.Version, block.RawBytes);
    }
}
