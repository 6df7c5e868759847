namespace DotNats.Storage;

/// <summary>Cuts a log: what is done rarely and straight at the files, with the turn in hand.</summary>
// Owner: one FileLog; its writer's thread. Nobody else changes which blocks there are meanwhile.
internal sealed class LogSurgery(FileLog log, FileTurns turns, LogContents contents, BlockLoader loader, string name)
{
    // More without a seal was not written by us.
    private const int MostUnsealedBytes = 64 * 1024;

    private string? _failure;

    /// <summary>Begins a change: everything so far is safe, and told as such. False where the log has failed; otherwise it has to be ended.</summary>
    // What is removed after this is told as safe once the files are cut, not before.
    public bool TryBegin()
    {
        _failure = "a log was not cut to the end";
        return turns.TryTakeTurn();
    }

    /// <summary>Removes all records behind a sequence; its messages are out of the counts already.</summary>
    public void Truncate(ulong last)
    {
        try
        {
            if (contents.Blocks.Count > 0) Cut(last);
            else log.IsCut(last);
            _failure = null;
        }
        catch (IOException e)
        {
            _failure = e.Message;
        }
    }

    /// <summary>Ends a change. What was not done to the end has the log fail.</summary>
    public void End() => turns.Leave(_failure);

    // Order: after a crash what is left is the front of what there was, and no tombstone is missing: until the block that ends the log has
    // those it needs, all of them lie in a block of their own behind the others.
    private void Cut(ulong last)
    {
        int at = Math.Min(contents.Blocks.Find(last), contents.Blocks.Count - 1);
        Block target = contents.Blocks[at];
        var kept = new KeptTombstones(name, target.Number, last, contents.FirstStored);
        for (int i = at + 1; i < contents.Blocks.Count; i++) Collect(contents.Blocks[i].Number, kept);
        BlockBuffer buffer = loader.Coder.Read(target.Number, long.MaxValue, out int length);
        try
        {
            int end = FindEnd(buffer.Bytes.AsSpan(0, length), kept, out int unsealed);
            uint spare = contents.TakeNumber();
            byte[] all = kept.AllBytes(spare);
            if (all.Length > 0) turns.Files.Create(spare, all);
            for (int i = contents.Blocks.Count - 1; i > at; i--) Delete(contents.Blocks[i].Number);
            byte[] records = [.. buffer.Bytes.AsSpan(0, end), .. kept.ToBytes()];
            byte[] seal = Seal(target.Number, records, unsealed);
            turns.Files.Rewrite(target.Number, [.. records, .. seal]);
            if (all.Length > 0) Delete(spare);
            log.IsCut(target, records.Length + seal.Length, last, kept.LastForeign);
        }
        finally
        {
            buffer.Release();
        }
    }

    private void Delete(uint block)
    {
        turns.Files.Delete(block);
        turns.Files.SyncNames();
    }

    private void Collect(uint block, KeptTombstones kept)
    {
        BlockBuffer buffer = loader.Coder.Read(block, long.MaxValue, out int length);
        try
        {
            var scanner = new BlockScanner(buffer.Bytes.AsSpan(0, length), BlockFormat.HashOfBlock(name, block));
            while (scanner.MoveNext()) kept.Add(scanner.Record);
        }
        finally
        {
            buffer.Release();
        }
    }

    // Where the first record behind the sequence starts. Tombstones before it stay where they are, but for those that an earlier cut or purge left
    // to say what was last: they become records of nothing.
    private int FindEnd(Span<byte> bytes, KeptTombstones kept, out int unsealed)
    {
        int end = -1;
        unsealed = -1;
        HighwayHash64 hash = BlockFormat.HashOfBlock(name, kept.Block);
        var scanner = new BlockScanner(bytes, hash);
        while (scanner.MoveNext())
        {
            RecordView record = scanner.Record;
            if (end >= 0)
            {
                kept.Add(record);
            }
            else if (record.Sequence <= kept.Last)
            {
                kept.Pass(record);
            }
            else if (record.IsTombstone)
            {
                BlockFormat.WriteEmpty(bytes[scanner.Offset..], BlockFormat.ErasedBit, record.Timestamp, hash);
            }
            else
            {
                end = scanner.Offset;
                if (!scanner.IsBehindDamage) unsealed = scanner.SealEnd;
            }
        }

        if (end >= 0) return end;
        if (!scanner.IsBehindDamage) unsealed = scanner.SealEnd;
        return scanner.SoundEnd;
    }

    // The seal of what is kept of a batch.
    private byte[] Seal(uint block, ReadOnlySpan<byte> records, int unsealed)
    {
        if (unsealed < 0 || unsealed == records.Length || records.Length - unsealed > MostUnsealedBytes) return [];
        byte[] seal = new byte[SealFormat.RecordBytes];
        SealFormat.Write(seal, records[unsealed..], endsBatch: true, BlockFormat.HashOfBlock(name, block));
        return seal;
    }

    /// <summary>Tombstones of messages that stay deleted, and the one that says what the last sequence is.</summary>
    private sealed class KeptTombstones(string stream, uint block, ulong last, ulong first)
    {
        private readonly List<(ulong Sequence, long Time)> _tombstones = [];
        private ulong _passed;
        private long _passedTime;

        public uint Block => block;

        public ulong Last => last;

        public ulong LastForeign { get; private set; }

        /// <summary>A record that goes.</summary>
        public void Add(in RecordView record)
        {
            if (record.IsTombstone && record.Sequence >= first) _tombstones.Add((record.Sequence, record.Timestamp));
        }

        /// <summary>A record that stays.</summary>
        public void Pass(in RecordView record)
        {
            if (record.IsTombstone) LastForeign = Math.Max(LastForeign, record.Sequence);
            if (record.Sequence > _passed) (_passed, _passedTime) = (record.Sequence, record.Timestamp);
        }

        /// <summary>All that go, also of messages that go with them.</summary>
        public byte[] AllBytes(uint spare) => ToBytes(spare, _tombstones);

        public byte[] ToBytes()
        {
            List<(ulong Sequence, long Time)> staying = _tombstones.FindAll(tombstone => tombstone.Sequence <= last);
            if (_passed < last) staying.Add((last, _passedTime));
            foreach ((ulong sequence, _) in staying) LastForeign = Math.Max(LastForeign, sequence);
            return ToBytes(block, staying);
        }

        private byte[] ToBytes(uint target, List<(ulong Sequence, long Time)> tombstones)
        {
            byte[] bytes = new byte[tombstones.Count * BlockFormat.EmptyRecordBytes];
            HighwayHash64 hash = BlockFormat.HashOfBlock(stream, target);
            for (int i = 0; i < tombstones.Count; i++)
                BlockFormat.WriteEmpty(bytes.AsSpan(i * BlockFormat.EmptyRecordBytes), tombstones[i].Sequence | BlockFormat.TombstoneBit, tombstones[i].Time, hash);
            return bytes;
        }
    }
}
