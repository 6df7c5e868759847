using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace DotNats.Primitives;

/// <summary>A bounded stack of chunks of one size that never waits: when another thread is at it, it has nothing to give or no room.</summary>
internal sealed class ChunkShelf(int capacity)
{
    // Shelves of several processors are made one after the other; on one cache line they would slow each other down.
    internal CacheLines Padding;

    private byte[]?[] _chunks = [];
    private int _count;

    // The fewest chunks since the last Trim: that many were not needed.
    private int _lowest;
    private int _busy;

    public int Count => Volatile.Read(ref _count);

    public byte[]? TryTake()
    {
        if (Volatile.Read(ref _count) == 0 || !TryEnter())
            return null;
        byte[]? chunk = null;
        if (_count > 0)
        {
            chunk = _chunks[--_count];
            _chunks[_count] = null;
            _lowest = Math.Min(_lowest, _count);
        }
        Leave();
        return chunk;
    }

    public bool TryPut(byte[] chunk)
    {
        if (Volatile.Read(ref _count) >= capacity || !TryEnter())
            return false;
        bool hasRoom = _count < capacity;
        if (hasRoom)
        {
            if (_count == _chunks.Length)
                Array.Resize(ref _chunks, Math.Min(capacity, Math.Max(8, _count * 2)));
            _chunks[_count++] = chunk;
        }
        Leave();
        return hasRoom;
    }

    public void Trim(ConcurrentDictionary<byte[], bool>? onShelf)
    {
        if (!TryEnter())
            return;
        int unused = _lowest;
        if (unused > 0)
            DropOldest(unused, onShelf);
        _lowest = _count;
        Leave();
    }

    /// <summary>From the bottom of the stack: those were untouched for longest.</summary>
    private void DropOldest(int unused, ConcurrentDictionary<byte[], bool>? onShelf)
    {
        for (int i = 0; i < unused; i++)
            onShelf?.TryRemove(_chunks[i]!, out _);
        _count -= unused;
        byte[]?[] kept = new byte[]?[_count];
        Array.Copy(_chunks, unused, kept, 0, _count);
        _chunks = kept;
    }

    private bool TryEnter() => Volatile.Read(ref _busy) == 0 && Interlocked.Exchange(ref _busy, 1) == 0;

    private void Leave() => Volatile.Write(ref _busy, 0);

    [StructLayout(LayoutKind.Sequential, Size = 128)]
    internal struct CacheLines;
}
