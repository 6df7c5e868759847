namespace DotNats.JetStream.Consumers.State;

/// <summary>Pending messages with a time of their own; the earliest is on top.</summary>
// Owner: one DueTimes. Invariant: each knows its place in the heap.
internal sealed class DelayHeap(PendingTable table)
{
    private const int SmallestSize = 16;

    private int[] _slots = [];

    public int Count { get; private set; }

    /// <summary>The slot that is due first; there is one.</summary>
    public int Top => _slots[0];

    public void Add(int at)
    {
        if (Count == _slots.Length) Array.Resize(ref _slots, Math.Max(SmallestSize, 2 * _slots.Length));
        Rise(Count++, at);
    }

    public void Remove(int at)
    {
        int hole = table[at].HeapAt;
        int last = _slots[--Count];
        if (last == at) return;
        if (hole > 0 && table[last].Due < table[_slots[(hole - 1) / 2]].Due) Rise(hole, last);
        else Sink(hole, last);
    }

    public void Clear() => Count = 0;

    private void Rise(int place, int at)
    {
        long due = table[at].Due;
        while (place > 0)
        {
            int above = (place - 1) / 2;
            if (table[_slots[above]].Due <= due) break;
            Put(place, _slots[above]);
            place = above;
        }

        Put(place, at);
    }

    private void Sink(int place, int at)
    {
        long due = table[at].Due;
        while (true)
        {
            int below = (2 * place) + 1;
            if (below >= Count) break;
            if (below + 1 < Count && table[_slots[below + 1]].Due < table[_slots[below]].Due) below++;
            if (table[_slots[below]].Due >= due) break;
            Put(place, _slots[below]);
            place = below;
        }

        Put(place, at);
    }

    private void Put(int place, int at)
    {
        _slots[place] = at;
        table[at].HeapAt = place;
    }
}
