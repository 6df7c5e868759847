namespace DotNats.JetStream.Consumers.State;

/// <summary>Everything delivered and not settled, with what is to happen to each: to wait, to be delivered again, to be given up.</summary>
// Owner: one ConsumerState. Lifetime: that of its consumer; what it works with from the first message to Trim, so that an idle consumer holds none of it.
// Invariant: a pending message waits for its time or to be delivered again, and not both.
internal sealed class PendingMessages
{
    public const int None = PendingTable.None;

    private ConsumerConfig? _config;
    private PendingTable? _table;
    private DueTimes? _due;
    private SlotList? _redeliveries;
    private ulong[]? _taken;
    private int _redelivered;

    public int Count => _table is null ? 0 : _table.Count;

    /// <summary>The one with the lowest sequence.</summary>
    public int First => _table is null ? None : _table.First;

    /// <summary>The one with the highest sequence.</summary>
    public int Last => _table is null ? None : _table.Last;

    /// <summary>How many were delivered more than once.</summary>
    public int RedeliveredCount => _redelivered;

    /// <summary>How many wait to be delivered again.</summary>
    public int QueuedCount => _redeliveries is null ? 0 : _redeliveries.Count;

    /// <summary>The one to be delivered again first.</summary>
    public int FirstQueued => _redeliveries is null ? None : _redeliveries.First;

    public long NextDue => _due is null ? long.MaxValue : _due.Next;

    public int Find(ulong stream) => _table is null ? None : _table.Find(stream);

    public int Next(int at) => Table[at].Later;

    public bool IsQueued(int at) => Table[at].Place == SlotPlace.Queued;

    // Whoever has a slot had a message.
    private PendingTable Table => _table!;

    private DueTimes Due => _due!;

    public PendingMessage this[int at]
    {
        get
        {
            ref PendingSlot slot = ref Table[at];
            return new PendingMessage(slot.Stream, slot.Consumer, slot.Since, slot.Deliveries);
        }
    }

    /// <summary>Puts other waits in force, for what is pending too.</summary>
    public void Update(ConsumerConfig config)
    {
        _config = config;
        _due?.SetWaits(WaitsOf(config));
    }

    /// <summary>Adds a message behind the last; it waits from when it was delivered.</summary>
    public void Add(in PendingMessage message)
    {
        if (_table is null) Open();
        int at = Table.Add(message.StreamSequence, message.ConsumerSequence);
        Table[at].Deliveries = message.Deliveries;
        if (message.Deliveries > 1) _redelivered++;
        Due.Add(at, message.DeliveredAt);
    }

    /// <summary>One was delivered again.</summary>
    /// <returns>How often now.</returns>
    public int Redeliver(int at, long now)
    {
        TakeOut(at);
        ref PendingSlot slot = ref Table[at];
        if (slot.Deliveries++ == 1) _redelivered++;
        Due.Add(at, now);
        return slot.Deliveries;
    }

    /// <summary>The wait of one begins anew. Compat: what is to be delivered again already, is.</summary>
    public void Renew(int at, long now)
    {
        if (IsQueued(at))
        {
            (Table[at].Since, Table[at].Due) = (now, 0);
            return;
        }

        Due.Remove(at);
        Due.Add(at, now);
    }

    /// <summary>One waits until a time.</summary>
    public void Delay(int at, long due)
    {
        TakeOut(at);
        Due.Delay(at, due);
    }

    /// <summary>One was refused: it is to be delivered again, and was due now.</summary>
    public void Refuse(int at, long now)
    {
        Queue(at);
        Table[at].Due = now;
    }

    /// <summary>One as it is stored: it begins to wait when it has to, to be due when it is.</summary>
    public PendingMessage Stored(int at) => this[at] with { DeliveredAt = Due.SinceOf(at) };

    /// <summary>One is to be delivered again, behind those that are already.</summary>
    public void Queue(int at)
    {
        if (IsQueued(at)) return;
        TakeOut(at);
        Table[at].Place = SlotPlace.Queued;
        _redeliveries!.Add(at);
    }

    /// <summary>One waits for nothing any more and is not to be delivered again, and stays pending.</summary>
    public void SetAside(int at) => TakeOut(at);

    /// <summary>Takes out of their waits what is due: sequences in the order of the stream, valid until the next call. Each is to be queued or removed.</summary>
    public ReadOnlySpan<ulong> TakeDue(long now)
    {
        if (_due is null) return default;
        int count = 0;
        while (_due.TryTake(now, out int at))
        {
            if (count == (_taken?.Length ?? 0)) Array.Resize(ref _taken, Math.Max(16, 2 * count));
            _taken![count++] = Table[at].Stream;
        }

        Span<ulong> taken = _taken.AsSpan(0, count);
        taken.Sort();
        return taken;
    }

    public void Remove(int at)
    {
        TakeOut(at);
        if (Table[at].Deliveries > 1) _redelivered--;
        Table.Remove(at);
    }

    public void Clear()
    {
        _table?.Clear();
        _due?.Clear();
        _redeliveries?.Clear();
        _redelivered = 0;
    }

    /// <summary>Gives back what a busier time needed.</summary>
    public void Trim()
    {
        _taken = null;
        if (Count == 0) (_table, _due, _redeliveries) = (null, null, null);
    }

    private void Open()
    {
        _table = new PendingTable();
        _due = new DueTimes(_table, WaitsOf(_config!));
        _redeliveries = new SlotList(_table);
    }

    private static long[] WaitsOf(ConsumerConfig config) => config.BackOff.Count > 0 ? [.. config.BackOff] : [config.AckWaitNanoseconds];

    private void TakeOut(int at)
    {
        ref PendingSlot slot = ref Table[at];
        if (slot.Place == SlotPlace.Queued) _redeliveries!.Remove(at);
        else if (slot.Place != SlotPlace.Nowhere) Due.Remove(at);
        slot.Place = SlotPlace.Nowhere;
    }
}
