using DotNats.JetStream.Streams;
using DotNats.Primitives;
using DotNats.Server;

namespace DotNats.JetStream.Consumers;

/// <summary>Wakes a consumer's runner when something is due by itself: one timer of the server's wheel for each consumer.</summary>
// Owner: the consumer; its runner reschedules, the wheel's thread expires.
internal sealed class ConsumerAlarm(ServerCore server, LiveConsumer consumer) : WheelTimer
{
    private long _due = long.MaxValue;

    /// <summary>It is going to expire, or was stopped. The runner's.</summary>
    public bool IsSet => Volatile.Read(ref _due) != long.MaxValue;

    /// <summary>Something is due then, in nanoseconds since 1970. The runner's.</summary>
    // An alarm that comes too early does no harm, and moving it costs a lock: with messages acknowledged in time it is moved once a wait.
    public void Set(long due)
    {
        long set = Volatile.Read(ref _due);
        if (due >= set) return;
        Volatile.Write(ref _due, due);
        long left = Math.Max(0, due - StreamClock.Now(server.Time)) / TimeSpan.NanosecondsPerTick;
        server.Timers.Schedule(this, TimeSpan.FromTicks(left));
    }

    public void Stop()
    {
        Volatile.Write(ref _due, long.MinValue);
        server.Timers.Cancel(this);
    }

    protected override void OnExpired()
    {
        if (Volatile.Read(ref _due) == long.MinValue) return;
        Volatile.Write(ref _due, long.MaxValue);
        consumer.Wake();
    }
}
