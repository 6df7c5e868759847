using DotNats.Storage;

namespace DotNats.JetStream.Consumers;

/// <summary>When the next message may go out: a rate limit, or messages at the pace they came at (<c>replay_policy: original</c>).</summary>
// Owner: the consumer's runner. Times are nanoseconds.
internal sealed class DeliveryPace
{
    private const long Second = 1_000_000_000;
    private const long Millisecond = 1_000_000;

    private double _bytesPerNanosecond;
    private double _burst;
    private double _tokens;
    private long _filledAt;
    private ulong _replayUpTo;
    private long _lastTimestamp;
    private ulong _granted;
    private long _grantedAt;

    /// <summary>What was asked for last waits for the time between messages, rather than for the rate.</summary>
    public bool IsReplaying { get; private set; }

    /// <summary>The pace that a configuration asks for; null for none.</summary>
    /// <param name="before">The one in force: what was to be replayed at the pace it came is not begun again.</param>
    /// <param name="burst">Bytes that may go out at once after a while of nothing.</param>
    public static DeliveryPace? Of(ConsumerConfig config, DeliveryPace? before, long burst, IMessageLog log, long now)
    {
        bool isReplay = config.ReplayPolicy == ReplayPolicy.Original && before is null;
        if (config.RateLimitBits == 0 && !isReplay) return before is { _replayUpTo: > 0 } ? before : null;
        DeliveryPace pace = before ?? new DeliveryPace();
        pace.SetRate(config.RateLimitBits, burst, now);
        if (isReplay) pace.ReplayUpTo(log.State.LastSequence);
        return pace;
    }

    /// <param name="bitsPerSecond">0 for any.</param>
    /// <param name="burst">Bytes that may go out at once after a while of nothing.</param>
    public void SetRate(ulong bitsPerSecond, long burst, long now)
    {
        // Compat: whole bytes.
        _bytesPerNanosecond = (double)(bitsPerSecond / 8) / Second;
        _burst = _tokens = burst;
        _filledAt = now;
    }

    /// <summary>Messages up to this one go out as they came.</summary>
    public void ReplayUpTo(ulong sequence) => _replayUpTo = sequence;

    /// <summary>Asks for one message; it is asked for again until it may go out.</summary>
    /// <returns>When it may, perhaps in the past.</returns>
    public long Ask(ulong sequence, long timestamp, int size, long now)
    {
        if (_granted == sequence && sequence != 0) return _grantedAt;
        long replay = now + ReplayDelay(sequence, timestamp);
        long rate = RateTime(size, now);
        IsReplaying = replay > rate;
        (_granted, _grantedAt) = (sequence, Math.Max(replay, rate));
        return _grantedAt;
    }

    /// <summary>It went out.</summary>
    public void OnSent(ulong next)
    {
        _granted = 0;
        if (next > _replayUpTo) _replayUpTo = 0;
    }

    private long ReplayDelay(ulong sequence, long timestamp)
    {
        if (_replayUpTo == 0 || sequence > _replayUpTo) return 0;
        long delay = _lastTimestamp == 0 ? 0 : timestamp - _lastTimestamp;
        _lastTimestamp = timestamp;
        return delay > Millisecond ? delay : 0;
    }

    private long RateTime(int size, long now)
    {
        if (_bytesPerNanosecond == 0) return now;
        _tokens = Math.Min(_burst, _tokens + ((now - _filledAt) * _bytesPerNanosecond));
        _filledAt = now;
        _tokens -= size;
        return _tokens >= 0 ? now : now + (long)(-_tokens / _bytesPerNanosecond);
    }
}
