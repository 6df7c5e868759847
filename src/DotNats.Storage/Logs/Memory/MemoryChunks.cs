using System.Buffers;
using System.Numerics;

namespace DotNats.Storage;

/// <summary>
/// Chunks from the shared array pool that hold the records of a memory log one behind the other. A chunk that holds nothing any more goes back
/// at once, which is all where the oldest messages go first; where more is dead than alive, half empty chunks are offered to be emptied.
/// </summary>
// Owner: one log, under its gate. Lifetime of a location: from Allocate to Free.
// Invariant: one chunk is active and takes what is allocated; the list of sparse ones has those others of which at least half is dead.
internal sealed class MemoryChunks
{
    private const int SmallestChunk = 4 * 1024;
    private const int LargestChunk = 8 * 1024 * 1024;

    // Such a record has an array of its own: it would leave too much of a chunk unused.
    private const int LargeRecord = 64 * 1024;

    private readonly List<Chunk> _sparse = [];
    private readonly Stack<int> _freeIds = new();
    private Chunk?[] _chunks = [];
    private int _chunkCount;
    private Chunk? _active;

    // Of all chunks but the active one.
    private long _sealedUsed;
    private long _sealedLive;

    /// <summary>Bytes of all arrays.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>The array of a location from there on.</summary>
    public Span<byte> this[long location] => _chunks[(int)(location >> 32)]!.Bytes.AsSpan((int)(uint)location);

    /// <param name="size">A multiple of 8.</param>
    /// <returns>A location, never 0.</returns>
    public long Allocate(int size)
    {
        Chunk chunk;
        if (size >= LargeRecord)
        {
            chunk = AddChunk(size);
        }
        else
        {
            if (_active is null || _active.Bytes.Length - _active.Used < size) Activate(size);
            chunk = _active!;
        }

        int offset = chunk.Used;
        chunk.Used += size;
        chunk.Live += size;
        if (chunk != _active) CountSealed(size, size);
        return ((long)chunk.Id << 32) | (uint)offset;
    }

    /// <returns>True where its chunk has nothing else.</returns>
    public bool Free(long location, int size)
    {
        Chunk chunk = _chunks[(int)(location >> 32)]!;
        chunk.Live -= size;
        if (chunk != _active) CountSealed(0, -size);
        if (chunk.Live == 0) Release(chunk);
        else if (chunk != _active) NoteSparse(chunk);
        return chunk.Live == 0;
    }

    /// <summary>Names a chunk whose live records should move, so that it can go. Whoever moves them frees each.</summary>
    public bool TryTakeSparse(out int id)
    {
        bool isWorthIt = _sparse.Count > 0 && _sealedUsed > (2 * _sealedLive) + SmallestChunk;
        id = isWorthIt ? _sparse[^1].Id : 0;
        return isWorthIt;
    }

    /// <summary>Locations in a chunk end here.</summary>
    public int UsedOf(int id) => _chunks[id]!.Used;

    public static long LocationOf(int id, int offset) => ((long)id << 32) | (uint)offset;

    public void Clear()
    {
        for (int id = 1; id <= _chunkCount; id++)
        {
            if (_chunks[id] is { } chunk) GiveBack(chunk);
        }

        (_chunks, _chunkCount, _active, _sealedUsed, _sealedLive) = ([], 0, null, 0, 0);
        _freeIds.Clear();
        _sparse.Clear();
    }

    private void Activate(int size)
    {
        Chunk? sealedChunk = _active;
        // A sixteenth of what is there: small streams stay small, large ones fill few chunks.
        int wanted = (int)Math.Clamp(HeldBytes / 16, SmallestChunk, LargestChunk);
        _active = AddChunk(Math.Max((int)BitOperations.RoundUpToPowerOf2((uint)wanted), size));
        if (_active.Bytes.Length >= LargestChunk) UnixCalls.WantHugePages(_active.Bytes);
        if (sealedChunk is null) return;
        CountSealed(sealedChunk.Used, sealedChunk.Live);
        if (sealedChunk.Live == 0) Release(sealedChunk);
        else NoteSparse(sealedChunk);
    }

    private Chunk AddChunk(int size)
    {
        int pooledSize = (int)BitOperations.RoundUpToPowerOf2((uint)size);
        bool isPooled = pooledSize - size <= size / 4 || size < LargeRecord;
        byte[] bytes = isPooled ? ArrayPool<byte>.Shared.Rent(size) : GC.AllocateUninitializedArray<byte>(size);
        if (!_freeIds.TryPop(out int id)) id = ++_chunkCount;
        if (id >= _chunks.Length) Array.Resize(ref _chunks, Math.Max(4, id * 2));
        var chunk = new Chunk(id, bytes, isPooled);
        _chunks[id] = chunk;
        HeldBytes += bytes.Length;
        return chunk;
    }

    private void NoteSparse(Chunk chunk)
    {
        if (chunk.SparseIndex >= 0 || chunk.Live > chunk.Used / 2) return;
        chunk.SparseIndex = _sparse.Count;
        _sparse.Add(chunk);
    }

    private void Release(Chunk chunk)
    {
        if (chunk == _active)
        {
            // What is written and read at once, as in a queue, goes round in one chunk.
            chunk.Used = 0;
            return;
        }

        CountSealed(-chunk.Used, 0);
        if (chunk.SparseIndex >= 0)
        {
            Chunk last = _sparse[^1];
            _sparse[chunk.SparseIndex] = last;
            last.SparseIndex = chunk.SparseIndex;
            _sparse.RemoveAt(_sparse.Count - 1);
        }

        _chunks[chunk.Id] = null;
        _freeIds.Push(chunk.Id);
        GiveBack(chunk);
    }

    private void CountSealed(long used, long live)
    {
        _sealedUsed += used;
        _sealedLive += live;
    }

    // Cleared: what was erased elsewhere must not live on in a copy.
    private void GiveBack(Chunk chunk)
    {
        HeldBytes -= chunk.Bytes.Length;
        if (chunk.IsPooled) ArrayPool<byte>.Shared.Return(chunk.Bytes, clearArray: chunk.WasMoved);
    }

    /// <summary>Some records of the chunk lie elsewhere now.</summary>
    public void NoteMoved(int id) => _chunks[id]!.WasMoved = true;

    private sealed class Chunk(int id, byte[] bytes, bool isPooled)
    {
        public int Id => id;

        public byte[] Bytes => bytes;

        public bool IsPooled => isPooled;

        public int Used { get; set; }

        public int Live { get; set; }

        /// <summary>Index in the list of sparse chunks; -1 for not there.</summary>
        public int SparseIndex { get; set; } = -1;

        public bool WasMoved { get; set; }
    }
}
