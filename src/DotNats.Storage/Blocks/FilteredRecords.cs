namespace DotNats.Storage;

/// <summary>Reads of a block what some filters match, a piece at a time, and keeps only that: the rest is checked and forgotten.</summary>
/// <remarks>
/// It is proven by seals as all of the block would be; where they do not prove it, or where much of the block is wanted, there is no result, and the block is
/// to be loaded as a whole.
/// </remarks>
// Owner: who loads a block. Lifetime: one load; Dispose gives back what is not handed over.
internal sealed class FilteredRecords(BlockBuffers buffers, SubjectFilters filters, HighwayHash64 hash) : IDisposable
{
    // Each byte is read into memory that the processor has at hand.
    private const int PieceBytes = 256 * 1024;

    // Of what one in so many bytes is wanted, the whole is worth keeping for others.
    private const int LeastPart = 3;

    private readonly BlockBuffer _piece = buffers.Rent(PieceBytes);
    private BlockBuffer? _kept;
    private RecordIndex? _index;
    private int _keptBytes;
    private SealWalk _walk = new(hash);

    /// <summary>Too much was wanted.</summary>
    public bool IsDense { get; private set; }

    /// <summary>Reads a block from its beginning to its end.</summary>
    /// <param name="length">Bytes that it has to have.</param>
    /// <param name="version">Of the block, when this was asked for.</param>
    /// <returns>The records that match, with the caller's lease; null where they are to be read with all others.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public BlockContent? Read(BlockReading reading, int length, int version)
    {
        int held = 0;
        while (_walk.Position + held < length)
        {
            int wanted = Math.Min(PieceBytes - held, length - _walk.Position - held);
            if (wanted == 0 || reading.Read(_piece.Bytes.AsSpan(held, wanted), _walk.Position + held) < wanted) return null;
            Span<byte> bytes = _piece.Bytes.AsSpan(0, held + wanted);
            bool isFirst = _walk.Position == 0;
            int walked = Walk(bytes);
            if (_walk.HasFailed) return null;
            if (isFirst && !IsWorthIt(walked, length)) return null;
            held = bytes.Length - walked;
            bytes[walked..].CopyTo(_piece.Bytes);
        }

        return held == 0 && _walk.IsAtSeal ? HandOver(version) : null;
    }

    public void Dispose()
    {
        _piece.Release();
        _kept?.Release();
        _index?.GiveBack();
    }

    private int Walk(ReadOnlySpan<byte> bytes)
    {
        var sieve = new Sieve(this, SubjectMatch.Of(filters));
        return _walk.Walk(bytes, ref sieve);
    }

    // The first piece tells how much room the others will need.
    private bool IsWorthIt(int walked, int length)
    {
        IsDense = (long)_keptBytes * LeastPart > walked;
        if (IsDense) return false;
        MakeRoom((int)Math.Min(length, _keptBytes * 9L / 8 * length / Math.Max(1, walked)));
        return true;
    }

    private void Keep(in RecordView record)
    {
        int needed = _keptBytes + record.Bytes.Length;
        if (_kept is null || _kept.Capacity < needed) MakeRoom(Math.Max(needed, 2 * _keptBytes));
        record.Bytes.CopyTo(_kept!.Bytes.AsSpan(_keptBytes));
        (_index ??= RecordIndex.Rent(0)).Add(record.Sequence, _keptBytes, SubjectHash.Of(record.Subject));
        _keptBytes = needed;
    }

    private void MakeRoom(int bytes)
    {
        if (_kept?.Capacity >= bytes) return;
        BlockBuffer more = buffers.Rent(bytes);
        _kept?.Bytes.AsSpan(0, _keptBytes).CopyTo(more.Bytes);
        _kept?.Release();
        _kept = more;
    }

    private BlockContent HandOver(int version)
    {
        BlockBuffer buffer = _kept ?? buffers.Rent(0);
        RecordIndex index = _index ?? new RecordIndex();
        buffer.Index = index;
        (_kept, _index) = (null, null);
        return new BlockContent(buffer, _keptBytes, index, version);
    }

    private readonly ref struct Sieve(FilteredRecords owner, SubjectMatch match) : IRecordTarget
    {
        private readonly SubjectMatch _match = match;

        public void Take(in RecordView record, int offset)
        {
            if (_match.Matches(record.Subject)) owner.Keep(record);
        }
    }
}
