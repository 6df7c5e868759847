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

    /// <summary>Bytes of the missing block that can be loaded.</summary>
    public long LoadableBytes { get; private set; }

    /// <summary>Of the missing block.</summary>
    public int Version { get; private set; }

    /// <summary>As <see cref="LoadableBytes"/>, of the block ahead.</summary>
    public long AheadBytes { get; private set; }

    /// <summary>Of the block ahead.</summary>
    public int AheadVersion { get; private set; }

    public void Miss(Block block, long loadableBytes) => (Missing, LoadableBytes, Version) = (block, loadableBytes, block.Version);

    public void WantAhead(Block block, long loadableBytes) => (Ahead, AheadBytes, AheadVersion) = (block, loadableBytes, block.Version);
}
