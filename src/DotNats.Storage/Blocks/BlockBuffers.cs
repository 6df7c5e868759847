using System.Collections.Concurrent;

namespace DotNats.Storage;

/// <summary>The memory that blocks are collected in and read into: large pieces, used again instead of being left to the collector.</summary>
// Owner: one store, shared by its logs; any thread. Invariant: what lies here is at most MaxIdleBytes.
internal sealed class BlockBuffers
{
    // From the smallest a block starts with to the largest block nats-server makes and the record that ends it.
    private static readonly int[] Sizes = [16 * 1024, 64 * 1024, 256 * 1024, 1024 * 1024, 2304 * 1024, 4608 * 1024, 8704 * 1024];

    // Four of the largest, for blocks that are begun, read and loaded ahead, and some small ones: fresh memory costs a fault for each page.
    private const long MaxIdleBytes = 40 * 1024 * 1024;

    private readonly ConcurrentBag<byte[]>[] _idle = new ConcurrentBag<byte[]>[Sizes.Length];
    private readonly long _mostActiveBytes;
    private long _idleBytes;
    private long _activeBytes;
    private long _rents;
    private long _rentsBefore;

    /// <param name="mostActiveBytes">What blocks that are being written may have; beyond that they do with less.</param>
    public BlockBuffers(long mostActiveBytes)
    {
        _mostActiveBytes = mostActiveBytes;
        for (int i = 0; i < _idle.Length; i++) _idle[i] = [];
    }

    /// <summary>What blocks that are being written have.</summary>
    public long ActiveBytes => Volatile.Read(ref _activeBytes);

    /// <summary>They have as much as they may: who needs more gives back what it has, as soon as that is written.</summary>
    public bool AreScarce => ActiveBytes > _mostActiveBytes;

    /// <summary>A block that is being written has so many bytes more, or less.</summary>
    public void CountActive(int bytes) => Interlocked.Add(ref _activeBytes, bytes);

    /// <summary>A buffer with room for so many bytes, not cleared; its one lease is the caller's.</summary>
    public BlockBuffer Rent(int length)
    {
        int size = SizeFor(length);
        Interlocked.Increment(ref _rents);
        if (size < 0) return new BlockBuffer(this, GC.AllocateUninitializedArray<byte>(length));
        if (_idle[size].TryTake(out byte[]? bytes)) Interlocked.Add(ref _idleBytes, -bytes.Length);
        return new BlockBuffer(this, bytes ?? GC.AllocateUninitializedArray<byte>(Sizes[size]));
    }

    /// <summary>Lets go of what lies here, where nobody took anything since the last time.</summary>
    public void Age()
    {
        long rents = Volatile.Read(ref _rents);
        bool isIdle = rents == _rentsBefore;
        _rentsBefore = rents;
        for (int i = 0; isIdle && i < _idle.Length; i++)
        {
            while (_idle[i].TryTake(out byte[]? bytes)) Interlocked.Add(ref _idleBytes, -bytes.Length);
        }
    }

    internal void Return(byte[] bytes)
    {
        int size = SizeFor(bytes.Length);
        if (size < 0 || Sizes[size] != bytes.Length) return;
        if (Interlocked.Add(ref _idleBytes, bytes.Length) > MaxIdleBytes) Interlocked.Add(ref _idleBytes, -bytes.Length);
        else _idle[size].Add(bytes);
    }

    private static int SizeFor(int length)
    {
        for (int i = 0; i < Sizes.Length; i++)
        {
            if (length <= Sizes[i]) return i;
        }

        return -1;
    }
}

/// <summary>Bytes of one block, held by everyone who has a lease on them.</summary>
// Owner: its leases; the last one returned gives the bytes back. Invariant: bytes once readable by others do not change.
internal sealed class BlockBuffer(BlockBuffers pool, byte[] bytes)
{
    private int _leases = 1;

    public byte[] Bytes => bytes;

    public int Capacity => bytes.Length;

    /// <summary>An index over them, whose room is given back with them; null for none.</summary>
    public RecordIndex? Index { get; set; }

    /// <summary>Takes a lease where somebody is sure to have one.</summary>
    public void Hold() => Interlocked.Increment(ref _leases);

    /// <summary>Takes a lease; false where the last one is gone.</summary>
    public bool TryHold()
    {
        int leases = Volatile.Read(ref _leases);
        while (leases > 0)
        {
            int seen = Interlocked.CompareExchange(ref _leases, leases + 1, leases);
            if (seen == leases) return true;
            leases = seen;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _leases) != 0) return;
        Index?.GiveBack();
        pool.Return(bytes);
    }
}
