namespace DotNats.JetStream.Consumers.State;

/// <summary>Everything delivered and not settled, with what is to happen to each: to wait, to be delivered again, to be given up.</summary>
// Owner: one ConsumerState. Lifetime: that of its consumer.
// Invariant: a pending message waits for its time or to be delivered again, and not both.
internal sealed class PendingMessages
{
    public const int None = PendingTable.None;

    private readonly PendingTable _table = new();
    private readonly DueTimes _due;
    private readonly SlotList _redeliveries;
    private ulong[] _taken = [];
    private int _redelivered;

    public PendingMessages()
    {
        _due = new DueTimes(_table);
        _redeliveries = new SlotList(_table);
    }

    public int Count => _table.Count;

    /// <summary>The one with the lowest sequence.</summary>
    public int First => _table.First;

    /// <summary>The one with the highest sequence.</summary>
    public int Last => _table.Last;

    /// <summary>How many were delivered more than once.</summary>
    public int RedeliveredCount => _redelivered;

    /// <summary>How many wait to be delivered again.</summary>
    public int QueuedCount => _redeliveries.Count;

    /// <summary>The one to be delivered again first.</summary>
    public int FirstQueued => _redeliveries.First;

    public long NextDue => _due.Next;

    public int Find(ulong stream) => _table.Find(stream);

    public int Next(int at) => _table[at].Later;

    public bool IsQueued(int at) => _table[at].Place == SlotPlace.Queued;

    public PendingMessage this[int at]
    {
        get
        {
            ref PendingSlot slot = ref _table[at];
            return new PendingMessage(slot.Stream, slot.Consumer, slot.Since, slot.Deliveries);
        }
    }

    public void SetWaits(long[] waits) => _due.SetWaits(waits);

    /// <summary>Adds a message behind the last; it waits from when it was delivered.</summary>
    public void Add(in PendingMessage message)
    {
        int at = _table.Add(message.StreamSequence, message.ConsumerSequence);
        _table[at].Deliveries = message.Deliveries;
        if (message.Deliveries > 1) _redelivered++;
        _due.Add(at, message.DeliveredAt);
    }

    /// <summary>One was delivered again.</summary>
    /// <returns>How often now.</returns>
    public int Redeliver(int at, long now)
    {
        TakeOut(at);
        ref PendingSlot slot = ref _table[at];
        if (slot.Deliveries++ == 1) _redelivered++;
        _due.Add(at, now);
        return slot.Deliveries;
    }

    /// <summary>The wait of one begins anew. Compat: what is to be delivered again already, is.</summary>
    public void Renew(int at, long now)
    {
        if (IsQueued(at))
        {
            (_table[at].Since, _table[at].Due) = (now, 0);
            return;
        }

        _due.Remove(at);
        _due.Add(at, now);
    }

    /// <summary>One waits until a time.</summary>
    public void Delay(int at, long due)
    {
        TakeOut(at);
        _due.Delay(at, due);
    }

    /// <summary>One was refused: it is to be delivered again, and was due now.</summary>
    public void Refuse(int at, long now)
    {
        Queue(at);
        _table[at].Due = now;
    }

    /// <summary>One as it is stored: it begins to wait when it has to, to be due when it is.</summary>
    public PendingMessage Stored(int at) => this[at] with { DeliveredAt = _due.SinceOf(at) };

    /// <summary>One is to be delivered again, behind those that are already.</summary>
    public void Queue(int at)
    {
        if (IsQueued(at)) return;
        TakeOut(at);
        _table[at].Place = SlotPlace.Queued;
        _redeliveries.Add(at);
    }

    /// <summary>One waits for nothing any more and is not to be delivered again, and stays pending.</summary>
    public void SetAside(int at) => TakeOut(at);

    /// <summary>Takes out of their waits what is due: sequences in the order of the stream, valid until the next call. Each is to be queued or removed.</summary>
    public ReadOnlySpan<ulong> TakeDue(long now)
    {
        int count = 0;
        while (_due.TryTake(now, out int at))
        {
            if (count == _taken.Length) Array.Resize(ref _taken, Math.Max(16, 2 * count));
            _taken[count++] = _table[at].Stream;
        }

        Span<ulong> taken = _taken.AsSpan(0, count);
        taken.Sort();
        return taken;
    }

    public void Remove(int at)
    {
        TakeOut(at);
        if (_table[at].Deliveries > 1) _redelivered--;
        _table.Remove(at);
    }

    public void Clear()
    {
        _table.Clear();
        _due.Clear();
        _redeliveries.Clear();
        _redelivered = 0;
    }

    /// <summary>Gives back what a busier time needed.</summary>
    public void Trim()
    {
        _table.Trim();
        _due.Trim();
        _taken = [];
    }

    private void TakeOut(int at)
    {
        ref PendingSlot slot = ref _table[at];
        if (slot.Place == SlotPlace.Queued) _redeliveries.Remove(at);
        else if (slot.Place != SlotPlace.Nowhere) _due.Remove(at);
        slot.Place = SlotPlace.Nowhere;
    }
}
