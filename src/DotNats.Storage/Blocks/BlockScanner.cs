namespace DotNats.Storage;

/// <summary>Goes through the records of a block and finds its way again behind bytes that are none. Seals are checked and passed by.</summary>
/// <remarks>
/// A seal vouches for all bytes before it, also for lengths, which no record's own checksum covers, and it is checked ten times as fast as
/// the records one by one. Blocks written by nats-server have none; where it rewrote a block, seals that no longer fit are ignored.
/// </remarks>
// Lifetime: one pass. Invariant: every record it stops at is vouched for by a seal or has a sound checksum of its own.
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
    private int _planned;
    private int _sealedFrom;
    private int _sealedTo;

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

    /// <summary>End of the last sound record; where <see cref="DamagedFrom"/> is less at the end, what lies between is damaged.</summary>
    public readonly int SoundEnd => _next;

    public bool MoveNext()
    {
        DamagedFrom = _next;
        while (_next < _bytes.Length)
        {
            if (_next >= _planned) LookAhead();
            bool isSealed = _next >= _sealedFrom && _next < _sealedTo;
            if (!TryTake(_next, isSearch: false, isSealed) && !TrySearch()) return false;
            if (!Record.IsSeal) return true;
            if (DamagedFrom == Offset) DamagedFrom = _next;
        }

        return false;
    }

    // Most often only content is damaged: then the next record is where the length says.
    private bool TrySearch()
    {
        if (BlockFormat.TryRead(_bytes[_next..], out RecordView damaged) && TryTake(_next + damaged.Bytes.Length, isSearch: true, isSealed: false)) return true;
        for (int at = _next + 1; at <= _bytes.Length - BlockFormat.EmptyRecordBytes && _searchBudget > 0; at++)
        {
            if (TryTake(at, isSearch: true, isSealed: false)) return true;
        }

        return false;
    }

    private bool TryTake(int at, bool isSearch, bool isSealed)
    {
        if (at >= _bytes.Length || !BlockFormat.TryRead(_bytes[at..], out RecordView record)) return false;
        if (isSearch)
        {
            if (record.Sequence > _last + LargestJump && _last > 0) return false;
            _searchBudget -= record.Bytes.Length;
        }

        if (!isSealed && !BlockFormat.IsSound(record, _hash)) return false;
        Record = record;
        Offset = at;
        _next = at + record.Bytes.Length;
        if (!record.IsTombstone && record.Sequence > _last) _last = record.Sequence;
        return true;
    }

    // To the next seal: whether what it vouches for is as it was written.
    private void LookAhead()
    {
        int at = _next;
        while (BlockFormat.TryRead(_bytes[at..], out RecordView record))
        {
            int end = at + record.Bytes.Length;
            if (record.IsSeal && BlockFormat.IsSound(record, _hash))
            {
                _planned = end;
                JudgeSeal(at, record);
                return;
            }

            at = end;
        }

        _planned = Math.Max(at, _next + 1);
    }

    private void JudgeSeal(int at, in RecordView seal)
    {
        int from = at - BlockFormat.SealedBytes(seal);
        if (from < _next || !IsBoundary(from)) return;
        if (from > _next)
        {
            // What is before it is looked at first, record by record.
            _planned = from;
            return;
        }

        if (BlockFormat.IsSealOf(seal, _bytes[from..at], _hash))
        {
            (_sealedFrom, _sealedTo) = (from, at);
            return;
        }

        // Each record may be sound by itself, and yet what says where its subject ends is not: none of them can be believed.
        if (AreAllSound(from, at)) _next = at;
    }

    private readonly bool IsBoundary(int wanted)
    {
        int at = _next;
        while (at < wanted && BlockFormat.TryRead(_bytes[at..], out RecordView record)) at += record.Bytes.Length;
        return at == wanted;
    }

    // An erased record was written later than the seal.
    private readonly bool AreAllSound(int from, int to)
    {
        while (from < to)
        {
            if (!BlockFormat.TryRead(_bytes[from..], out RecordView record) || record.IsErased || !BlockFormat.IsSound(record, _hash)) return false;
            from += record.Bytes.Length;
        }

        return true;
    }
}
