using DotNats.Primitives;

namespace DotNats.Server.Transport.Tls;

/// <summary>So many handshakes a second, counted from the first of each second (<c>connection_rate_limit</c>).</summary>
// Any thread asks; two words of state, exact to a handshake or two when threads meet at the turn of a second.
internal sealed class HandshakeRateLimit(int perSecond, ServerCore server) : WheelTimer
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);

    private long _windowEnd;
    private int _count;
    private int _refused;

    /// <summary>Takes a turn; false where this second has none left.</summary>
    public bool TryTake()
    {
        long now = server.Time.GetTimestamp();
        long end = Volatile.Read(ref _windowEnd);
        if (now >= end && Interlocked.CompareExchange(ref _windowEnd, now + server.Time.TimestampFrequency, end) == end) Volatile.Write(ref _count, 0);
        if (Interlocked.Increment(ref _count) <= perSecond) return true;
        // Told once a second, not once a handshake.
        if (Interlocked.Increment(ref _refused) == 1) server.Timers.Schedule(this, ReportInterval);
        return false;
    }

    protected override void OnExpired() => TlsLog.RateLimited(server.Logger, Interlocked.Exchange(ref _refused, 0));
}
