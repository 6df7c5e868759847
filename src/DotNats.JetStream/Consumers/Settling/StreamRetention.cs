using DotNats.JetStream.Streams;
using DotNats.Storage;

namespace DotNats.JetStream.Consumers;

/// <summary>Removes from streams with interest or work queue retention what their consumers are done with.</summary>
// Owner: the stream's runner.
internal sealed class StreamRetention(LiveStream stream)
{
    private readonly MessageBuffer _message = new();

    /// <summary>The stream keeps from now on what somebody waits for. What consumers are done with behind their floors they tell once they hear of it.</summary>
    public void Begin(IMessageLog log)
    {
        foreach (ConsumerInterest interest in stream.Wakeups.All) interest.Needs.RaiseFloor(interest.PublishedFloor);
        Sweep(log, 0);
        foreach (ConsumerInterest interest in stream.Wakeups.All) interest.Consumer.PostRetentionBegun();
    }

    /// <summary>A consumer is done with some messages and with everything up to a floor.</summary>
    public void Settle(IMessageLog log, ConsumerInterest interest, List<ulong> sequences, List<ulong> kept, ulong floor)
    {
        ConsumerWakeups wakeups = stream.Wakeups;
        foreach (ulong sequence in kept) interest.Needs.Keep(sequence);
        foreach (ulong sequence in sequences) interest.Needs.Settle(sequence);
        interest.Needs.RaiseFloor(floor);
        if (stream.Config.Retention == RetentionPolicy.Limits) return;
        wakeups.Acker = interest;
        foreach (ulong sequence in sequences)
        {
            // What was gone before it was settled is nothing to remember.
            if (!IsNeeded(log, sequence, interest) && !log.Remove(sequence, erase: false)) interest.Needs.Forget(sequence);
        }

        wakeups.Acker = null;
    }

    /// <summary>Removes every message from a sequence on that no consumer needs.</summary>
    /// <param name="from">Those before it are left alone.</param>
    // Compat: with interest retention and no consumer at all, nothing is needed.
    public void Sweep(IMessageLog log, ulong from)
    {
        if (stream.Config.Retention == RetentionPolicy.Limits) return;
        if (!stream.Wakeups.HasAny)
        {
            if (stream.Config.Retention == RetentionPolicy.Interest && log.State.Messages > 0) log.Purge(default, 0, 0);
            return;
        }

        Sweep(log, from, ulong.MaxValue);
    }

    /// <summary>Removes every message that no consumer needs among those that were delivered to one.</summary>
    public void SweepDelivered(IMessageLog log)
    {
        if (stream.Config.Retention == RetentionPolicy.Limits) return;
        ulong next = 0;
        foreach (ConsumerInterest interest in stream.Wakeups.All) next = Math.Max(next, interest.Next);
        Sweep(log, 0, next);
    }

    private void Sweep(IMessageLog log, ulong from, ulong before)
    {
        for (ulong at = from; log.TryReadNext(at, null, _message) == ReadStatus.Found && _message.Sequence < before; at = _message.Sequence + 1)
        {
            if (IsWanted(_message.Sequence, _message.Subject)) continue;
            log.Remove(_message.Sequence, erase: false);
        }
    }

    private bool IsNeeded(IMessageLog log, ulong sequence, ConsumerInterest settler)
    {
        IReadOnlyList<ConsumerInterest> all = stream.Wakeups.All;
        // Work queues have one consumer for a message.
        if (stream.Config.Retention == RetentionPolicy.WorkQueue || (all.Count == 1 && ReferenceEquals(all[0], settler))) return settler.Needs.Has(sequence);
        return log.TryRead(sequence, _message) == ReadStatus.Found && IsWanted(sequence, _message.Subject);
    }

    private bool IsWanted(ulong sequence, ReadOnlySpan<byte> subject)
    {
        IReadOnlyList<ConsumerInterest> all = stream.Wakeups.All;
        bool isWorkQueue = stream.Config.Retention == RetentionPolicy.WorkQueue;
        bool isMatched = false;
        for (int i = 0; i < all.Count; i++)
        {
            if (all[i].Filters?.Match(subject) == false) continue;
            isMatched = true;
            if (all[i].Needs.Has(sequence)) return true;
        }

        // A work queue keeps what has no consumer yet.
        return isWorkQueue && !isMatched;
    }
}

/// <summary>Which messages of its stream one consumer still needs, as far as it told the stream.</summary>
// Owner: the stream's runner, a part of the interest. Invariant: what is settled one by one lies above the floor, and is in the stream.
internal struct ConsumerNeeds
{
    // Made when there is the first: most streams are kept by limits.
    private HashSet<ulong>? _settled;
    private HashSet<ulong>? _kept;
    private ulong _floor;

    /// <summary>Messages that are remembered one by one.</summary>
    public readonly int Remembered => (_settled?.Count ?? 0) + (_kept?.Count ?? 0);

    /// <summary>It needs nothing up to here.</summary>
    public readonly ulong Floor => _floor;

    public readonly bool Has(ulong sequence) => (sequence > _floor && _settled?.Contains(sequence) != true) || _kept?.Contains(sequence) == true;

    public void Settle(ulong sequence)
    {
        _kept?.Remove(sequence);
        if (sequence > _floor) (_settled ??= []).Add(sequence);
    }

    public void Keep(ulong sequence) => (_kept ??= []).Add(sequence);

    /// <summary>A message is gone: whether it is needed is no question any more.</summary>
    public readonly void Forget(ulong sequence)
    {
        _settled?.Remove(sequence);
        _kept?.Remove(sequence);
    }

    /// <summary>Forgets what is known: everything behind a floor is needed, but what is settled afterwards.</summary>
    public void Begin(ulong floor)
    {
        (_settled, _kept) = (null, null);
        _floor = floor;
    }

    public void RaiseFloor(ulong floor)
    {
        if (floor <= _floor) return;
        if (_settled is { Count: > 0 })
        {
            if (floor - _floor <= (ulong)_settled.Count)
            {
                for (ulong sequence = _floor + 1; sequence <= floor; sequence++) _settled.Remove(sequence);
            }
            else
            {
                _settled.RemoveWhere(sequence => sequence <= floor);
            }
        }

        _floor = floor;
    }
}
