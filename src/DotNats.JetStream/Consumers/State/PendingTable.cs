using System.Numerics;

namespace DotNats.JetStream.Consumers.State;

/// <summary>Where a pending message waits.</summary>
internal enum SlotPlace : byte
{
    Nowhere,

    /// <summary>For its acknowledgement, in the list of its wait.</summary>
    Waiting,

    /// <summary>For a time of its own, in the heap.</summary>
    Delayed,

    /// <summary>To be delivered again.</summary>
    Queued,
}

/// <summary>One pending message: what is known of it and its links in the structures it is in.</summary>
internal struct PendingSlot
{
    public ulong Stream;
    public ulong Consumer;

    /// <summary>When it was delivered, or its client said that it is at work.</summary>
    public long Since;

    /// <summary>When it is or was due; 0 for what follows from since when it waits.</summary>
    public long Due;

    public int Deliveries;

    // The chain of its bucket, or of free slots.
    public int ChainNext;

    // In the order of sequences.
    public int Earlier;
    public int Later;

    // In the list of its wait or of redeliveries; it is in one at most.
    public int QueuePrevious;
    public int QueueNext;

    public int HeapAt;
    public SlotPlace Place;
}

/// <summary>The messages that wait for an acknowledgement: found by stream sequence, kept in the order of their sequences, all in O(1).</summary>
/// <remarks>64 bytes a message and no object. Messages come with growing sequences only and go from anywhere.</remarks>
// Owner: one ConsumerState. Lifetime: that of its consumer.
// Invariant: stream sequences grow along Later, and so do consumer sequences.
internal sealed class PendingTable
{
    public const int None = -1;

    private const int SmallestSize = 16;

    private PendingSlot[] _slots = [];
    private int[] _heads = [];
    private int _free = None;
    private int _used;
    private int _shift;

    public int Count { get; private set; }

    /// <summary>The slot with the lowest sequence.</summary>
    public int First { get; private set; } = None;

    /// <summary>The slot with the highest sequence.</summary>
    public int Last { get; private set; } = None;

    public ref PendingSlot this[int at] => ref _slots[at];

    /// <summary>The slot of a message; <see cref="None"/> where it is not pending.</summary>
    public int Find(ulong stream)
    {
        if (Count == 0) return None;
        int at = _heads[Bucket(stream)];
        while (at != None && _slots[at].Stream != stream) at = _slots[at].ChainNext;
        return at;
    }

    /// <summary>Adds a message behind the last.</summary>
    public int Add(ulong stream, ulong consumer)
    {
        if (Count == _slots.Length) Resize(Math.Max(SmallestSize, 2 * _slots.Length));
        int at = _free;
        if (at == None) at = _used++;
        else _free = _slots[at].ChainNext;

        ref int head = ref _heads[Bucket(stream)];
        _slots[at] = new PendingSlot { Stream = stream, Consumer = consumer, ChainNext = head, Earlier = Last, Later = None, Deliveries = 1 };
        head = at;
        if (Last == None) First = at;
        else _slots[Last].Later = at;
        Last = at;
        Count++;
        return at;
    }

    /// <summary>Removes a message that is in no list any more.</summary>
    public void Remove(int at)
    {
        ref PendingSlot slot = ref _slots[at];
        ref int link = ref _heads[Bucket(slot.Stream)];
        while (link != at) link = ref _slots[link].ChainNext;
        link = slot.ChainNext;
        if (slot.Earlier == None) First = slot.Later;
        else _slots[slot.Earlier].Later = slot.Later;
        if (slot.Later == None) Last = slot.Earlier;
        else _slots[slot.Later].Earlier = slot.Earlier;
        slot.ChainNext = _free;
        _free = at;
        Count--;
    }

    public void Clear()
    {
        Array.Fill(_heads, None);
        First = Last = _free = None;
        _used = Count = 0;
    }

    private void Resize(int size)
    {
        // Slots keep their numbers: the lists link them by those.
        Array.Resize(ref _slots, size);
        _heads = new int[size];
        Array.Fill(_heads, None);
        _shift = 64 - BitOperations.Log2((uint)size);
        for (int at = First; at != None; at = _slots[at].Later)
        {
            ref int head = ref _heads[Bucket(_slots[at].Stream)];
            _slots[at].ChainNext = head;
            head = at;
        }
    }

    // The golden ratio in 64 bits spreads sequences that follow each other at any distance.
    private int Bucket(ulong stream) => (int)((stream * 0x9E3779B97F4A7C15) >> _shift);
}
