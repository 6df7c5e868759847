namespace DotNats.Storage;

/// <summary>The end of the block being written: the records that are in memory, and how many of their bytes were handed out to be written.</summary>
// Owner: the log's LogContents, under its gate. Bytes below Taken may be read by whoever writes them, with a lease, outside the gate.
// Lifetime: from the block's first record, or the log's opening, until the block is full.
// Invariant: Taken <= Length; Start + Length is the block's RawBytes; bytes once appended do not change.
internal sealed class ActiveBlock(Block block, HighwayHash64 hash, BlockBuffers buffers)
{
    private const int SmallestBuffer = 16 * 1024;

    // A log that fills blocks fills the next one too: growing by halves would copy each byte once more.
    private int _expectedBytes;
    private BlockBuffer? _buffer;

    // What was appended since the last seal starts here.
    private int _sealed;

    public Block Block => block;

    /// <summary>Over the messages in memory.</summary>
    public RecordIndex Index { get; private set; } = new();

    /// <summary>Where in the file the bytes in memory start; what is before them is read from the file.</summary>
    public long Start { get; private set; } = block.RawBytes;

    public int Length { get; private set; }

    /// <summary>Bytes in memory that were handed out to be written.</summary>
    public int Taken { get; private set; }

    public int Waiting => Length - Taken;

    /// <summary>More memory would be needed for so many bytes, and blocks that are being written have as much as they may.</summary>
    public bool IsCrowdedBy(int bytes) => _buffer is { } buffer && Length + bytes > buffer.Capacity && buffers.AreScarce;

    /// <summary>Messages from this sequence on lie in memory.</summary>
    public ulong Tail => Start == 0 ? 0 : Index.Count == 0 ? ulong.MaxValue : Index.FirstSequence;

    /// <summary>The records in memory.</summary>
    public RecordRun Run => new(block, Index, Bytes, Tail, block.LastSequence);

    /// <summary>The message at a sequence, if there is one, lies in memory, and so does the number of its subject.</summary>
    public bool Speaks(ulong sequence) => Index.Count > 0 && Index.Numbers.Length == Index.Count && (Start == 0 || sequence >= Index.FirstSequence);

    public ReadOnlySpan<byte> Bytes => _buffer is null ? default : _buffer.Bytes.AsSpan(0, Length);

    /// <summary>It follows a block that was filled in memory: it will be as large.</summary>
    public void Expect(ActiveBlock before)
    {
        _expectedBytes = before.Length;
        Index = new RecordIndex(before.Index.Count + (before.Index.Count / 16));
    }

    /// <summary>Appends a message.</summary>
    /// <param name="bytes">Of its record.</param>
    public void Append(ulong sequence, in NewMessage message, int bytes)
    {
        if (Length - _sealed >= SealFormat.MostSealedBytes) AppendSeal(endsBatch: false);
        Span<byte> target = Extend(bytes);
        BlockFormat.Write(target, sequence, message, hash);
        Index.Add(sequence, Length - bytes, SubjectHash.Of(message.Subject));
    }

    /// <summary>Appends a record without content.</summary>
    /// <param name="sequence">With the bit that says what it is.</param>
    public void AppendEmpty(ulong sequence, long timestamp) =>
        BlockFormat.WriteEmpty(Extend(BlockFormat.EmptyRecordBytes), sequence, timestamp, hash);

    /// <summary>Hands out the bytes that nobody has yet, with a lease on them.</summary>
    public BlockWrite Take()
    {
        AppendSeal(endsBatch: true);
        _buffer!.Hold();
        var write = new BlockWrite(block, _buffer, Taken, Waiting, Start + Taken);
        Taken = Length;
        return write;
    }

    /// <summary>Overwrites a record in memory; it was overwritten in the file. Nobody is writing from here.</summary>
    public void Erase(ulong sequence)
    {
        int at = Index.Find(sequence);
        if (at < 0) return;
        Span<byte> bytes = _buffer!.Bytes.AsSpan(Index.OffsetAt(at), Length - Index.OffsetAt(at));
        if (BlockFormat.TryRead(bytes, out RecordView record)) BlockFormat.Erase(bytes[..record.Bytes.Length], sequence, hash);
        Index.Remove(sequence);
    }

    /// <summary>Ends the block: what of it is in memory becomes a content; null for nothing.</summary>
    public BlockContent? Seal()
    {
        BlockBuffer? buffer = _buffer;
        Use(null);
        return buffer is null ? null : new BlockContent(buffer, Length, Index, block.Version);
    }

    /// <summary>Gives the memory back; nobody asks for it any more.</summary>
    public void Discard()
    {
        _buffer?.Release();
        Use(null);
    }

    /// <summary>Gives the memory back; everything was written. What is asked for later is read from the file.</summary>
    public void Park()
    {
        if (_buffer is null) return;
        _buffer.Release();
        Use(null);
        (Start, Length, Taken, _sealed) = (Start + Length, 0, 0, 0);
        Index = new RecordIndex();
        _expectedBytes = 0;
        block.Version++;
    }

    private void AppendSeal(bool endsBatch)
    {
        if (Length == _sealed) return;
        int covered = Length;
        Span<byte> target = Extend(SealFormat.RecordBytes);
        SealFormat.Write(target, _buffer!.Bytes.AsSpan(_sealed, covered - _sealed), endsBatch, hash);
        _sealed = Length;
    }

    private Span<byte> Extend(int bytes)
    {
        int needed = checked(Length + bytes);
        if (_buffer is null) Use(buffers.Rent(Math.Max(Math.Max(SmallestBuffer, _expectedBytes), needed)));
        else if (_buffer.Capacity < needed) Grow(needed);
        Span<byte> target = _buffer!.Bytes.AsSpan(Length, bytes);
        Length = needed;
        block.RawBytes += bytes;
        return target;
    }

    // Whoever is writing from the old one has a lease of its own.
    private void Grow(int needed)
    {
        BlockBuffer old = _buffer!;
        Use(buffers.Rent(Math.Max(needed, 2 * old.Capacity)));
        old.Bytes.AsSpan(0, Length).CopyTo(_buffer!.Bytes);
        old.Release();
    }

    private void Use(BlockBuffer? buffer)
    {
        buffers.CountActive((buffer?.Capacity ?? 0) - (_buffer?.Capacity ?? 0));
        _buffer = buffer;
    }
}

/// <summary>Bytes to be written to a block file, with a lease on them.</summary>
/// <param name="From">Where they start in the buffer.</param>
/// <param name="Offset">Where they belong in the file.</param>
internal readonly record struct BlockWrite(Block Block, BlockBuffer Buffer, int From, int Length, long Offset)
{
    public ReadOnlySpan<byte> Bytes => Buffer.Bytes.AsSpan(From, Length);
}
