namespace DotNats.Storage;

/// <summary>Gets the messages that a <see cref="SealWalk"/> comes to, in the order of their sequences.</summary>
internal interface IRecordTarget
{
    /// <param name="offset">Where it starts in its block.</param>
    void Take(in RecordView record, int offset);
}

/// <summary>
/// Goes through a block's records, a piece of them at a time, as long as each is vouched for by a seal: what blocks of ours are that nothing happened to. Each
/// record is looked at once, while its bytes are still in the processor's cache; whatever is otherwise ends it, and <see cref="BlockScanner"/> finds out.
/// </summary>
/// <remarks>What it passed on is proven only once <see cref="IsAtSeal"/>.</remarks>
// Owner: who reads a block. Lifetime: one pass.
internal struct SealWalk(HighwayHash64 hash)
{
    private readonly HighwayHash64 _hash = hash;
    private SealSum _sum = new(hash);
    private ulong _last;

    /// <summary>Where the next piece begins: what is before it was walked.</summary>
    public int Position { get; private set; }

    /// <summary>Something is not as it was written, or by somebody else: nothing that was passed on is to be believed.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Everything so far is vouched for.</summary>
    public readonly bool IsAtSeal => !HasFailed && _sum.Bytes == 0;

    /// <summary>Walks over the whole records of a piece; returns their bytes.</summary>
    public int Walk<T>(ReadOnlySpan<byte> bytes, ref T target)
        where T : IRecordTarget, allows ref struct
    {
        int at = 0;
        int from = 0;
        while (!HasFailed && BlockFormat.TryRead(bytes[at..], out RecordView record))
        {
            int next = at + record.Bytes.Length;
            if (record.IsSeal)
            {
                _sum.AppendShort(bytes[from..at]);
                Judge(record);
                from = next;
            }
            else if (record.HasLostItsSubject)
            {
                HasFailed = true;
            }
            else if (!record.IsTombstone && !record.IsErased && record.Sequence > _last)
            {
                _last = record.Sequence;
                target.Take(record, Position + at);
            }

            if (SealSum.IsLong(record))
            {
                _sum.AppendShort(bytes[from..at]);
                _sum.AppendLong(record, checks: true);
                from = next;
            }

            at = next;
        }

        _sum.AppendShort(bytes[from..at]);
        Position += at;
        return at;
    }

    private void Judge(in RecordView seal)
    {
        HasFailed = !BlockFormat.IsSound(seal, _hash) || !SealFormat.IsSealOf(seal, _sum);
        _sum = new SealSum(_hash);
    }
}
