namespace DotNats.JetStream.Consumers.State;

/// <summary>Pending messages in the order in which they were added; from the middle they go in O(1) too.</summary>
// Owner: one ConsumerState. Invariant: a slot is in one list at most.
internal sealed class SlotList(PendingTable table)
{
    public int First { get; private set; } = PendingTable.None;

    public int Last { get; private set; } = PendingTable.None;

    public int Count { get; private set; }

    public void Add(int at)
    {
        ref PendingSlot slot = ref table[at];
        (slot.QueuePrevious, slot.QueueNext) = (Last, PendingTable.None);
        if (Last == PendingTable.None) First = at;
        else table[Last].QueueNext = at;
        Last = at;
        Count++;
    }

    public void Remove(int at)
    {
        ref PendingSlot slot = ref table[at];
        if (slot.QueuePrevious == PendingTable.None) First = slot.QueueNext;
        else table[slot.QueuePrevious].QueueNext = slot.QueueNext;
        if (slot.QueueNext == PendingTable.None) Last = slot.QueuePrevious;
        else table[slot.QueueNext].QueuePrevious = slot.QueuePrevious;
        Count--;
    }

    public void Clear()
    {
        First = Last = PendingTable.None;
        Count = 0;
    }
}
