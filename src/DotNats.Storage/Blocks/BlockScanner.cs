namespace DotNats.Storage;

/// <summary>Goes through the records of a block and finds its way again behind bytes that are none.</summary>
// Lifetime: one pass. Invariant: every record it stops at has a sound checksum.
internal ref struct BlockScanner
{
    // Sequences do not jump further than this from one record to the next; what seems to is damage.
    private const ulong LargestJump = 1UL << 40;

    // How often a block's length may be hashed in search of the next record: what is made to slow us down ends as damage to its end.
    private const int MaxSearchFactor = 16;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly HighwayHash64 _hash;
    private long _searchBudget;
    private int _next;
    private ulong _last;

    public BlockScanner(ReadOnlySpan<byte> bytes, HighwayHash64 hash)
    {
        _bytes = bytes;
        _hash = hash;
        _searchBudget = Math.Max(1 << 20, (long)MaxSearchFactor * bytes.Length);
    }

    /// <summary>The record stopped at.</summary>
    public RecordView Record { get; private set; }

    /// <summary>Where the record starts.</summary>
    public int Offset { get; private set; }

    /// <summary>Where the bytes before this record that are none start; equal to <see cref="Offset"/> where there are none.</summary>
    public int DamagedFrom { get; private set; }

    /// <summary>End of the last sound record.</summary>
    public readonly int SoundEnd => _next;

    public bool MoveNext()
    {
        DamagedFrom = _next;
        if (_next == _bytes.Length) return false;
        if (TryTake(_next, isSearch: false)) return true;

        // Most often only content is damaged: then the next record is where the length says.
        if (BlockFormat.TryRead(_bytes[_next..], out RecordView damaged) && TryTake(_next + damaged.Bytes.Length, isSearch: true)) return true;
        for (int at = _next + 1; at <= _bytes.Length - BlockFormat.EmptyRecordBytes && _searchBudget > 0; at++)
        {
            if (TryTake(at, isSearch: true)) return true;
        }

        return false;
    }

    private bool TryTake(int at, bool isSearch)
    {
        if (at >= _bytes.Length || !BlockFormat.TryRead(_bytes[at..], out RecordView record)) return false;
        if (isSearch)
        {
            if (record.Sequence > _last + LargestJump) return false;
            _searchBudget -= record.Bytes.Length;
        }

        if (!BlockFormat.IsSound(record, _hash)) return false;
        Record = record;
        Offset = at;
        _next = at + record.Bytes.Length;
        if (!record.IsTombstone && record.Sequence > _last) _last = record.Sequence;
        return true;
    }
}
