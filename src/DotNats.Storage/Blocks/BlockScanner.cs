namespace DotNats.Storage;

/// <summary>Goes through the records of a block and finds its way again behind bytes that are none. Seals are checked and passed by.</summary>
/// <remarks>
/// A seal vouches for all bytes before it, also for lengths, which no record's own checksum covers, and it is checked ten times as fast as
/// the records one by one. Blocks written by nats-server have none; where it rewrote a block, seals that no longer fit are ignored. Where a
/// checksum, of a record or of a seal, says that a single bit was turned over and which, it is turned back in the bytes scanned.
/// </remarks>
// Lifetime: one pass. Invariant: every record it stops at is vouched for by a seal or has a sound checksum of its own.
internal ref struct BlockScanner
{
    // Bytes hashed in search of single bits: a tenth of a second.
    private const long MostRepairBytes = 256L * 1024 * 1024;

    // Of longer records only the head is searched: each bit costs a hash of all of it.
    private const int MostRepairableRecord = 4096;

    // Sequences do not jump further than this from one record to the next; what seems to is damage.
    private const ulong LargestJump = 1UL << 40;

    // How often a block's length may be hashed in search of the next record: what is made to slow us down ends as damage to its end.
    private const int MaxSearchFactor = 16;

    private readonly Span<byte> _bytes;
    private readonly HighwayHash64 _hash;
    private long _searchBudget;
    private long _repairBudget = MostRepairBytes;
    private int _next;
    private ulong _last;
    private int _planned;
    private int _sealedFrom;
    private int _sealedTo;

    /// <param name="bytes">Of a block's records; not those of its file.</param>
    public BlockScanner(Span<byte> bytes, HighwayHash64 hash)
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

    /// <summary>A byte of which one bit was turned back before the record was reached; -1 for none.</summary>
    public int RepairedAt { get; private set; } = -1;

    /// <summary>End of the last seal.</summary>
    public int SealEnd { get; private set; }

    /// <summary>Batches that ended before the record.</summary>
    public int Batch { get; private set; }

    /// <summary>Bytes before the record that belong to its batch are none.</summary>
    public bool IsBehindDamage { get; private set; }

    public bool MoveNext()
    {
        RepairedAt = -1;
        DamagedFrom = _next;
        while (_next < _bytes.Length)
        {
            int start = _next;
            if (_next >= _planned) LookAhead();
            bool isSealed = _next >= _sealedFrom && _next < _sealedTo;
            if (!TryTake(_next, isSearch: false, isSealed) && !TryRepairRecord() && !TrySearch()) return false;
            IsBehindDamage |= Offset > start && !(Offset - start == SealFormat.RecordBytes && IsSealedFrom(Offset));
            if (!Record.IsSeal) return true;
            SealEnd = _next;
            if (SealFormat.EndsBatch(Record)) (Batch, IsBehindDamage) = (Batch + 1, false);
            if (DamagedFrom == Offset) DamagedFrom = _next;
        }

        return false;
    }

    // One bit is the likeliest damage, and the record's checksum proves which.
    private bool TryRepairRecord()
    {
        Span<byte> rest = _bytes[_next..];
        int length = BlockFormat.SaidLength(rest);
        int bytes = length is >= BlockFormat.EmptyRecordBytes and <= MostRepairableRecord ? length : BlockFormat.HeaderBytes;
        for (int bit = 0; bit < 8 * Math.Min(bytes, rest.Length) && _repairBudget > 0; bit++)
        {
            ref byte place = ref rest[bit / 8];
            byte mask = (byte)(1 << (bit % 8));
            place ^= mask;
            bool isRecord = BlockFormat.TryRead(rest, out RecordView repaired);
            _repairBudget -= repaired.Bytes.Length;
            if (isRecord && (!repaired.IsUnchecked(bit) || IsProvenBySeal()) && TryTake(_next, isSearch: false, isSealed: false))
            {
                RepairedAt = Offset + (bit / 8);
                return true;
            }

            place ^= mask;
        }

        return false;
    }

    // Of what no checksum of the record covers only the next seal can say that it is right.
    private readonly bool IsProvenBySeal()
    {
        for (int at = _next; BlockFormat.TryRead(_bytes[at..], out RecordView record); at += record.Bytes.Length)
        {
            if (!record.IsSeal || !BlockFormat.IsSound(record, _hash)) continue;
            int from = at - SealFormat.SealedBytes(record);
            return from >= 0 && from <= _next && SealFormat.IsSealOf(record, _bytes[from..at], _hash);
        }

        return false;
    }

    // What lies right before the bytes of a seal is a seal: then it is all that is damaged, as when it was being made anew for something erased, and nothing is missing.
    private readonly bool IsSealedFrom(int start)
    {
        for (int at = start; BlockFormat.TryRead(_bytes[at..], out RecordView record); at += record.Bytes.Length)
        {
            if (!record.IsSeal || !BlockFormat.IsSound(record, _hash)) continue;
            return at - SealFormat.SealedBytes(record) == start && SealFormat.IsSealOf(record, _bytes[start..at], _hash);
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

        if (!isSealed && (!BlockFormat.IsSound(record, _hash) || record.HasLostItsSubject)) return false;
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
        int from = at - SealFormat.SealedBytes(seal);
        if (from < _next || !IsBoundary(from)) return;
        if (from > _next)
        {
            // What is before it is looked at first, record by record.
            _planned = from;
            return;
        }

        if (SealFormat.IsSealOf(seal, _bytes[from..at], _hash))
        {
            (_sealedFrom, _sealedTo) = (from, at);
            return;
        }

        // Each record may be sound by itself, and yet what says where its subject ends is not. Where it is no single bit, none can be believed.
        if (!AreAllSound(from, at, out bool hasErased)) return;
        if (TryRepair(from, at, seal)) (_sealedFrom, _sealedTo) = (from, at);
        else if (!hasErased) _next = at;
    }

    // No checksum of a record covers the lengths inside it: one bit of them is the likeliest damage, and the seal proves which.
    private bool TryRepair(int from, int to, in RecordView seal)
    {
        for (int at = from; at < to && BlockFormat.TryRead(_bytes[at..], out RecordView record); at += record.Bytes.Length)
        {
            for (int i = 0; i < BlockFormat.UncheckedBits(record); i++)
            {
                int bit = BlockFormat.UncheckedBit(record, i);
                ref byte place = ref _bytes[at + (bit / 8)];
                byte mask = (byte)(1 << (bit % 8));
                place ^= mask;
                if (BlockFormat.TryRead(_bytes[at..], out RecordView repaired) && BlockFormat.IsSound(repaired, _hash))
                {
                    _repairBudget -= to - from;
                    if (SealFormat.IsSealOf(seal, _bytes[from..to], _hash))
                    {
                        RepairedAt = at + (bit / 8);
                        return true;
                    }
                }

                place ^= mask;
                if (_repairBudget < 0) return false;
            }
        }

        return false;
    }

    private readonly bool IsBoundary(int wanted)
    {
        int at = _next;
        while (at < wanted && BlockFormat.TryRead(_bytes[at..], out RecordView record)) at += record.Bytes.Length;
        return at == wanted;
    }

    // An erased record may have been written later than the seal.
    private readonly bool AreAllSound(int from, int to, out bool hasErased)
    {
        hasErased = false;
        while (from < to)
        {
            if (!BlockFormat.TryRead(_bytes[from..], out RecordView record) || !BlockFormat.IsSound(record, _hash) || record.HasLostItsSubject) return false;
            hasErased |= record.IsErased;
            from += record.Bytes.Length;
        }

        return true;
    }
}
