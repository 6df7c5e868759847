namespace DotNats.Storage;

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
    public Block? Ahead;

    /// <summary>One message is wanted, of which the sequence is known: a piece of its block will do.</summary>
    public bool IsForOne;

    /// <summary>What a filter with wildcards can find; null where nobody asked yet.</summary>
    public ScanSubjects? Subjects;

    /// <summary>Bytes of the missing block that can be loaded.</summary>
    public long LoadableBytes { get; private set; }

    /// <summary>Of the missing block.</summary>
    public int Version { get; private set; }

    /// <summary>As <see cref="LoadableBytes"/>, of the block ahead.</summary>
    public long AheadBytes { get; private set; }

    /// <summary>Of the block ahead.</summary>
    public int AheadVersion { get; private set; }

    /// <summary>Where in the missing block the one message is to be looked for.</summary>
    public int PieceFrom { get; private set; }

    /// <summary>The end of that piece; 0 where the whole block is to be loaded.</summary>
    public long PieceTo { get; private set; }

    /// <summary>The one message is still there, and its block is as it was. Under the log's gate.</summary>
    public readonly bool IsThere => Missing is { IsGone: false } block && block.Version == Version && block.Has(At);

    public readonly bool HasPiece => Missing is not null && PieceTo > 0;

    public void Miss(Block block, long loadableBytes)
    {
        (Missing, LoadableBytes, Version) = (block, loadableBytes, block.Version);
        (PieceFrom, PieceTo) = IsForOne && block.TryFindPiece(At, loadableBytes, out int from, out long to) ? (from, to) : (0, 0);
    }

    public void WantAhead(Block block, long loadableBytes) => (Ahead, AheadBytes, AheadVersion) = (block, loadableBytes, block.Version);
}
