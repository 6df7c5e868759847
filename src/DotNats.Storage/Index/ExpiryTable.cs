namespace DotNats.Storage;

/// <summary>Deadlines of messages that have a time of their own: the earliest is known at once, any can be taken back. About 40 bytes for each.</summary>
/// <remarks>A heap of four children for each parent, ordered by deadline, and a hash table from sequences to places in it.</remarks>
// Owner: one log, under its gate. Invariant: each sequence at most once; every entry in use is where its place in the heap says.
internal sealed class ExpiryTable
{
    private const int Branches = 4;
    private const int SmallestSize = 16;

    private Place[] _heap = [];
    private Entry[] _entries = [];
    private int[] _buckets = [];
    private int _freeEntry = -1;
    private int _usedEntries;

    /// <summary>Number of deadlines.</summary>
    public int Count { get; private set; }

    /// <summary>The earliest deadline; <see cref="long.MaxValue"/> where there is none.</summary>
    public long Earliest => Count == 0 ? long.MaxValue : _heap[0].Deadline;

    /// <summary>The sequence with the earliest deadline; 0 where there is none.</summary>
    public ulong EarliestSequence => Count == 0 ? 0 : _entries[_heap[0].Entry].Sequence;

    /// <summary>Puts a sequence in, or gives it another deadline.</summary>
    public void Set(ulong sequence, long deadline)
    {
        Remove(sequence);
        if (Count == _heap.Length) Resize(Math.Max(SmallestSize, Count * 2));
        int entry = TakeEntry();
        ref int bucket = ref BucketOf(sequence);
        _entries[entry] = new Entry { Sequence = sequence, Next = bucket - 1 };
        bucket = entry + 1;
        Count++;
        Rise(Count - 1, new Place(deadline, entry));
    }

    /// <summary>False where the sequence has no deadline.</summary>
    public bool Remove(ulong sequence)
    {
        if (Count == 0) return false;
        int entry = Unlink(sequence);
        if (entry < 0) return false;
        int hole = _entries[entry].HeapIndex;
        _entries[entry].Next = _freeEntry;
        _freeEntry = entry;
        Count--;
        Place last = _heap[Count];
        if (hole < Count)
        {
            if (hole > 0 && _heap[Parent(hole)].Deadline > last.Deadline) Rise(hole, last);
            else Sink(hole, last);
        }

        if (Count == 0) Clear();
        else if (Count < _heap.Length / 4 && _heap.Length > SmallestSize) Resize(Count * 2);
        return true;
    }

    /// <summary>Adds all sequences with their deadlines, in no order.</summary>
    public void CopyTo(ICollection<KeyValuePair<ulong, long>> target)
    {
        for (int i = 0; i < Count; i++) target.Add(new KeyValuePair<ulong, long>(_entries[_heap[i].Entry].Sequence, _heap[i].Deadline));
    }

    public void Clear()
    {
        (_heap, _entries, _buckets) = ([], [], []);
        (_freeEntry, _usedEntries, Count) = (-1, 0, 0);
    }

    private static int Parent(int index) => (index - 1) / Branches;

    // Sequences come in runs: spread them with the fraction of the golden ratio.
    private ref int BucketOf(ulong sequence) => ref _buckets[(int)((sequence * 0x9E3779B97F4A7C15) >> 33) & (_buckets.Length - 1)];

    private int Unlink(ulong sequence)
    {
        ref int bucket = ref BucketOf(sequence);
        int entry = bucket - 1;
        int before = -1;
        while (entry >= 0 && _entries[entry].Sequence != sequence) (before, entry) = (entry, _entries[entry].Next);
        if (entry < 0) return -1;
        if (before < 0) bucket = _entries[entry].Next + 1;
        else _entries[before].Next = _entries[entry].Next;
        return entry;
    }

    private int TakeEntry()
    {
        if (_freeEntry < 0) return _usedEntries++;
        int entry = _freeEntry;
        _freeEntry = _entries[entry].Next;
        return entry;
    }

    private void Rise(int index, Place place)
    {
        while (index > 0 && _heap[Parent(index)].Deadline > place.Deadline)
        {
            Put(index, _heap[Parent(index)]);
            index = Parent(index);
        }

        Put(index, place);
    }

    private void Sink(int index, Place place)
    {
        while (true)
        {
            int first = (index * Branches) + 1;
            int least = -1;
            long deadline = place.Deadline;
            for (int child = first; child < Math.Min(first + Branches, Count); child++)
            {
                if (_heap[child].Deadline < deadline) (least, deadline) = (child, _heap[child].Deadline);
            }

            if (least < 0) break;
            Put(index, _heap[least]);
            index = least;
        }

        Put(index, place);
    }

    private void Put(int index, Place place)
    {
        _heap[index] = place;
        _entries[place.Entry].HeapIndex = index;
    }

    /// <summary>Makes all three arrays anew; entries lie in the order of the heap afterwards.</summary>
    private void Resize(int size)
    {
        var heap = new Place[size];
        var entries = new Entry[size];
        _buckets = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)size)];
        for (int i = 0; i < Count; i++)
        {
            ulong sequence = _entries[_heap[i].Entry].Sequence;
            ref int bucket = ref BucketOf(sequence);
            heap[i] = new Place(_heap[i].Deadline, i);
            entries[i] = new Entry { Sequence = sequence, HeapIndex = i, Next = bucket - 1 };
            bucket = i + 1;
        }

        (_heap, _entries, _usedEntries, _freeEntry) = (heap, entries, Count, -1);
    }

    private readonly record struct Place(long Deadline, int Entry);

    private struct Entry
    {
        public ulong Sequence;
        public int HeapIndex;

        /// <summary>Next in the bucket or among the free ones; -1 for none.</summary>
        public int Next;
    }
}
