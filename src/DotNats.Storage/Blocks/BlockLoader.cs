namespace DotNats.Storage;

/// <summary>Reads blocks into memory, checking every record.</summary>
// Owner: one log; any thread, outside the log's gate.
internal sealed class BlockLoader(BlockCoder coder, string name)
{
    public BlockCoder Coder => coder;

    /// <summary>Reads a block.</summary>
    /// <param name="most">At most so many bytes of its file: what is behind them is being written.</param>
    /// <param name="version">The block's, when this was asked for.</param>
    /// <param name="messages">About so many are expected.</param>
    /// <param name="damage">Gets what is not as it was written.</param>
    /// <returns>Its sound records, with the caller's lease.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public BlockContent Load(uint block, long most, int version, ulong messages, ICollection<LogDamage> damage)
    {
        HighwayHash64 hash = BlockFormat.HashOfBlock(name, block);
        RecordIndex index = RecordIndex.Rent((int)Math.Min(messages, (ulong)int.MaxValue));
        var seals = new SealedRecords(hash, index);
        BlockBuffer buffer = coder.Read(block, most, seals, out int length);
        // The arrays are given back with the bytes.
        buffer.Index = index;
        if (!seals.Cover(length)) Scan(block, buffer.Bytes.AsSpan(0, length), hash, index, damage);
        BlockMap? map = damage.Count == 0 ? BlockMap.Of(index, buffer.Bytes.AsSpan(0, length)) : null;
        return new BlockContent(buffer, length, index, version) { Map = map };
    }

    /// <summary>Reads of a block what some filters match; null where it is to be loaded as a whole.</summary>
    /// <inheritdoc cref="BlockCoder.ReadFiltered"/>
    public BlockContent? LoadFiltered(uint block, long length, int version, SubjectFilters filters, out bool isDense) =>
        coder.ReadFiltered(block, length, version, filters, BlockFormat.HashOfBlock(name, block), out isDense);

    // Finds its way where something is not as it should be, or no seals are.
    private void Scan(uint block, Span<byte> records, in HighwayHash64 hash, RecordIndex index, ICollection<LogDamage> damage)
    {
        index.Clear();
        var scanner = new BlockScanner(records, hash);
        while (scanner.MoveNext())
        {
            RecordView record = scanner.Record;
            if (scanner.RepairedAt >= 0) damage.Add(RepairOf(block, scanner.RepairedAt));
            if (scanner.DamagedFrom < scanner.Offset) damage.Add(DamageOf(block, scanner.DamagedFrom, scanner.Offset, index.LastSequence + 1, record));
            if (!record.IsTombstone && !record.IsErased && record.Sequence > index.LastSequence)
                index.Add(record.Sequence, scanner.Offset, SubjectHash.Of(record.Subject));
        }

        if (scanner.RepairedAt >= 0) damage.Add(RepairOf(block, scanner.RepairedAt));
        if (scanner.DamagedFrom < scanner.SoundEnd) damage.Add(DamageOf(block, scanner.DamagedFrom, scanner.SoundEnd, index.LastSequence + 1, default));
        if (scanner.SoundEnd < records.Length) damage.Add(DamageOf(block, scanner.SoundEnd, records.Length, index.LastSequence + 1, default));
    }

    /// <summary>Says where a bit was turned over of which it is known what it was.</summary>
    public LogDamage RepairOf(uint block, long at) => new(string.Create(null, $"{coder.PathOf(block)} at byte {at}"), "one bit is not as it was written; no message is lost", 0, 0);

    /// <summary>Says what was being written and did not get there.</summary>
    /// <param name="isKept">The bytes were put aside.</param>
    /// <param name="next">The sequence that would have been there.</param>
    public LogDamage TornEndOf(uint block, int from, int to, bool isKept, ulong next)
    {
        string where = isKept ? string.Create(null, $"; they were put aside in {block}.{from}.cut") : "";
        string what = $"{to - from} bytes at the end are no whole records: what was being written when the server was killed or lost power, and acknowledged to nobody{where}";
        return new LogDamage(string.Create(null, $"{coder.PathOf(block)} at byte {from}"), what, next, next) { Kind = DamageKind.TornEnd };
    }

    /// <summary>Says where bytes are that are no records.</summary>
    /// <param name="next">The record behind them; none at the end of a block.</param>
    public LogDamage DamageOf(uint block, long from, long to, ulong first, in RecordView next)
    {
        ulong last = next.Bytes.IsEmpty || next.IsTombstone || next.Sequence <= first ? first : next.Sequence - 1;
        return new LogDamage(string.Create(null, $"{coder.PathOf(block)} at byte {from}"), $"{to - from} bytes are no records", first, last);
    }
}
