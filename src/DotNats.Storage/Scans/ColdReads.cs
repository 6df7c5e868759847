namespace DotNats.Storage;

/// <summary>Reads single messages of blocks that are not in memory: a piece of the file, checked as it would be with all of the block.</summary>
// Owner: one FileLog; any thread, outside the log's gate.
internal sealed class ColdReads(BlockCoder coder, string name)
{
    /// <summary>Reads the message a scan misses. False where anything is not as it should be: the whole block is read then, and tells what.</summary>
    public bool TryRead(in Scan scan, MessageBuffer target)
    {
        try
        {
            uint block = scan.Missing!.Number;
            BlockBuffer buffer = coder.ReadPiece(block, scan.PieceFrom, (int)(scan.PieceTo - scan.PieceFrom), out int length);
            try
            {
                return TryFind(buffer.Bytes.AsSpan(0, length), scan.At, BlockFormat.HashOfBlock(name, block), target);
            }
            finally
            {
                buffer.Release();
            }
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static bool TryFind(ReadOnlySpan<byte> piece, ulong sequence, in HighwayHash64 hash, MessageBuffer target)
    {
        int at = 0;
        RecordView record;
        while (true)
        {
            if (!BlockFormat.TryRead(piece[at..], out record)) return false;
            if (record.Sequence == sequence && !record.IsTombstone && !record.IsErased) break;
            at += record.Bytes.Length;
        }

        if (!BlockFormat.IsSound(record, hash) || !IsVouchedFor(piece, at, at + record.Bytes.Length, hash)) return false;
        target.Set(record.Sequence, record.Timestamp, record.Subject, record.Headers, record.Payload);
        return true;
    }

    // No checksum of a record covers the lengths inside it; the next seal does, where there is one.
    private static bool IsVouchedFor(ReadOnlySpan<byte> piece, int found, int next, in HighwayHash64 hash)
    {
        for (int at = next; at < piece.Length;)
        {
            if (!BlockFormat.TryRead(piece[at..], out RecordView record)) return false;
            if (record.IsSeal)
            {
                int from = at - SealFormat.SealedBytes(record);
                return BlockFormat.IsSound(record, hash) && (from > found || (from >= 0 && SealFormat.IsSealOf(record, piece[from..at], hash)));
            }

            at += record.Bytes.Length;
        }

        return true;
    }
}
