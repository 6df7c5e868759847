using DotNats.JetStream;
using DotNats.JetStream.Consumers.State;

namespace JetStream.Tests.Consumers.State;

/// <summary>What a consumer's state is, said as plainly as can be: everything is looked for from the start each time.</summary>
internal sealed class NaiveConsumerState(ConsumerConfig config, ulong first)
{
    private readonly SortedDictionary<ulong, Entry> _pending = [];
    private readonly List<ulong> _queue = [];
    private readonly SortedDictionary<ulong, int> _exhausted = [];

    public SequencePair Delivered { get; private set; } = new(0, first - 1);

    public SequencePair AckFloor { get; private set; } = new(0, first - 1);

    public ulong Next { get; private set; } = first;

    public List<ulong> Reported { get; } = [];

    public List<ulong> Settled { get; } = [];

    public int PendingCount => _pending.Count;

    public int RedeliveredCount => _pending.Values.Count(entry => entry.Deliveries > 1) + _exhausted.Count;

    public int QueueCount => _queue.Count;

    public IEnumerable<PendingMessage> Pending =>
        _pending.Select(pair => new PendingMessage(pair.Key, pair.Value.Consumer, DueOf(pair.Value) - WaitOf(pair.Value), pair.Value.Deliveries));

    public IEnumerable<ExhaustedMessage> Exhausted => _exhausted.Select(pair => new ExhaustedMessage(pair.Key, pair.Value));

    public long NextDue => _pending.Where(pair => !_queue.Contains(pair.Key)).Select(pair => DueOf(pair.Value)).DefaultIfEmpty(long.MaxValue).Min();

    public ulong Deliver(ulong stream, long now)
    {
        Delivered = new SequencePair(Delivered.Consumer + 1, stream);
        Next = stream + 1;
        if (config.AckPolicy == AckPolicy.None) AckFloor = Delivered;
        else _pending.Add(stream, new Entry(Delivered.Consumer, now, 1, 0));
        return Delivered.Consumer;
    }

    public ulong? Peek()
    {
        while (_queue.Count > 0)
        {
            if (config.MaxDeliver <= 0 || _pending[_queue[0]].Deliveries < config.MaxDeliver) return _queue[0];
            GiveUp(_queue[0]);
        }

        return null;
    }

    public int Redeliver(ulong stream, long now)
    {
        _queue.Remove(stream);
        Entry entry = _pending[stream];
        _pending[stream] = entry with { Since = now, Deliveries = entry.Deliveries + 1, Due = 0 };
        Delivered = Delivered with { Consumer = Delivered.Consumer + 1 };
        return entry.Deliveries + 1;
    }

    public int TakeDue(long now)
    {
        ulong[] due = [.. _pending.Where(pair => !_queue.Contains(pair.Key) && DueOf(pair.Value) <= now).Select(pair => pair.Key)];
        foreach (ulong stream in due)
        {
            if (config.MaxDeliver == 1) GiveUp(stream);
            else _queue.Add(stream);
        }

        return config.MaxDeliver == 1 ? 0 : due.Length;
    }

    public void RedeliverAll()
    {
        foreach (ulong stream in _pending.Keys.Where(stream => !_queue.Contains(stream)).ToArray())
        {
            if (config.MaxDeliver == 1) GiveUp(stream);
            else _queue.Add(stream);
        }
    }

    public AckStatus Ack(ulong stream, ulong consumer)
    {
        Settled.Clear();
        if (stream >= Next) return AckStatus.Ahead;
        if (config.AckPolicy == AckPolicy.None) return AckStatus.NotNeeded;
        if (config.AckPolicy == AckPolicy.Explicit)
        {
            if (_pending.ContainsKey(stream)) Settle(stream);
            else if (_exhausted.Remove(stream)) Settled.Add(stream);
            else return AckStatus.Known;
            return AckStatus.Acked;
        }

        if (stream == 0) return AckStatus.NotNeeded;
        if (stream <= AckFloor.Stream) return AckStatus.Known;
        Settled.AddRange(_pending.Keys.Where(one => one <= stream));
        Drop(_pending.Keys.Where(one => one <= stream));
        foreach (ulong one in _exhausted.Keys.Where(one => one <= stream).ToArray()) _exhausted.Remove(one);
        AckFloor = new SequencePair(Math.Clamp(consumer, AckFloor.Consumer, Delivered.Consumer), stream);
        return AckStatus.Acked;
    }

    public bool Nak(ulong stream, ulong consumer, long delay, long now)
    {
        if (consumer > Delivered.Consumer + 1 || !_pending.TryGetValue(stream, out Entry entry)) return false;
        if (delay > 0)
        {
            _queue.Remove(stream);
            _pending[stream] = entry with { Due = now + delay };
        }
        else if (!_queue.Contains(stream))
        {
            _pending[stream] = entry with { Due = now };
            _queue.Add(stream);
        }

        return true;
    }

    public bool Progress(ulong stream, long now)
    {
        if (!_pending.TryGetValue(stream, out Entry entry)) return false;
        _pending[stream] = entry with { Since = now, Due = 0 };
        return true;
    }

    public bool Remove(ulong stream)
    {
        Settled.Clear();
        if (_pending.ContainsKey(stream))
        {
            Settle(stream);
            return true;
        }

        _exhausted.Remove(stream);
        return false;
    }

    public void RemoveBelow(ulong before)
    {
        foreach (ulong stream in _pending.Keys.Where(one => one < before).ToArray()) Remove(stream);
        foreach (ulong one in _exhausted.Keys.Where(one => one < before).ToArray()) _exhausted.Remove(one);
    }

    public void Purge(ulong before)
    {
        ulong floor = _pending.Where(pair => pair.Key < before).Select(pair => pair.Value.Consumer).Append(AckFloor.Consumer).Max();
        Drop(_pending.Keys.Where(one => one < before));
        foreach (ulong one in _exhausted.Keys.Where(one => one < before).ToArray()) _exhausted.Remove(one);
        Next = Math.Max(Next, before);
        Delivered = Delivered with { Stream = Math.Max(Delivered.Stream, before - 1) };
        AckFloor = _pending.Count == 0 ? Delivered : new SequencePair(floor, Math.Max(AckFloor.Stream, before - 1));
    }

    public void Reset(ulong at)
    {
        _pending.Clear();
        _queue.Clear();
        _exhausted.Clear();
        Reported.Clear();
        Settled.Clear();
        Next = at;
        Delivered = AckFloor = new SequencePair(0, at - 1);
    }

    public bool Needs(ulong stream) =>
        _exhausted.ContainsKey(stream) || (stream > AckFloor.Stream && (config.AckPolicy != AckPolicy.Explicit || stream >= Next || _pending.ContainsKey(stream)));

    private long DueOf(Entry entry) => entry.Due != 0 ? entry.Due : entry.Since + WaitOf(entry);

    private long WaitOf(Entry entry) =>
        config.BackOff.Count == 0 ? config.AckWaitNanoseconds : config.BackOff[Math.Min(entry.Deliveries, config.BackOff.Count) - 1];

    private void Settle(ulong stream)
    {
        ulong consumer = _pending[stream].Consumer;
        Drop([stream]);
        Settled.Add(stream);
        if (_pending.Count == 0)
        {
            AckFloor = Delivered;
        }
        else if (consumer == AckFloor.Consumer + 1 && stream < _pending.Keys.First())
        {
            (ulong next, Entry entry) = _pending.First();
            AckFloor = new SequencePair(entry.Consumer - 1, next - 1);
        }
    }

    private void GiveUp(ulong stream)
    {
        _exhausted[stream] = _pending[stream].Deliveries;
        Reported.Add(stream);
        Drop([stream]);
    }

    private void Drop(IEnumerable<ulong> streams)
    {
        foreach (ulong stream in streams.ToArray())
        {
            _pending.Remove(stream);
            _queue.Remove(stream);
        }
    }

    private readonly record struct Entry(ulong Consumer, long Since, int Deliveries, long Due);
}
