using DotNats.Primitives;

namespace DotNats.Server.Accounts;

/// <summary>Clears up responses that did not come within their threshold.</summary>
/// <remarks>One timer for all responses of an account: it looks through them when the first may be due, at most eight times a threshold.</remarks>
// Owner: its ServiceResponses. The wheel's thread rings, the thread pool looks. Lifetime: as long as responses are awaited.
internal sealed class ResponseExpiry(ServerCore server, ServiceResponses responses) : WheelTimer
{
    private const int LooksPerThreshold = 8;

    // When the timer rings, in ticks of the server clock; long.MaxValue while it is not set.
    private long _dueTicks = long.MaxValue;

    public long ToTicks(TimeSpan time) => (long)(time.TotalSeconds * server.Time.TimestampFrequency);

    /// <summary>A response is awaited from now on: the timer must not ring later than it is due.</summary>
    public void Expect(long nowTicks, long leftTicks)
    {
        long due = nowTicks + leftTicks;
        long current = Volatile.Read(ref _dueTicks);
        while (due < current)
        {
            long seen = Interlocked.CompareExchange(ref _dueTicks, due, current);
            if (seen == current) Set(nowTicks, due);
            current = seen == current ? due : seen;
        }
    }

    // Somebody with less time may have set the timer before us: the earliest has the last word.
    private void Set(long nowTicks, long due)
    {
        while (true)
        {
            server.Timers.Schedule(this, server.ToTimeSpan(due - nowTicks));
            long earliest = Volatile.Read(ref _dueTicks);
            if (earliest >= due) return;
            due = earliest;
        }
    }

    protected override void OnExpired() => ThreadPool.UnsafeQueueUserWorkItem(static expiry => expiry.ClearUp(), this, preferLocal: false);

    private void ClearUp()
    {
        Volatile.Write(ref _dueTicks, long.MaxValue);
        long now = server.Time.GetTimestamp();
        var overdue = new Overdue(now);
        responses.ForEach(ref overdue);
        foreach (ulong ticket in overdue.Tickets) responses.Drop(ticket, ResponseEnd.TimedOut);
        if (overdue.NextTicks == long.MaxValue) return;
        Expect(now, Math.Max(overdue.NextTicks, overdue.ShortestThresholdTicks / LooksPerThreshold));
    }

    private struct Overdue(long nowTicks) : IEntrySink<ServiceResponse>
    {
        public readonly List<ulong> Tickets = [];

        public long NextTicks = long.MaxValue;

        public long ShortestThresholdTicks = long.MaxValue;

        public void OnEntry(ServiceResponse value)
        {
            long left = Volatile.Read(ref value.LastTicks) + value.ThresholdTicks - nowTicks;
            if (left <= 0)
            {
                Tickets.Add(value.Ticket);
                return;
            }

            NextTicks = Math.Min(NextTicks, left);
            ShortestThresholdTicks = Math.Min(ShortestThresholdTicks, value.ThresholdTicks);
        }
    }
}
