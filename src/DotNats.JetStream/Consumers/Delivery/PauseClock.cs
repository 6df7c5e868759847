using DotNats.JetStream.Advisories;

namespace DotNats.JetStream.Consumers;

/// <summary>Whether a consumer is paused (<c>pause_until</c>), and says so when that changes.</summary>
// Owner: the consumer's runner. Times are nanoseconds since 1970.
internal sealed class PauseClock(ConsumerAdvisories advisories)
{
    private long _until;

    /// <summary>When it goes on; <see cref="long.MaxValue"/> while it is not paused.</summary>
    public long NextDue => _until > 0 ? _until : long.MaxValue;

    public bool IsPaused(long now) => now < _until;

    /// <summary>Nanoseconds until it goes on; 0 where it is not paused.</summary>
    public long Remaining(long now) => Math.Max(0, _until - now);

    /// <summary>Begins with what a configuration says.</summary>
    public void Start(ConsumerConfig config, long now) => _until = config.PauseUntil is { } time && time.UnixNanoseconds > now ? time.UnixNanoseconds : 0;

    /// <summary>Another configuration is in force.</summary>
    public void Update(ConsumerConfig before, ConsumerConfig config, long now)
    {
        if ((before.PauseUntil?.Seconds, before.PauseUntil?.Nanoseconds) == (config.PauseUntil?.Seconds, config.PauseUntil?.Nanoseconds)) return;
        Start(config, now);
        advisories.Paused(IsPaused(now), config.PauseUntil);
    }

    /// <summary>Says that the pause is over where it is.</summary>
    public void Process(ConsumerConfig config, long now)
    {
        if (_until == 0 || now < _until) return;
        _until = 0;
        advisories.Paused(isPaused: false, config.PauseUntil);
    }
}
