using DotNats.JetStream.Consumers.State;
using DotNats.JetStream.Streams;

namespace DotNats.JetStream.Consumers;

/// <summary>Notices that nobody uses a consumer any more (<c>inactive_threshold</c>).</summary>
// Owner: the consumer's runner. Times are nanoseconds since 1970.
internal sealed class Idleness
{
    private const long Millisecond = 1_000_000;

    private readonly bool _isPull;
    private long _threshold;
    private long _since;
    private long _due = long.MaxValue;

    public Idleness(ConsumerConfig config, long now)
    {
        _isPull = config.IsPull;
        Update(config, now);
    }

    /// <summary>When to ask <see cref="IsOver"/>; <see cref="long.MaxValue"/> for never.</summary>
    public long NextDue => _due;

    // Compat: pull consumers get up to a second more, so that not all of them go at once.
    public void Update(ConsumerConfig config, long now)
    {
        _threshold = config.InactiveThresholdNanoseconds;
        if (_threshold > 0 && _isPull) _threshold = StreamClock.After(_threshold, (100 + Random.Shared.Next(900)) * Millisecond);
        _since = now;
        _due = _threshold > 0 && _isPull ? StreamClock.After(now, _threshold) : long.MaxValue;
    }

    /// <summary>Somebody asked, acknowledged or was given something.</summary>
    public void Touch(long now)
    {
        _since = now;
        if (!_isPull && _due != long.MaxValue) _due = StreamClock.After(now, _threshold);
    }

    /// <summary>Of a push consumer: whether somebody listens.</summary>
    public void SetActive(bool isActive, long now)
    {
        if (_threshold == 0) return;
        if (isActive) _due = long.MaxValue;
        else if (_due == long.MaxValue) _due = StreamClock.After(now, _threshold);
    }

    /// <summary>Whether it is over; otherwise the next look is due later.</summary>
    /// <param name="hasRequests">Somebody waits for messages.</param>
    public bool IsOver(bool hasRequests, ConsumerState state, ConsumerConfig config, long now)
    {
        if (now < _due) return false;
        if (state.Letters.Count > 0)
        {
            // They would be lost with it.
            _due = StreamClock.After(now, _threshold);
            return false;
        }

        if (!_isPull) return true;
        long due = StreamClock.After(_since, _threshold);
        if (now >= due) due = hasRequests ? StreamClock.After(now, _threshold) : LastAckDue(state, config);
        _due = due;
        return now >= due;
    }

    // Whoever works on a message may be at it until its time is over, though nothing is heard of him.
    private long LastAckDue(ConsumerState state, ConsumerConfig config)
    {
        var pending = new List<PendingMessage>();
        state.CopyPending(pending);
        long last = 0;
        foreach (PendingMessage message in pending)
        {
            long wait = config.BackOff.Count > 0 ? config.BackOff[Math.Min(message.Deliveries - 1, config.BackOff.Count - 1)] : config.AckWaitNanoseconds;
            last = Math.Max(last, StreamClock.After(StreamClock.After(message.DeliveredAt, wait), _threshold));
        }

        return last;
    }
}
