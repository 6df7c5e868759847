using DotNats.JetStream.Consumers.State;
using DotNats.JetStream.Streams;
using DotNats.Storage;

namespace DotNats.JetStream.Consumers;

/// <summary>What the cursor found.</summary>
internal enum CursorOutcome
{
    /// <summary>The message to deliver next lies in the buffer.</summary>
    Found,

    /// <summary>Everything was delivered.</summary>
    End,

    /// <summary>As many messages as allowed are unacknowledged.</summary>
    MaxAckPending,

    /// <summary>What is still to be delivered has to be counted first.</summary>
    Counting,
}

/// <summary>Finds the message that a consumer delivers next, and knows how many are left.</summary>
/// <remarks>Looking settles nothing: a message that nobody takes is found again.</remarks>
// Owner: the consumer's runner.
internal sealed class DeliveryCursor
{
    private readonly LiveStream _stream;
    private readonly ConsumerState _state;
    private readonly DeliveryMachine _machine;
    private readonly DeliveryTurn _turn;
    private long _maxAckPending;
    private bool _mayCountTooFew;
    private long _counted;
    private long _delivered;
    private long _removedBefore;
    private long _storedBefore;
    private ulong _safeBefore;
    private SequenceList? _skipList;
    private ulong _skipTo;
    private ulong _resume;

    /// <param name="machine">Told of pending messages that are not in the stream any more; they are settled.</param>
    public DeliveryCursor(LiveStream stream, ConsumerState state, ConsumerInterest interest, in ConsumerStart start, DeliveryMachine machine, DeliveryTurn turn)
    {
        _stream = stream;
        _state = state;
        _machine = machine;
        _turn = turn;
        Interest = interest;
        Replace(interest, in start);
    }

    public ConsumerInterest Interest { get; private set; }

    /// <summary>The found message was delivered before.</summary>
    public bool IsRedelivery { get; private set; }

    /// <summary>What its delivery will be called.</summary>
    public Delivery Delivery { get; private set; }

    /// <summary>A count is under way.</summary>
    public bool IsCounting { get; private set; }

    /// <summary>What is left is known.</summary>
    public bool IsSure => !IsCounting && !Interest.IsUnsure;

    /// <summary>Messages still to be delivered for the first time.</summary>
    public ulong Pending => (ulong)Math.Max(0, _counted + Interest.StoredIn(_stream.Wakeups) - Interest.Removed - _delivered);

    /// <summary>The same once the found message is delivered.</summary>
    public ulong PendingAfter => Pending is > 0 and var pending && !IsRedelivery ? pending - 1 : Pending;

    public bool IsAtMaxAckPending => _maxAckPending > 0 && _state.PendingCount >= _maxAckPending;

    public void Update(ConsumerConfig config)
    {
        _maxAckPending = config.AckPolicy == AckPolicy.None ? 0 : config.MaxAckPending;
        _mayCountTooFew = config.DeliverPolicy == DeliverPolicy.LastPerSubject;
    }

    /// <summary>Looks for the next message.</summary>
    public CursorOutcome Find(MessageBuffer target, long now)
    {
        if (!IsSure) return CursorOutcome.Counting;
        _storedBefore = Interest.StoredIn(_stream.Wakeups);
        if (Interest.IsForCopies) _safeBefore = _stream.Wakeups.Safe;
        if (FindRedelivery(target, now)) return CursorOutcome.Found;
        if (IsAtMaxAckPending) return CursorOutcome.MaxAckPending;
        IsRedelivery = false;
        Delivery = new Delivery(_state.Delivered.Consumer + 1, 1);
        _removedBefore = Interest.Removed;
        if (_skipList is not null && FindInSkipList(target)) return CursorOutcome.Found;
        if (FindNew(target)) return Interest.IsForCopies && target.Sequence > _safeBefore ? CursorOutcome.End : CursorOutcome.Found;
        // Never, unless a count went wrong: then it is made again.
        if (Pending > 0 && _state.NextSequence > _stream.Log.State.LastSequence) Interest.MarkUnsure();
        return Interest.IsUnsure ? CursorOutcome.Counting : CursorOutcome.End;
    }

    /// <summary>The found message goes out.</summary>
    public void OnDelivered(ulong sequence, long now)
    {
        if (IsRedelivery)
        {
            _state.Redeliver(sequence, now);
            return;
        }

        _state.Deliver(sequence, now);
        // What was counted too low by AttachCommand never gets below none.
        if (!_mayCountTooFew || Pending > 0) _delivered++;
        LeaveSkipListBehind(sequence);
        Interest.MoveTo(_state.NextSequence);
        long removed = Interest.Removed - _removedBefore;
        if (removed == 0) return;
        // The stream may have removed this message before it could know of its delivery: then it is counted twice.
        if (removed > 1) Interest.MarkUnsure();
        else if (Interest.LastRemoved == sequence) _delivered--;
    }

    /// <summary>Wants to be woken when something is stored; true where that has happened since the last look.</summary>
    public bool MustLookAgain()
    {
        Interest.Wait();
        bool isSame = Interest.IsForCopies ? _stream.Wakeups.Safe == _safeBefore : Interest.StoredIn(_stream.Wakeups) == _storedBefore;
        if (isSame) return false;
        Interest.DoNotWait();
        return true;
    }

    /// <summary>Begins again where the state says; what is left is unknown until it is counted.</summary>
    public void Restart()
    {
        _skipList = null;
        Interest.Restart(_state.NextSequence);
    }

    /// <summary>Begins a count of what is left.</summary>
    public void BeginCount() => IsCounting = true;

    public void OnCounted(long counted)
    {
        IsCounting = false;
        _counted = counted;
        _delivered = 0;
    }

    /// <summary>Everything before a sequence is gone.</summary>
    /// <param name="isWider">The consumer wants more than what was purged: each pending message is looked at.</param>
    /// <param name="buffer">Room to look.</param>
    public void OnPurged(ulong first, bool isWider, MessageBuffer buffer)
    {
        _state.Purge(first);
        Interest.MoveTo(_state.NextSequence);
        if (!isWider) return;
        var pending = new List<PendingMessage>();
        _state.CopyPending(pending);
        foreach (PendingMessage message in pending)
        {
            if (_stream.Log.TryRead(message.StreamSequence, buffer) is ReadStatus.NotFound or ReadStatus.Deleted) _state.Remove(message.StreamSequence, out _);
        }

        var exhausted = new List<ExhaustedMessage>();
        _state.CopyExhausted(exhausted);
        foreach (ExhaustedMessage message in exhausted)
        {
            if (_stream.Log.TryRead(message.StreamSequence, buffer) != ReadStatus.Found) _state.Remove(message.StreamSequence, out _);
        }
    }

    /// <summary>Other filters, or another place, are in force.</summary>
    public void Replace(ConsumerInterest interest, in ConsumerStart start)
    {
        Interest = interest;
        (_skipList, _skipTo, _resume) = (start.Point.SkipList, 0, start.Point.Resume);
        OnCounted(start.Counted);
    }

    private bool FindRedelivery(MessageBuffer target, long now)
    {
        while (_state.TryPeekRedelivery(out ulong sequence, out int deliveries))
        {
            ReadStatus status = _stream.Log.TryRead(sequence, target);
            if (status == ReadStatus.Found)
            {
                IsRedelivery = true;
                Delivery = new Delivery(_state.Delivered.Consumer + 1, deliveries);
                return true;
            }

            if (status == ReadStatus.Damaged)
            {
                _turn.Unreadable.Report(sequence, isPending: true);
                _state.Delay(sequence, now + UnreadableMessages.RetryNanoseconds);
            }
            else if (_state.Remove(sequence, out PendingMessage message))
            {
                _turn.Unreadable.ReportLost(sequence);
                _machine.OnGone(in message);
            }
        }

        return false;
    }

    private bool FindInSkipList(MessageBuffer target)
    {
        for (_skipTo = Math.Max(_skipTo, _state.NextSequence); _skipList!.NextFrom(_skipTo) is not 0 and var sequence; _skipTo = sequence + 1)
        {
            ReadStatus status = _stream.Log.TryRead(sequence, target);
            if (status == ReadStatus.Found) return true;
            if (status == ReadStatus.Damaged) _turn.Unreadable.Report(sequence, isPending: false);
        }

        EndSkipList();
        return false;
    }

    // Behind the last one of the list everything counts.
    private void LeaveSkipListBehind(ulong sequence)
    {
        if (_skipList is not null && sequence >= _skipList.Last) EndSkipList();
    }

    private void EndSkipList()
    {
        _skipList = null;
        MoveTo(_resume + 1);
    }

    private bool FindNew(MessageBuffer target)
    {
        while (true)
        {
            ulong from = _state.NextSequence;
            ReadStatus status = _stream.Log.TryReadNext(from, Interest.Filters, target);
            if (status == ReadStatus.Found) return true;
            if (status == ReadStatus.NotFound)
            {
                // What was stored before this moment and is not found now need not be looked at again.
                ulong last = _stream.Log.State.LastSequence;
                if (last < from) return false;
                status = _stream.Log.TryReadNext(from, Interest.Filters, target);
                if (status == ReadStatus.Found) return true;
                if (status == ReadStatus.NotFound)
                {
                    MoveTo(last + 1);
                    return false;
                }
            }

            // One that cannot be read is passed over; what was looked for may also have been behind it.
            if (_stream.Log.TryRead(from, target) == ReadStatus.Damaged) _turn.Unreadable.Report(from, isPending: false);
            MoveTo(from + 1);
            Interest.MarkUnsure();
        }
    }

    private void MoveTo(ulong next)
    {
        _state.Skip(next);
        Interest.MoveTo(_state.NextSequence);
    }
}
