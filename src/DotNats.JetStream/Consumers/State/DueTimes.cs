using DotNats.JetStream.Streams;

namespace DotNats.JetStream.Consumers.State;

/// <summary>When pending messages are due to be delivered again.</summary>
/// <remarks>
/// Most wait for the same time: one list for each wait (ack_wait, or each step of backoff) is in order by itself, so that delivering and acknowledging
/// cost O(1). Those with a time of their own (a delayed refusal, a clock that was set back) are in a heap.
/// </remarks>
// Owner: one ConsumerState. Invariant: each list is in the order of Since.
internal sealed class DueTimes
{
    private readonly PendingTable _table;
    private readonly DelayHeap _delays;
    private long[] _waits;
    private SlotList[] _lists;

    /// <param name="waits">As for <see cref="SetWaits"/>.</param>
    public DueTimes(PendingTable table, long[] waits)
    {
        _table = table;
        _delays = new DelayHeap(table);
        _waits = waits;
        _lists = ListsFor(waits);
    }

    /// <summary>When the first is due; <see cref="long.MaxValue"/> for never.</summary>
    public long Next
    {
        get
        {
            long next = _delays.Count > 0 ? _table[_delays.Top].Due : long.MaxValue;
            for (int i = 0; i < _lists.Length; i++) next = Math.Min(next, DueIn(i));
            return next;
        }
    }

    /// <summary>Puts other waits in force, for what is pending too.</summary>
    /// <param name="waits">By deliveries: the first after one, the last for all further; 0 for ever.</param>
    public void SetWaits(long[] waits)
    {
        if (waits.AsSpan().SequenceEqual(_waits)) return;
        bool isLonger = waits.Length != _waits.Length;
        _waits = waits;
        if (!isLonger) return;
        _lists = ListsFor(waits);
        for (int at = _table.First; at != PendingTable.None; at = _table[at].Later)
        {
            if (_table[at].Place == SlotPlace.Waiting) Add(at, _table[at].Since);
        }
    }

    /// <summary>Has a message wait from a time on, for as long as its deliveries ask.</summary>
    public void Add(int at, long since)
    {
        ref PendingSlot slot = ref _table[at];
        (slot.Since, slot.Due) = (since, 0);
        int step = StepOf(slot.Deliveries);
        SlotList list = _lists[step];
        if (list.Last == PendingTable.None || _table[list.Last].Since <= since)
        {
            slot.Place = SlotPlace.Waiting;
            list.Add(at);
            return;
        }

        Delay(at, Later(since, _waits[step]));
    }

    /// <summary>Has a message wait until a time.</summary>
    public void Delay(int at, long due)
    {
        ref PendingSlot slot = ref _table[at];
        (slot.Due, slot.Place) = (due, SlotPlace.Delayed);
        _delays.Add(at);
    }

    /// <summary>When a message began to wait, if its wait were that of its deliveries: what is stored of it.</summary>
    public long SinceOf(int at)
    {
        ref PendingSlot slot = ref _table[at];
        return slot.Due is 0 or long.MaxValue ? slot.Since : slot.Due - _waits[StepOf(slot.Deliveries)];
    }

    /// <summary>Takes a message out that waits here.</summary>
    public void Remove(int at)
    {
        ref PendingSlot slot = ref _table[at];
        if (slot.Place == SlotPlace.Waiting) _lists[StepOf(slot.Deliveries)].Remove(at);
        else _delays.Remove(at);
        slot.Place = SlotPlace.Nowhere;
    }

    /// <summary>Takes out one that is due.</summary>
    public bool TryTake(long now, out int at)
    {
        at = PendingTable.None;
        if (_delays.Count > 0 && _table[_delays.Top].Due <= now) at = _delays.Top;
        for (int i = 0; at == PendingTable.None && i < _lists.Length; i++)
        {
            if (DueIn(i) <= now) at = _lists[i].First;
        }

        if (at == PendingTable.None) return false;
        Remove(at);
        return true;
    }

    public void Clear()
    {
        _delays.Clear();
        foreach (SlotList list in _lists) list.Clear();
    }

    private SlotList[] ListsFor(long[] waits)
    {
        var lists = new SlotList[waits.Length];
        for (int i = 0; i < lists.Length; i++) lists[i] = new SlotList(_table);
        return lists;
    }

    private static long Later(long since, long wait) => wait <= 0 ? long.MaxValue : StreamClock.After(since, wait);

    private int StepOf(int deliveries) => Math.Min(deliveries, _waits.Length) - 1;

    private long DueIn(int step) => _lists[step].First is var first && first == PendingTable.None ? long.MaxValue : Later(_table[first].Since, _waits[step]);
}
