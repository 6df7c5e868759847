namespace DotNats.JetStream.Consumers;

/// <summary>Whether a consumer is paused (<c>pause_until</c>), and when that changes.</summary>
// Owner: the consumer's runner, a part of its machine. Times are nanoseconds since 1970.
internal struct PauseClock
{
    private long _until;

    /// <summary>When it goes on; <see cref="long.MaxValue"/> while it is not paused.</summary>
    public readonly long NextDue => _until > 0 ? _until : long.MaxValue;

    public readonly bool IsPaused(long now) => now < _until;

    /// <summary>Nanoseconds until it goes on; 0 where it is not paused.</summary>
    public readonly long Remaining(long now) => Math.Max(0, _until - now);

    /// <summary>Begins with what a configuration says.</summary>
    public void Start(ConsumerConfig config, long now) => _until = config.PauseUntil is { } time && time.UnixNanoseconds > now ? time.UnixNanoseconds : 0;

    /// <summary>Another configuration is in force; true where it says something else of pausing, which is to be told.</summary>
    public bool Update(ConsumerConfig before, ConsumerConfig config, long now)
    {
        if ((before.PauseUntil?.Seconds, before.PauseUntil?.Nanoseconds) == (config.PauseUntil?.Seconds, config.PauseUntil?.Nanoseconds)) return false;
        Start(config, now);
        return true;
    }

    /// <summary>True, once, where a pause is over.</summary>
    public bool TryEnd(long now)
    {
        if (_until == 0 || now < _until) return false;
        _until = 0;
        return true;
    }
}
