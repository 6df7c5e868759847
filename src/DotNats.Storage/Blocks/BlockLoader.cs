namespace DotNats.Storage;

/// <summary>Reads block files into memory, checking every record.</summary>
// Owner: one log; any thread, outside the log's gate.
internal sealed class BlockLoader(IStorageFiles files, string name, string directory, BlockBuffers buffers)
{
    public string PathOf(uint block) => Path.Combine(directory, string.Create(null, $"{block}.blk"));

    /// <summary>Reads a block.</summary>
    /// <param name="length">At most so many bytes of it: what is behind them is being written.</param>
    /// <param name="version">The block's, when this was asked for.</param>
    /// <param name="damage">Gets what is not as it was written.</param>
    /// <returns>Its sound records, with the caller's lease.</returns>
    public BlockContent Load(uint block, long length, int version, ICollection<LogDamage> damage)
    {
        BlockBuffer buffer = ReadFile(block, length, out int read);
        var index = new RecordIndex();
        var scanner = new BlockScanner(buffer.Bytes.AsSpan(0, read), BlockFormat.HashOfBlock(name, block));
        while (scanner.MoveNext())
        {
            if (scanner.DamagedFrom < scanner.Offset)
                Report(damage, block, scanner.DamagedFrom, scanner.Offset, index.LastSequence + 1, scanner.Record);
            RecordView record = scanner.Record;
            if (!record.IsTombstone && !record.IsErased && record.Sequence > index.LastSequence)
                index.Add(record.Sequence, scanner.Offset, SubjectHash.Of(record.Subject));
        }

        if (scanner.SoundEnd < read) damage.Add(new LogDamage(PlaceOf(block, scanner.SoundEnd), $"{read - scanner.SoundEnd} bytes are no records", index.LastSequence + 1, 0));
        return new BlockContent(buffer, read, index, version);
    }

    /// <summary>The bytes of a block's records; the caller has the lease.</summary>
    public BlockBuffer ReadFile(uint block, long length, out int read)
    {
        using IStorageFile file = files.Open(PathOf(block), create: false);
        int wanted = checked((int)Math.Min(length, file.Length));
        BlockBuffer buffer = buffers.Rent(wanted);
        try
        {
            read = file.Read(buffer.Bytes.AsSpan(0, wanted), 0);
            return buffer;
        }
        catch
        {
            buffer.Release();
            throw;
        }
    }

    public string PlaceOf(uint block, long offset) => string.Create(null, $"{PathOf(block)} at byte {offset}");

    private void Report(ICollection<LogDamage> damage, uint block, int from, int to, ulong first, in RecordView next)
    {
        ulong last = next.IsTombstone ? 0 : next.Sequence - 1;
        damage.Add(new LogDamage(PlaceOf(block, from), $"{to - from} bytes are no records", first, Math.Max(last, first)));
    }
}
