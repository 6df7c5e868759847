namespace DotNats.Storage;

/// <summary>Makes the index of a block while it is read, as long as each of its records is vouched for by a seal.</summary>
// Owner: who loads a block. Lifetime: one load.
internal sealed class SealedRecords(HighwayHash64 hash, RecordIndex index)
{
    private SealWalk _walk = new(hash);

    /// <summary>Goes on to the end of what was read.</summary>
    /// <param name="bytes">Of the records, from the first on.</param>
    public void Look(ReadOnlySpan<byte> bytes)
    {
        var target = new Target(index);
        _walk.Walk(bytes[_walk.Position..], ref target);
    }

    /// <summary>The index is over so many bytes, and every one of them is vouched for.</summary>
    public bool Cover(int length) => _walk.IsAtSeal && _walk.Position == length;

    private readonly struct Target(RecordIndex index) : IRecordTarget
    {
        public void Take(in RecordView record, int offset) => index.Add(record.Sequence, offset, SubjectHash.Of(record.Subject));
    }
}
