namespace DotNats.Storage;

/// <summary>What a redo journal has of one file.</summary>
// Lifetime: one opening of a store.
internal sealed class RedoTarget
{
    // Writes of one file follow each other; what does not is compared piece by piece.
    private const int MostSpan = 64 * 1024 * 1024;

    private readonly List<(long Offset, ReadOnlyMemory<byte> Bytes)> _writes = [];
    private long _end;

    /// <summary>Where its first byte lies.</summary>
    public long Start { get; private set; } = long.MaxValue;

    public void Add(long offset, ReadOnlyMemory<byte> bytes)
    {
        _writes.Add((offset, bytes));
        Start = Math.Min(Start, offset);
        _end = Math.Max(_end, offset + bytes.Length);
    }

    /// <summary>Writes it to the file; false where nothing was missing.</summary>
    /// <remarks>Also what can be read from there already: where a sync failed the operating system goes on showing what is not on the device, and syncing it again says nothing.</remarks>
    /// <exception cref="IOException">The disk refuses.</exception>
    public bool TryComplete(IStorageFile file)
    {
        if (_end - Start > MostSpan) return TryCompletePieces(file);
        byte[] span = new byte[_end - Start];
        bool isShort = file.Read(span, Start) < span.Length;
        bool differs = false;
        foreach ((long offset, ReadOnlyMemory<byte> bytes) in _writes)
        {
            Span<byte> there = span.AsSpan((int)(offset - Start), bytes.Length);
            if (there.SequenceEqual(bytes.Span)) continue;
            bytes.Span.CopyTo(there);
            differs = true;
        }

        file.Write(span, Start);
        return differs || isShort;
    }

    /// <summary>Writes everything, be it there or not.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void Restore(IStorageFile file)
    {
        foreach ((long offset, ReadOnlyMemory<byte> bytes) in _writes) file.Write(bytes.Span, offset);
    }

    private bool TryCompletePieces(IStorageFile file)
    {
        bool differs = false;
        foreach ((long offset, ReadOnlyMemory<byte> bytes) in _writes)
        {
            byte[] there = new byte[bytes.Length];
            differs |= file.Read(there, offset) < there.Length || !bytes.Span.SequenceEqual(there);
            file.Write(bytes.Span, offset);
        }

        return differs;
    }
}
