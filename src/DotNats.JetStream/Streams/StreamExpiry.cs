using DotNats.Primitives;

namespace DotNats.JetStream.Streams;

/// <summary>Has a stream's runner do what is due by itself when it is: one timer of the server's wheel for each stream.</summary>
// Owner: the stream; its runner reschedules, the wheel's thread expires.
internal sealed class StreamExpiry(TimerWheel wheel, TimeProvider time, StreamRunner runner) : WheelTimer
{
    // Messages that expire one after the other are removed together.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(10);

    private long _due = long.MaxValue;

    /// <summary>Something is due then, in nanoseconds since 1970. The runner's.</summary>
    public void Reschedule(long due)
    {
        if (due == Volatile.Read(ref _due)) return;
        Volatile.Write(ref _due, due);
        if (due == long.MaxValue)
        {
            wheel.Cancel(this);
            return;
        }

        long left = Math.Max(0, due - StreamClock.Now(time)) / TimeSpan.NanosecondsPerTick;
        wheel.Schedule(this, TimeSpan.FromTicks(Math.Max(left, Shortest.Ticks)));
    }

    public void Stop() => wheel.Cancel(this);

    protected override void OnExpired()
    {
        Volatile.Write(ref _due, long.MaxValue);
        runner.Post(new ExpireCommand());
    }
}
