using DotNats.Primitives;

namespace DotNats.Server;

/// <summary>Gives back the memory of a burst: what lay unused in the pool since the last look goes to the collector.</summary>
internal sealed class ChunkTrimmer(ChunkPool pool, TimerWheel timers) : WheelTimer
{
    // A burst that comes back within this finds its chunks still there.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    public void Start() => timers.Schedule(this, Interval);

    protected override void OnExpired()
    {
        pool.Trim();
        Start();
    }
}
