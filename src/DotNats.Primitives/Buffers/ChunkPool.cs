using System.Collections.Concurrent;
using System.Numerics;

namespace DotNats.Primitives;

/// <summary>
/// Pinned byte arrays of four fixed sizes for socket I/O. Renting and returning is a compare-and-swap on the current processor's shelf; a
/// shelf in use by another thread is passed by, never waited for.
/// </summary>
// Owner: any thread. A chunk belongs to whoever rented it until it is returned, which is optional: what is lost is collected.
// Lifetime: as long as the server; Trim lets go of what the last interval did not need.
// Invariant: the bytes on the shelves of one size are never more than its share of the limit.
public sealed class ChunkPool
{
    /// <summary>Bytes the pool keeps at most by default; more than that in use at once is served by the collector.</summary>
    public const long DefaultRetainedBytes = 32L * 1024 * 1024;

    /// <summary>Bytes of the smallest chunks.</summary>
    public const int SmallestChunk = 1024;

    /// <summary>Bytes of the largest chunks.</summary>
    public const int LargestChunk = 64 * 1024;

    private const int SizeClasses = 4;

    // Sixteenths of the bytes retained for each size, smallest first: most bytes in flight are in large chunks, and making one of those
    // anew costs the most; idle connections hold few small ones.
    private static readonly int[] Shares = [1, 3, 4, 8];

    private readonly ChunkShelf[] _shelves;
    private readonly int _stripeMask;
    private readonly ConcurrentDictionary<byte[], bool>? _onShelf;

    /// <param name="retainedBytes">Bytes kept at most; 1, 3, 4 and 8 sixteenths of it in chunks of 1, 4, 16 and 64 KiB.</param>
    /// <param name="detectDoubleReturn">Throw when a chunk is returned twice, and overwrite returned chunks; costs time. On in debug builds.</param>
    public ChunkPool(long retainedBytes = DefaultRetainedBytes, bool detectDoubleReturn = IsDebug)
    {
        int stripes = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(Environment.ProcessorCount, 1, 16));
        _stripeMask = stripes - 1;
        _shelves = new ChunkShelf[SizeClasses * stripes];
        for (int i = 0; i < _shelves.Length; i++)
            _shelves[i] = new ChunkShelf((int)(retainedBytes / 16 * Shares[i / stripes] / stripes / SizeOf(i / stripes)));
        _onShelf = detectDoubleReturn ? new ConcurrentDictionary<byte[], bool>(ReferenceEqualityComparer.Instance) : null;
    }

#if DEBUG
    private const bool IsDebug = true;
#else
    private const bool IsDebug = false;
#endif

    /// <summary>Bytes on the shelves now; approximate while others rent and return.</summary>
    public long RetainedBytes
    {
        get
        {
            long bytes = 0;
            for (int i = 0; i < _shelves.Length; i++)
                bytes += (long)_shelves[i].Count * SizeOf(i / (_stripeMask + 1));
            return bytes;
        }
    }

    /// <summary>
    /// A pinned array of the smallest of 1, 4, 16 and 64 KiB that holds the hint, or of 64 KiB for larger hints. Its content is arbitrary.
    /// </summary>
    public byte[] Rent(int sizeClassHint)
    {
        int sizeClass = ClassFor(sizeClassHint);
        int stripe = Thread.GetCurrentProcessorId();
        for (int i = 0; i <= _stripeMask; i++)
        {
            byte[]? chunk = Shelf(sizeClass, stripe + i).TryTake();
            if (chunk is null)
                continue;
            _onShelf?.TryRemove(chunk, out _);
            return chunk;
        }
        return GC.AllocateUninitializedArray<byte>(SizeOf(sizeClass), pinned: true);
    }

    /// <summary>Gives a chunk back; the caller must not touch it any more.</summary>
    /// <exception cref="ArgumentException">The array is of no size this pool hands out.</exception>
    /// <exception cref="InvalidOperationException">The chunk is in the pool already; only found when the pool was told to look for it.</exception>
    public void Return(byte[] chunk)
    {
        int sizeClass = ClassFor(chunk.Length);
        if (chunk.Length != SizeOf(sizeClass))
            throw new ArgumentException("not a chunk of this pool", nameof(chunk));
        if (_onShelf is not null)
            NoteReturn(chunk);
        int stripe = Thread.GetCurrentProcessorId();
        for (int i = 0; i <= _stripeMask; i++)
        {
            if (Shelf(sizeClass, stripe + i).TryPut(chunk))
                return;
        }
        _onShelf?.TryRemove(chunk, out _);
    }

    /// <summary>
    /// Drops the chunks that lay unused since the last call. The owner calls it every so often; after two calls without traffic nothing is kept.
    /// </summary>
    public void Trim()
    {
        foreach (ChunkShelf shelf in _shelves)
            shelf.Trim(_onShelf);
    }

    private static int SizeOf(int sizeClass) => SmallestChunk << (2 * sizeClass);

    private static int ClassFor(int size) => size switch
    {
        <= SmallestChunk => 0,
        <= SmallestChunk * 4 => 1,
        <= SmallestChunk * 16 => 2,
        _ => 3,
    };

    private ChunkShelf Shelf(int sizeClass, int stripe) => _shelves[(sizeClass * (_stripeMask + 1)) + (stripe & _stripeMask)];

    private void NoteReturn(byte[] chunk)
    {
        if (!_onShelf!.TryAdd(chunk, true))
            throw new InvalidOperationException("a chunk was returned twice");
        // Whoever still reads it shall notice.
        chunk.AsSpan().Fill(0xDD);
    }
}
