namespace DotNats.Storage;

/// <summary>
/// Tombstones that a machine wrote when its power went, perhaps: of what is written at once any part may be there, and what a tombstone came with
/// may be what is missing: the message that took the place of the one it removes, or a tombstone of what goes back further.
/// </summary>
/// <remarks>Where more was written behind their batch, it was safe, and acknowledged: then what is missing is damage, and they are true.</remarks>
// Lifetime: the reading of a log's last block.
internal sealed class DoubtfulTombstones
{
    private readonly List<(ulong Sequence, int Offset)> _all = [];
    private int _batch;

    public IReadOnlyList<(ulong Sequence, int Offset)> All => _all;

    /// <summary>Takes the record a scanner stopped at.</summary>
    public void Add(in BlockScanner scanner)
    {
        _batch = scanner.Batch;
        _all.Add((scanner.Record.Sequence, scanner.Offset));
    }

    /// <summary>A scanner has come to a later batch.</summary>
    public bool AreProvenBy(in BlockScanner scanner) => _all.Count > 0 && scanner.Batch > _batch;

    public void Clear() => _all.Clear();
}
