namespace DotNats.Primitives;

/// <summary>
/// Things under numbers, several under one number allowed. Adding and taking out cost the same however many share a number, and allocate
/// nothing while the table does not grow.
/// </summary>
// Owner: any thread; guarded by _gate, which is a leaf: only a sink's OnEntry runs beneath it.
// Lifetime: its owner's; keeps what is in. Invariant: a slot is in exactly one chain, that of its key or that of the free ones.
public sealed class KeyedTable<T>
    where T : class
{
    private const int None = -1;
    private const int SmallestSize = 16;

    // Entries shown under one hold of the lock: some ten microseconds.
    private const int SlotsAtOnce = 256;

    private readonly Lock _gate = new();
    private int[] _heads = [];
    private Slot[] _slots = [];
    private int _used;
    private int _firstFree = None;
    private int _count;

    /// <summary>What is in; may be read without the lock, as a hint.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Adds a thing; the number returned takes it out again.</summary>
    public int Add(ulong key, T value)
    {
        lock (_gate) return AddLocked(key, value);
    }

    /// <summary>Adds a thing under a number nobody has; false where somebody does.</summary>
    public bool TryAddUnique(ulong key, T value)
    {
        lock (_gate)
        {
            if (FindLocked(key) != None) return false;
            AddLocked(key, value);
            return true;
        }
    }

    /// <summary>The thing under a number; null for none. Where several are, any.</summary>
    public T? Find(ulong key)
    {
        lock (_gate)
        {
            int at = FindLocked(key);
            return at == None ? null : _slots[at].Value;
        }
    }

    /// <summary>Takes out the thing under a number and returns it: of several callers one gets it.</summary>
    public T? Take(ulong key)
    {
        lock (_gate)
        {
            int at = FindLocked(key);
            if (at == None) return null;
            T? value = _slots[at].Value;
            RemoveLocked(at);
            return value;
        }
    }

    /// <summary>Takes out what <see cref="Add"/> returned <paramref name="handle"/> for; false where that is out.</summary>
    public bool Remove(int handle, T value)
    {
        lock (_gate)
        {
            if ((uint)handle >= (uint)_used || !ReferenceEquals(_slots[handle].Value, value)) return false;
            RemoveLocked(handle);
            return true;
        }
    }

    /// <summary>Shows the sink everything under a number, under the lock.</summary>
    public void ForEach<TSink>(ulong key, ref TSink sink)
        where TSink : struct, IEntrySink<T>, allows ref struct
    {
        lock (_gate)
        {
            if (_heads.Length == 0) return;
            for (int at = _heads[Bucket(key)]; at != None; at = _slots[at].Next)
            {
                if (_slots[at].Key == key) sink.OnEntry(_slots[at].Value!);
            }
        }
    }

    /// <summary>Shows the sink everything, under the lock but not under it all the time: what comes or goes meanwhile may be seen or not.</summary>
    public void ForEach<TSink>(ref TSink sink)
        where TSink : struct, IEntrySink<T>, allows ref struct
    {
        int at = 0;
        while (ShowSome(ref at, ref sink))
        {
            // The lock was let go: others had their turn.
        }
    }

    private bool ShowSome<TSink>(ref int at, ref TSink sink)
        where TSink : struct, IEntrySink<T>, allows ref struct
    {
        lock (_gate)
        {
            int end = Math.Min(_used, at + SlotsAtOnce);
            for (; at < end; at++)
            {
                if (_slots[at].Value is { } value) sink.OnEntry(value);
            }

            return at < _used;
        }
    }

    private int AddLocked(ulong key, T value)
    {
        int at = _firstFree;
        if (at != None)
        {
            _firstFree = _slots[at].Next;
        }
        else
        {
            if (_used == _slots.Length) Grow();
            at = _used++;
        }

        int bucket = Bucket(key);
        int head = _heads[bucket];
        _slots[at] = new Slot { Key = key, Value = value, Next = head, Previous = None };
        if (head != None) _slots[head].Previous = at;
        _heads[bucket] = at;
        Volatile.Write(ref _count, _count + 1);
        return at;
    }

    private int FindLocked(ulong key)
    {
        if (_heads.Length == 0) return None;
        int at = _heads[Bucket(key)];
        while (at != None && _slots[at].Key != key) at = _slots[at].Next;
        return at;
    }

    private void RemoveLocked(int at)
    {
        ref Slot slot = ref _slots[at];
        if (slot.Next != None) _slots[slot.Next].Previous = slot.Previous;
        if (slot.Previous != None) _slots[slot.Previous].Next = slot.Next;
        else _heads[Bucket(slot.Key)] = slot.Next;
        slot = new Slot { Next = _firstFree, Previous = None };
        _firstFree = at;
        Volatile.Write(ref _count, _count - 1);
        if (_count == 0) Reset();
    }

    // Empty again: a burst must not keep its memory for ever.
    private void Reset()
    {
        _used = 0;
        _firstFree = None;
        if (_slots.Length <= SmallestSize * 64) return;
        _slots = [];
        _heads = [];
    }

    private void Grow()
    {
        int size = Math.Max(SmallestSize, _slots.Length * 2);
        Array.Resize(ref _slots, size);
        _heads = new int[size];
        Array.Fill(_heads, None);
        for (int at = 0; at < _used; at++)
        {
            ref Slot slot = ref _slots[at];
            int bucket = Bucket(slot.Key);
            slot.Previous = None;
            slot.Next = _heads[bucket];
            if (slot.Next != None) _slots[slot.Next].Previous = at;
            _heads[bucket] = at;
        }
    }

    // Keys are random or hashes: their middle bits are as good as any. The size is a power of two.
    private int Bucket(ulong key) => (int)((key * 0x9E3779B97F4A7C15) >> 33) & (_heads.Length - 1);

    private struct Slot
    {
        public ulong Key;
        public T? Value;
        public int Next;
        public int Previous;
    }
}

/// <summary>Is shown entries of a <see cref="KeyedTable{T}"/>. Runs under its lock: looks, notes, returns.</summary>
public interface IEntrySink<in T>
{
    void OnEntry(T value);
}
