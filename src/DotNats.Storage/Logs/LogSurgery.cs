namespace DotNats.Storage;

/// <summary>Cuts a log: what is done rarely and straight at the files, with the turn in hand.</summary>
// Owner: one FileLog; its writer's thread. Nobody else changes which blocks there are meanwhile.
internal sealed class LogSurgery(FileLog log, FileTurns turns, LogContents contents, BlockLoader loader, string name)
{
    /// <summary>Removes all records behind a sequence; its messages are out of the counts already.</summary>
    public void Truncate(ulong last)
    {
        if (!turns.TryTakeTurn())
        {
            log.WorkFailed(LogStatus.Failed, "a log could not be cut");
            return;
        }

        try
        {
            Cut(last);
        }
        catch (IOException e)
        {
            log.WorkFailed(LogStatus.Failed, e.Message);
        }
        finally
        {
            turns.Leave();
        }
    }

    private void Cut(ulong last)
    {
        int at = Math.Min(contents.Blocks.Find(last), contents.Blocks.Count - 1);
        Block target = contents.Blocks[at];
        var kept = new KeptTombstones(name, target.Number, last, contents.FirstStored);
        for (int i = at + 1; i < contents.Blocks.Count; i++) Collect(contents.Blocks[i].Number, kept);
        BlockBuffer buffer = loader.Coder.Read(target.Number, long.MaxValue, out int length);
        try
        {
            // Order: the tombstones are never missing, and what is left after a crash is always the front of what there was.
            int end = FindEnd(buffer.Bytes.AsSpan(0, length), kept);
            byte[] tombstones = kept.ToBytes();
            if (tombstones.Length > 0) turns.Files.Rewrite(target.Number, [.. buffer.Bytes.AsSpan(0, length), .. tombstones]);
            for (int i = contents.Blocks.Count - 1; i > at; i--) turns.Files.Delete(contents.Blocks[i].Number);
            turns.Files.SyncNames();
            turns.Files.Rewrite(target.Number, [.. buffer.Bytes.AsSpan(0, end), .. tombstones]);
            log.IsCut(target, end + tombstones.Length, last, kept.LastForeign);
        }
        finally
        {
            buffer.Release();
        }
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

    // Where the first record behind the sequence starts. Tombstones before it stay where they are.
    private int FindEnd(ReadOnlySpan<byte> bytes, KeptTombstones kept)
    {
        int end = -1;
        var scanner = new BlockScanner(bytes, BlockFormat.HashOfBlock(name, kept.Block));
        while (scanner.MoveNext())
        {
            if (end >= 0) kept.Add(scanner.Record);
            else if (!scanner.Record.IsTombstone && scanner.Record.Sequence > kept.Last) end = scanner.Offset;
            else kept.Pass(scanner.Record);
        }

        return end < 0 ? scanner.SoundEnd : end;
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

        public void Add(in RecordView record)
        {
            if (record.IsTombstone && record.Sequence <= last && record.Sequence >= first) _tombstones.Add((record.Sequence, record.Timestamp));
        }

        /// <summary>A record that stays.</summary>
        public void Pass(in RecordView record)
        {
            if (record.IsTombstone) LastForeign = Math.Max(LastForeign, record.Sequence);
            if (record.Sequence > _passed) (_passed, _passedTime) = (record.Sequence, record.Timestamp);
        }

        public byte[] ToBytes()
        {
            if (_passed < last) _tombstones.Add((last, _passedTime));
            byte[] bytes = new byte[_tombstones.Count * BlockFormat.EmptyRecordBytes];
            HighwayHash64 hash = BlockFormat.HashOfBlock(stream, block);
            for (int i = 0; i < _tombstones.Count; i++)
            {
                LastForeign = Math.Max(LastForeign, _tombstones[i].Sequence);
                BlockFormat.WriteEmpty(bytes.AsSpan(i * BlockFormat.EmptyRecordBytes), _tombstones[i].Sequence | BlockFormat.TombstoneBit, _tombstones[i].Time, hash);
            }

            return bytes;
        }
    }
}
