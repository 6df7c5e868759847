using System.Numerics;

namespace DotNats.Storage;

/// <summary>
/// Memory of a <see cref="SubjectIndex"/>: pieces of a few large arrays, known by number, so that millions of nodes are nothing to the collector.
/// </summary>
// Owner: one index. Lifetime: a piece from Allocate to Free; Clear lets go of everything.
// Invariant: a piece lies in one array and starts at a multiple of 8 bytes; number 0 is never given away.
internal sealed class SubjectArena
{
    public const int UnitBytes = 8;

    private const int ChunkUnitsLog2 = 17;
    private const int ChunkUnits = 1 << ChunkUnitsLog2;
    private const int FirstChunkUnits = 32;

    // Whoever refers to pieces needs one bit of 32 for himself: 16 GiB.
    private const int MostChunks = 1 << (31 - ChunkUnitsLog2);

    // Pieces up to so many units are kept by their exact size, larger ones by the power of two they are rounded up to.
    private const int ExactUnits = 192;
    private const int LargeClasses = ChunkUnitsLog2 + 1;

    // Made when the first piece comes back: most indexes are small and only grow.
    private uint[] _free = [];
    private byte[][] _chunks = [];
    private int _chunkCount;
    private int _nextUnit;

    /// <summary>Bytes of all arrays.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>Bytes of the pieces in use.</summary>
    public long UsedBytes { get; private set; }

    /// <summary>The array from a piece's start on.</summary>
    public Span<byte> this[uint piece] => _chunks[(int)(piece >> ChunkUnitsLog2)].AsSpan((int)(piece & (ChunkUnits - 1)) * UnitBytes);

    /// <summary>A piece of at least so many bytes, with arbitrary content. Makes spans of other pieces invalid.</summary>
    public uint Allocate(int bytes)
    {
        int units = UnitsFor(bytes);
        UsedBytes += (long)units * UnitBytes;
        if (_free.Length == 0) return TakeNew(units);
        ref uint free = ref _free[ListOf(units)];
        if (free == 0) return TakeNew(units);
        uint piece = free;
        free = BitConverter.ToUInt32(this[piece]);
        return piece;
    }

    /// <param name="bytes">As given when it was allocated, or what rounds up to the same size.</param>
    public void Free(uint piece, int bytes)
    {
        int units = UnitsFor(bytes);
        UsedBytes -= (long)units * UnitBytes;
        Keep(piece, units);
    }

    public void Clear()
    {
        (_chunks, _free) = ([], []);
        (_chunkCount, _nextUnit, HeldBytes, UsedBytes) = (0, 0, 0, 0);
    }

    private void Keep(uint piece, int units)
    {
        if (_free.Length == 0) _free = new uint[ExactUnits + 1 + LargeClasses];
        ref uint free = ref _free[ListOf(units)];
        BitConverter.TryWriteBytes(this[piece], free);
        free = piece;
    }

    private uint TakeNew(int units)
    {
        if (_chunkCount == 0 || _nextUnit + units > ChunkUnits) AddChunk();
        byte[] chunk = _chunks[_chunkCount - 1];
        if ((_nextUnit + units) * UnitBytes > chunk.Length) GrowChunk(_nextUnit + units);
        uint piece = ((uint)(_chunkCount - 1) << ChunkUnitsLog2) + (uint)_nextUnit;
        _nextUnit += units;
        return piece;
    }

    private void AddChunk()
    {
        if (_chunkCount == MostChunks) throw new InsufficientMemoryException("an index of subjects holds 16 GiB");
        if (_chunkCount > 0) KeepRest();
        if (_chunkCount == _chunks.Length) Array.Resize(ref _chunks, Math.Max(1, _chunkCount * 2));
        // Only the first array grows: most streams have few subjects, and whoever filled one array will fill the next.
        int units = _chunkCount == 0 ? FirstChunkUnits : ChunkUnits;
        _chunks[_chunkCount++] = GC.AllocateUninitializedArray<byte>(units * UnitBytes);
        _nextUnit = _chunkCount == 1 ? 1 : 0;
        HeldBytes += (long)units * UnitBytes;
    }

    /// <summary>What is left of the last array is no loss: it serves small pieces.</summary>
    private void KeepRest()
    {
        int rest = ChunkUnits - _nextUnit;
        while (rest > 0)
        {
            int units = rest <= ExactUnits ? rest : ExactUnits;
            Keep(((uint)(_chunkCount - 1) << ChunkUnitsLog2) + (uint)_nextUnit, units);
            _nextUnit += units;
            rest -= units;
        }
    }

    private void GrowChunk(int neededUnits)
    {
        ref byte[] chunk = ref _chunks[_chunkCount - 1];
        int bytes = (int)BitOperations.RoundUpToPowerOf2((uint)neededUnits) * UnitBytes;
        HeldBytes += bytes - chunk.Length;
        byte[] grown = GC.AllocateUninitializedArray<byte>(bytes);
        chunk.CopyTo(grown, 0);
        chunk = grown;
    }

    private static int UnitsFor(int bytes)
    {
        int units = (bytes + UnitBytes - 1) / UnitBytes;
        return units <= ExactUnits ? units : (int)BitOperations.RoundUpToPowerOf2((uint)units);
    }

    private static int ListOf(int units) => units <= ExactUnits ? units : ExactUnits + BitOperations.Log2((uint)units);
}
