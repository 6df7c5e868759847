using System.Diagnostics;
using System.Runtime.InteropServices;
using DotNats.JetStream.Streams;

namespace DotNats.JetStream.Consumers.State;

/// <summary>
/// What a consumer delivered and what became of it: floors, pending messages, when they are due again, how often they were delivered. It decides
/// nothing that needs the stream's messages, a client or a clock; all of it costs O(1), and allocates nothing once it has grown.
/// </summary>
/// <remarks>
/// Times are nanoseconds since 1970. To deliver: <see cref="TryPeekRedelivery"/> first, then what the stream has from <see cref="NextSequence"/> on;
/// <see cref="Redeliver"/> or <see cref="Deliver"/> once it goes out. After <see cref="TakeDue"/> and <see cref="TryPeekRedelivery"/> empty
/// <see cref="TryTakeExhausted"/>.
/// </remarks>
// Owner: the consumer's runner. Lifetime: the consumer's.
// Invariant: AckFloor <= Delivered < NextSequence in the stream's counting; every pending sequence is above the floor.
internal sealed class ConsumerState
{
    private readonly PendingMessages _pending = new();
    private ExhaustedMessages _exhausted;
    private OwedLetters _owed;

    // Made for the first, as is what the others hold: most consumers are idle.
    private List<ulong>? _settled;
    private AckPolicy _policy;
    private long _maxDeliver;
    private IConsumerRecorder? _recorder;

    /// <param name="config">Acknowledgement policy, waits and how often a message is delivered are taken from it.</param>
    /// <param name="first">The stream sequence to begin with; at least 1.</param>
    public ConsumerState(ConsumerConfig config, ulong first)
    {
        Update(config);
        Start(first);
    }

    /// <summary>The last delivery and the highest stream sequence that was delivered or passed by a purge.</summary>
    public SequencePair Delivered { get; private set; }

    /// <summary>Up to here everything is settled.</summary>
    /// <remarks>Compat: a message that was delivered too often holds it back until nothing is pending.</remarks>
    public SequencePair AckFloor { get; private set; }

    /// <summary>Where to look for the next new message in the stream.</summary>
    public ulong NextSequence { get; private set; }

    /// <summary>When something was delivered last; 0 for never since the consumer was opened or reset.</summary>
    public long LastDelivery { get; private set; }

    /// <summary>When something was acknowledged last; 0 for never since the consumer was opened or reset.</summary>
    public long LastAck { get; private set; }

    /// <summary>Messages that wait for their acknowledgement or their next delivery.</summary>
    public int PendingCount => _pending.Count - _owed.Count;

    /// <summary>The same with those that only wait for their dead letters to be stored.</summary>
    public int UnsettledCount => _pending.Count;

    /// <summary>What is given up from now on stays pending until its dead letter is stored: <see cref="Discharge"/>.</summary>
    public bool OwesLetters { get; set; }

    /// <summary>Dead letters that are not known to be stored.</summary>
    public ref OwedLetters Letters => ref _owed;

    /// <summary>Messages delivered more than once and not settled, with those that were delivered too often and are still in the stream.</summary>
    public int RedeliveredCount => _pending.RedeliveredCount + _exhausted.Count;

    /// <summary>The lowest and the highest sequence that was delivered too often; (0, 0) for none.</summary>
    public (ulong First, ulong Last) ExhaustedRange => _exhausted.Range;

    /// <summary>Messages that wait to be delivered again.</summary>
    public int RedeliveryCount => _pending.QueuedCount;

    /// <summary>When <see cref="TakeDue"/> has something to do; <see cref="long.MaxValue"/> for never.</summary>
    public long NextDue => _pending.NextDue;

    /// <summary>
    /// Stream sequences that the last <see cref="Ack"/>, <see cref="Terminate"/>, <see cref="Discharge"/> or <see cref="Remove"/> settled; valid until the next of them.
    /// </summary>
    public ReadOnlySpan<ulong> Settled => CollectionsMarshal.AsSpan(_settled);

    /// <summary>Puts another configuration in force, for what is pending too.</summary>
    public void Update(ConsumerConfig config)
    {
        (_policy, _maxDeliver) = (config.AckPolicy, config.MaxDeliver);
        _pending.Update(config);
    }

    // ---- Delivering ----

    /// <summary>A new message goes out: one at or behind <see cref="NextSequence"/>.</summary>
    public Delivery Deliver(ulong stream, long now)
    {
        Debug.Assert(stream >= NextSequence, "a message is new once");
        Delivered = new SequencePair(Delivered.Consumer + 1, stream);
        NextSequence = stream + 1;
        LastDelivery = now;
        if (_policy == AckPolicy.None) AckFloor = Delivered;
        else _pending.Add(new PendingMessage(stream, Delivered.Consumer, now, 1));
        Record(ConsumerChangeKind.Delivered, stream, now);
        return new Delivery(Delivered.Consumer, 1);
    }

    /// <summary>Nothing before a stream sequence is wanted: the next look begins there. Not recorded.</summary>
    public void Skip(ulong next) => NextSequence = Math.Max(NextSequence, next);

    /// <summary>The message to deliver next of those that were delivered before.</summary>
    /// <param name="deliveries">How often it will have been delivered then.</param>
    public bool TryPeekRedelivery(out ulong stream, out int deliveries)
    {
        while (_pending.FirstQueued is var at && at != PendingMessages.None)
        {
            (stream, deliveries) = (_pending[at].StreamSequence, _pending[at].Deliveries + 1);
            if (_maxDeliver <= 0 || deliveries <= _maxDeliver) return true;
            Exhaust(at);
        }

        (stream, deliveries) = (0, 0);
        return false;
    }

    /// <summary>A pending message goes out again.</summary>
    public Delivery Redeliver(ulong stream, long now)
    {
        int deliveries = _pending.Redeliver(_pending.Find(stream), now);
        Delivered = Delivered with { Consumer = Delivered.Consumer + 1 };
        LastDelivery = now;
        Record(ConsumerChangeKind.Redelivered, stream, now);
        return new Delivery(Delivered.Consumer, deliveries);
    }

    /// <summary>Has what was not acknowledged in time delivered again, in the order of the stream.</summary>
    /// <returns>How many there are to deliver more than before.</returns>
    public int TakeDue(long now)
    {
        int queued = 0;
        foreach (ulong stream in _pending.TakeDue(now))
        {
            int at = _pending.Find(stream);
            // Compat: nats-server notices here only what must not be delivered again at all; the others once it is their turn.
            if (_maxDeliver == 1 || (_maxDeliver > 0 && _pending[at].Deliveries > _maxDeliver))
            {
                Exhaust(at);
                continue;
            }

            _pending.Queue(at);
            queued++;
        }

        return queued;
    }

    /// <summary>Has everything pending delivered again.</summary>
    public void RedeliverAll()
    {
        for (int at = _pending.First, next; at != PendingMessages.None; at = next)
        {
            next = _pending.Next(at);
            if (_owed.Contains(_pending[at].StreamSequence)) continue;
            if (_maxDeliver == 1 && !_pending.IsQueued(at)) Exhaust(at);
            else _pending.Queue(at);
        }
    }

    /// <summary><see cref="TryTakeExhausted"/> has something to give.</summary>
    public bool HasReports => _exhausted.HasReports;

    /// <summary>A message that was delivered as often as allowed and is not pending any more; each is given once.</summary>
    public bool TryTakeExhausted(out PendingMessage message) => _exhausted.TryTake(out message);

    // ---- Acknowledging ----

    /// <summary>A message was acknowledged, or must not be delivered again (TERM).</summary>
    /// <param name="stream">Stream sequence that the acknowledgement's subject names.</param>
    /// <param name="consumer">Consumer sequence that it names.</param>
    public AckStatus Ack(ulong stream, ulong consumer, long now)
    {
        _settled?.Clear();
        if (stream >= NextSequence) return AckStatus.Ahead;
        return _policy switch
        {
            AckPolicy.None => AckStatus.NotNeeded,
            AckPolicy.Explicit => AckOne(stream, now),
            _ => AckAll(stream, consumer, now),
        };
    }

    /// <summary>A message must not be delivered again; where it owes a dead letter, it is settled with that.</summary>
    /// <param name="description">What the client said; empty for nothing.</param>
    // With policy all, what is before it is settled at once.
    public AckStatus Terminate(ulong stream, ulong consumer, string description, long now)
    {
        int at = _pending.Find(stream);
        OwedLetter? owed = _owed.Find(stream);
        if (at == PendingMessages.None || (owed is null && !(OwesLetters && _owed.HasRoom))) return Ack(stream, consumer, now);
        _settled?.Clear();
        if (owed is { Reason: LetterReason.Terminated }) return AckStatus.Known;
        if (_policy != AckPolicy.Explicit && stream > AckFloor.Stream + 1) AckAll(stream - 1, Math.Max(consumer, 1) - 1, now);
        LastAck = now;
        // What was delivered as often as allowed, and whose letter is on its way, is done with now.
        Owe(at, (owed ?? new OwedLetter(LetterReason.Terminated, "")) with { Reason = LetterReason.Terminated, Description = description });
        return AckStatus.Acked;
    }

    /// <summary>The dead letter of a message is stored, or nobody will ever store it: the message is done with.</summary>
    /// <returns>False where none is owed. Otherwise the stream need not keep what is in <see cref="Settled"/> then.</returns>
    public bool Discharge(ulong stream)
    {
        _settled?.Clear();
        if (_owed.Find(stream) is not { } letter) return false;
        int at = _pending.Find(stream);
        bool isSettled = letter.Reason == LetterReason.Terminated;
        if (!isSettled) Finish(at);
        else Settle(at);
        if (isSettled) Record(ConsumerChangeKind.Removed, stream, 0);
        return true;
    }

    /// <summary>A message was refused.</summary>
    /// <param name="delay">Nanoseconds to wait before it is delivered again; 0 or less for none.</param>
    /// <returns>False where it is not pending; then nothing happened.</returns>
    // Compat: to a delay nats-server adds what the step of backoff is longer than the first one; here it is what the client asked for.
    public bool Nak(ulong stream, ulong consumer, long delay, long now)
    {
        if (consumer > Delivered.Consumer + 1) return false;
        int at = _pending.Find(stream);
        if (at == PendingMessages.None || _owed.Contains(stream)) return false;
        if (delay > 0)
        {
            Delay(stream, StreamClock.After(now, delay));
        }
        else if (!_pending.IsQueued(at))
        {
            _pending.Refuse(at, now);
            Record(ConsumerChangeKind.Delayed, stream, now);
        }

        return true;
    }

    /// <summary>A client is at work on a message: its wait begins anew.</summary>
    /// <returns>False where it is not pending.</returns>
    public bool Progress(ulong stream, long now)
    {
        int at = _pending.Find(stream);
        if (at == PendingMessages.None || _owed.Contains(stream)) return false;
        _pending.Renew(at, now);
        Record(ConsumerChangeKind.Progressed, stream, now);
        return true;
    }

    // ---- What happens in the stream ----

    /// <summary>A message is gone from the stream. Only it is settled, whatever the policy.</summary>
    /// <param name="message">What it was.</param>
    /// <returns>False where it was not pending, or given up.</returns>
    // Compat: with policy all, nats-server settles everything before it too.
    public bool Remove(ulong stream, out PendingMessage message)
    {
        _settled?.Clear();
        int at = _pending.Find(stream);
        bool isPending = at != PendingMessages.None;
        bool isOwed = _owed.Contains(stream);
        message = isPending ? _pending[at] : default;
        if (!isPending && !_exhausted.Remove(stream)) return false;
        if (isPending) Settle(at);
        Record(ConsumerChangeKind.Removed, stream, 0);
        return isPending && !isOwed;
    }

    /// <summary>Messages before a stream sequence that were delivered too often need not be remembered.</summary>
    public void Forget(ulong first)
    {
        if (_exhausted.RemoveBelow(first)) Record(ConsumerChangeKind.Forgotten, first, 0);
    }

    /// <summary>Everything before a stream sequence was purged: it counts as delivered and settled.</summary>
    public void Purge(ulong first)
    {
        if (first == 0) return;
        ulong floor = AckFloor.Consumer;
        while (_pending.Count > 0 && _pending[_pending.First].StreamSequence < first)
        {
            floor = Math.Max(floor, _pending[_pending.First].ConsumerSequence);
            Drop(_pending.First);
        }

        Skip(first);
        _exhausted.RemoveBelow(first);
        Delivered = Delivered with { Stream = Math.Max(Delivered.Stream, first - 1) };
        AckFloor = _pending.Count == 0 ? Delivered : new SequencePair(floor, Math.Max(AckFloor.Stream, first - 1));
        Record(ConsumerChangeKind.Purged, first, 0);
    }

    /// <summary>The stream lost its end: what is behind its last sequence was never delivered. Not recorded: the state is to be written anew.</summary>
    public void Truncate(ulong last)
    {
        while (_pending.Count > 0 && _pending[_pending.Last].StreamSequence > last) Drop(_pending.Last);
        _exhausted.RemoveAbove(last);
        Delivered = Delivered with { Stream = Math.Min(Delivered.Stream, last) };
        NextSequence = Delivered.Stream + 1;
        AckFloor = _pending.Count == 0 ? Delivered : AckFloor with { Stream = Math.Min(AckFloor.Stream, last) };
    }

    /// <summary>The consumer starts anew at a stream sequence, counting from one.</summary>
    public void Reset(ulong first)
    {
        Start(first);
        Record(ConsumerChangeKind.Reset, first, 0);
    }

    // ---- Asking ----

    /// <summary>Whether a message that the consumer's filters match must stay in the stream for it.</summary>
    public bool Needs(ulong stream)
    {
        if (_exhausted.Contains(stream)) return true;
        if (stream <= AckFloor.Stream) return false;
        return _policy != AckPolicy.Explicit || stream >= NextSequence || _pending.Find(stream) != PendingMessages.None;
    }

    /// <summary>What is known of a pending message.</summary>
    public bool TryFind(ulong stream, out PendingMessage message)
    {
        int at = _pending.Find(stream);
        message = at == PendingMessages.None ? default : _pending[at];
        return at != PendingMessages.None;
    }

    /// <summary>Adds what is pending as it is stored, in the order of the stream.</summary>
    public void CopyPending(ICollection<PendingMessage> target)
    {
        for (int at = _pending.First; at != PendingMessages.None; at = _pending.Next(at)) target.Add(_pending.Stored(at));
    }

    /// <summary>Adds what was delivered too often, in the order of the stream.</summary>
    public void CopyExhausted(ICollection<ExhaustedMessage> target) => _exhausted.CopyTo(target);

    /// <summary>Gives back memory that a busier time needed; to be called when the consumer is idle.</summary>
    public void Trim()
    {
        _pending.Trim();
        _settled = null;
    }

    // ---- Restoring ----

    /// <summary>Takes a stored state in the place of its own; what does not fit together is left out. Not recorded.</summary>
    public void Restore(StoredConsumerState stored)
    {
        Start(1);
        (AckFloor, Delivered, NextSequence) = (stored.AckFloor, stored.Delivered, stored.Delivered.Stream + 1);
        ulong last = AckFloor.Stream;
        foreach (PendingMessage message in stored.Pending)
        {
            if (_policy == AckPolicy.None || message.StreamSequence <= last || message.StreamSequence > Delivered.Stream) continue;
            _pending.Add(message);
            last = message.StreamSequence;
        }

        foreach (ExhaustedMessage message in stored.Exhausted) _exhausted.Add(message);
    }

    /// <summary>Tells a recorder each change from now on; the state is recovered. What happened before it was opened is no activity.</summary>
    public void StartRecording(IConsumerRecorder recorder)
    {
        _recorder = recorder;
        (LastDelivery, LastAck) = (0, 0);
    }

    /// <summary>One is not due before a time; false where it is not pending.</summary>
    public bool Delay(ulong stream, long due)
    {
        int at = _pending.Find(stream);
        if (at == PendingMessages.None || _owed.Contains(stream)) return false;
        _pending.Delay(at, due);
        Record(ConsumerChangeKind.Delayed, stream, due);
        return true;
    }

    /// <summary>One that is pending is delivered no more; null for one that owes no letter, or none any more.</summary>
    public void GiveUp(ulong stream, OwedLetter? letter)
    {
        int at = _pending.Find(stream);
        if (at == PendingMessages.None) return;
        if (letter is null) Finish(at);
        else Owe(at, letter);
    }

    // ---- Steps ----

    private void Start(ulong first)
    {
        _pending.Clear();
        _exhausted.Clear();
        _owed.Clear();
        _settled?.Clear();
        NextSequence = Math.Max(1, first);
        Delivered = AckFloor = new SequencePair(0, NextSequence - 1);
        (LastDelivery, LastAck) = (0, 0);
    }

    private AckStatus AckOne(ulong stream, long now)
    {
        LastAck = now;
        int at = _pending.Find(stream);
        if (_owed.IsTerminated(stream)) return AckStatus.Known;
        if (at != PendingMessages.None) Settle(at);
        // Compat: one that was delivered too often is not pending, and is settled by its acknowledgement nevertheless.
        else if (_exhausted.Remove(stream)) (_settled ??= []).Add(stream);
        else return AckStatus.Known;
        Record(ConsumerChangeKind.Acked, stream, now);
        return AckStatus.Acked;
    }

    // Compat: the floor is what the acknowledgement names. nats-server ignores those of a lower consumer sequence, and with them messages that came
    // before another one's redelivery; here the stream's order decides alone. A number beyond all that were given is the last one given: nats-server
    // believes it, and takes no acknowledgement before that number.
    private AckStatus AckAll(ulong stream, ulong consumer, long now)
    {
        // Compat: message 0, which there is none of, is not answered; with policy explicit it is.
        if (stream == 0) return AckStatus.NotNeeded;
        if (stream <= AckFloor.Stream) return AckStatus.Known;
        LastAck = now;
        SequencePair? floor = null;
        for (int at = _pending.First, next; at != PendingMessages.None && _pending[at].StreamSequence <= stream; at = next)
        {
            next = _pending.Next(at);
            PendingMessage message = _pending[at];
            if (_owed.IsTerminated(message.StreamSequence))
            {
                floor ??= new SequencePair(message.ConsumerSequence - 1, message.StreamSequence - 1);
                continue;
            }

            (_settled ??= []).Add(message.StreamSequence);
            Drop(at);
        }

        _exhausted.RemoveBelow(stream + 1);
        AckFloor = floor ?? new SequencePair(Math.Clamp(consumer, AckFloor.Consumer, Delivered.Consumer), stream);
        Record(ConsumerChangeKind.Acked, stream, now, consumer);
        return AckStatus.Acked;
    }

    private void Exhaust(int at)
    {
        _exhausted.Report(_pending[at]);
        if (OwesLetters && _owed.HasRoom) Owe(at, new OwedLetter(LetterReason.MaxDeliveries, ""));
        else Finish(at);
    }

    private void Finish(int at)
    {
        PendingMessage message = _pending[at];
        bool wasOwed = _owed.Contains(message.StreamSequence);
        Drop(at);
        // What came behind it was settled while its letter was owed, and held the floor.
        if (wasOwed && _pending.Count == 0 && Delivered.Stream > message.StreamSequence) AckFloor = Delivered;
        _exhausted.Add(new ExhaustedMessage(message.StreamSequence, message.Deliveries));
        Record(ConsumerChangeKind.Exhausted, message.StreamSequence, 0);
    }

    private void Owe(int at, OwedLetter letter)
    {
        ulong stream = _pending[at].StreamSequence;
        _pending.SetAside(at);
        _owed.Set(stream, letter);
        _recorder?.Record(new ConsumerChange(ConsumerChangeKind.Owed, stream, Letter: letter));
    }

    private void Drop(int at)
    {
        _owed.Remove(_pending[at].StreamSequence);
        _pending.Remove(at);
    }

    // Floors move to just before what is pending now; where nothing is, to what was delivered.
    private void Settle(int at)
    {
        PendingMessage message = _pending[at];
        Drop(at);
        (_settled ??= []).Add(message.StreamSequence);
        if (_pending.Count == 0)
        {
            AckFloor = Delivered;
        }
        else if (message.ConsumerSequence == AckFloor.Consumer + 1 && message.StreamSequence < _pending[_pending.First].StreamSequence)
        {
            PendingMessage next = _pending[_pending.First];
            AckFloor = new SequencePair(next.ConsumerSequence - 1, next.StreamSequence - 1);
        }
    }

    private void Record(ConsumerChangeKind kind, ulong stream, long time, ulong consumer = 0) =>
        _recorder?.Record(new ConsumerChange(kind, stream, consumer, time));
}
