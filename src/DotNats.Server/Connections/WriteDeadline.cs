using System.Diagnostics;
using DotNats.Primitives;
using DotNats.Protocol.Text;

namespace DotNats.Server.Connections;

/// <summary>Ends a connection whose peer does not take what waits for it within <c>write_deadline</c>.</summary>
// Owner: scheduled by whoever finds the peer unwilling, expires on the timer wheel; made only for connections that ever blocked.
internal sealed class WriteDeadline(Connection connection) : WheelTimer
{
    private int _watching;

    public void Watch()
    {
        if (Interlocked.Exchange(ref _watching, 1) == 0) Schedule(connection.Server.Options.Timing.WriteDeadline);
    }

    public void Stop() => connection.Server.Timers.Cancel(this);

    private void Schedule(TimeSpan due) => connection.Server.Timers.Schedule(this, due);

    protected override void OnExpired()
    {
        Volatile.Write(ref _watching, 0);
        if (connection.IsClosed) return;
        long since = Volatile.Read(ref connection.Outbound.BlockedSince);
        if (since == 0) return;
        TimeSpan deadline = connection.Server.Options.Timing.WriteDeadline;
        TimeSpan left = deadline - Stopwatch.GetElapsedTime(since);
        if (left > TimeSpan.Zero || connection.Server.Options.WriteTimeout == WriteTimeoutPolicy.Retry)
        {
            if (Interlocked.Exchange(ref _watching, 1) == 0) Schedule(left > TimeSpan.Zero ? left : deadline);
            return;
        }

        if (connection.Session is MemberSession client)
            SessionLog.SlowConsumerDeadline(connection.Server.Logger, client, GoDuration.Format(deadline), connection.Outbound.PendingBytes);
        connection.Server.Statistics.CountSlowConsumer();
        connection.Close(CloseReason.SlowConsumerWriteDeadline);
    }
}
