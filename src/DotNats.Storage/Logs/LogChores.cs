using System.Buffers;

namespace DotNats.Storage;

/// <summary>Makes files smaller: blocks of which much is deleted are written anew, full ones are compressed. One at a time, between commits.</summary>
// Owner: one FileLog; whoever has the turn. The lists are guarded by the log's gate.
// Invariant: a record is left out only if the index on disk says it is deleted, so that index and blocks never disagree about a message.
internal sealed class LogChores(FileLog log, LogFiles files, BlockLoader loader, string name)
{
    private readonly Queue<Compaction> _compactions = new();
    private readonly Queue<Block> _full = new();

    // ---- Under the gate ----

    public bool HasWork => _compactions.Count > 0 || _full.Count > 0;

    /// <summary>A block is full and may be compressed.</summary>
    public void AddFull(Block block) => _full.Enqueue(block);

    /// <summary>An index was taken: what it says is deleted may go from the files once it is safe.</summary>
    public void PlanCompactions(BlockTable blocks)
    {
        _compactions.Clear();
        for (int i = 0; i < blocks.Count - 1; i++)
        {
            Block block = blocks[i];
            if (block.Messages == 0 || (long)block.Bytes * 2 >= block.RawBytes || block.WrittenBytes < block.RawBytes) continue;
            _compactions.Enqueue(new Compaction(block, block.Version, block.FirstSequence, block.Deleted.Copy()));
        }
    }

    /// <summary>The index that was taken is not there.</summary>
    public void ForgetCompactions() => _compactions.Clear();

    /// <param name="active">The block being written is left alone; one that was full can have become it again.</param>
    public bool TryTake(Block? active, out Compaction? compaction, out Block? full)
    {
        full = null;
        while (_compactions.TryDequeue(out compaction))
        {
            if (!ReferenceEquals(compaction.Block, active) && compaction.Block.Version == compaction.Version) return true;
        }

        while (_full.TryDequeue(out full))
        {
            if (!ReferenceEquals(full, active)) return true;
        }

        return false;
    }

    // ---- With the turn ----

    /// <summary>Writes a block anew without what is deleted.</summary>
    public void Compact(Compaction compaction, ulong firstStored)
    {
        Block block = compaction.Block;
        if (block.IsGone) return;
        BlockBuffer buffer = loader.Coder.Read(block.Number, long.MaxValue, out int length);
        try
        {
            var kept = new ArrayBufferWriter<byte>((int)block.Bytes + 1024);
            if (!TryKeep(compaction, buffer.Bytes.AsSpan(0, length), firstStored, kept, out ulong lastForeign)) return;
            files.Replace(block.Number, loader.Coder.Encode(block.Number, kept.WrittenSpan, block.IsCompressed).Span);
            log.IsRewritten(block, kept.WrittenCount, lastForeign);
        }
        finally
        {
            buffer.Release();
        }
    }

    /// <summary>Compresses a block that is full.</summary>
    public void Compress(Block block)
    {
        if (block.IsGone || block.IsCompressed || block.WrittenBytes < block.RawBytes) return;
        BlockBuffer buffer = loader.Coder.Read(block.Number, long.MaxValue, out int length);
        try
        {
            ReadOnlyMemory<byte> file = loader.Coder.Encode(block.Number, buffer.Bytes.AsSpan(0, length), compresses: true);
            if (file.Length >= length) return;
            files.Replace(block.Number, file.Span);
            log.IsCompressed(block);
        }
        finally
        {
            buffer.Release();
        }
    }

    // Damage stays as it is: what can still be found out about it lies in these bytes.
    private bool TryKeep(Compaction compaction, Span<byte> records, ulong firstStored, ArrayBufferWriter<byte> target, out ulong lastForeign)
    {
        Block block = compaction.Block;
        lastForeign = 0;
        ulong last = 0;
        int sealedTo = 0;
        var scanner = new BlockScanner(records, BlockFormat.HashOfBlock(name, block.Number));
        while (scanner.MoveNext())
        {
            if (scanner.DamagedFrom < scanner.Offset) return false;
            RecordView record = scanner.Record;
            if (record.IsTombstone)
            {
                if (record.Sequence < firstStored || record.Sequence >= compaction.First) continue;
                lastForeign = Math.Max(lastForeign, record.Sequence);
            }
            else if (record.IsErased || record.Sequence <= last || !compaction.Has(record.Sequence))
            {
                continue;
            }
            else
            {
                last = record.Sequence;
            }

            target.Write(record.Bytes);
            if (target.WrittenCount - sealedTo >= SealFormat.MostSealedBytes) sealedTo = Seal(target, sealedTo, block.Number);
        }

        if (last < block.LastSequence)
        {
            // The last sequence given away here stays known.
            BlockFormat.WriteEmpty(
                target.GetSpan(BlockFormat.EmptyRecordBytes), block.LastSequence | BlockFormat.ErasedBit, block.LastTime, BlockFormat.HashOfBlock(name, block.Number));
            target.Advance(BlockFormat.EmptyRecordBytes);
        }

        Seal(target, sealedTo, block.Number);

        return scanner.SoundEnd == records.Length && scanner.DamagedFrom == records.Length;
    }

    private int Seal(ArrayBufferWriter<byte> target, int from, uint block)
    {
        if (target.WrittenCount == from) return from;
        ReadOnlySpan<byte> covered = target.WrittenSpan[from..];
        Span<byte> seal = stackalloc byte[SealFormat.RecordBytes];
        SealFormat.Write(seal, covered, endsBatch: true, BlockFormat.HashOfBlock(name, block));
        target.Write(seal);
        return target.WrittenCount;
    }
}

/// <summary>A block to be written anew, and what of it was deleted when an index was taken.</summary>
internal sealed record Compaction(Block Block, int Version, ulong First, SequenceSet Deleted)
{
    public bool Has(ulong sequence) => sequence >= First && !Deleted.Contains(sequence);
}
