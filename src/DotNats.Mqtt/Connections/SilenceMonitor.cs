using DotNats.Primitives;
using DotNats.Server;
using DotNats.Server.Connections;

namespace DotNats.Mqtt.Connections;

/// <summary>The clock of one connection: its time for CONNECT, then how long it may be silent.</summary>
// Owner: the timer wheel's thread runs OnExpired, the receive side the rest. Nobody is asked for signs of life: the client sees to them.
internal sealed class SilenceMonitor(MqttSession session, ServerCore server) : WheelTimer
{
    private readonly Connection _connection = session.Connection;
    private long _lastTicks;
    private long _patienceTicks;
    private volatile bool _awaitsConnect;
    private volatile bool _stopped;

    /// <summary>The connection is there, and has so long to say who it is.</summary>
    public void AwaitConnect(TimeSpan patience)
    {
        _awaitsConnect = true;
        Schedule(patience);
    }

    /// <summary>CONNECT came.</summary>
    public void OnConnect()
    {
        if (!_awaitsConnect) return;
        _awaitsConnect = false;
        server.Timers.Cancel(this);
    }

    /// <summary>From here on the client sees to it that it is never silent for longer.</summary>
    public void Watch(TimeSpan patience)
    {
        Volatile.Write(ref _patienceTicks, patience.Ticks);
        OnHeard(server.Time.GetTimestamp());
        Schedule(patience);
    }

    /// <summary>It said something, or what it said has been dealt with.</summary>
    /// <param name="nowTicks">The server clock.</param>
    public void OnHeard(long nowTicks) => Volatile.Write(ref _lastTicks, nowTicks);

    public void Stop()
    {
        _stopped = true;
        server.Timers.Cancel(this);
    }

    protected override void OnExpired()
    {
        if (_connection.IsClosed) return;
        if (_awaitsConnect)
        {
            session.OnAuthenticationTimeout();
            return;
        }

        TimeSpan patience = new(Volatile.Read(ref _patienceTicks));
        if (patience == TimeSpan.Zero) return;
        TimeSpan silent = server.ToTimeSpan(server.Time.GetTimestamp() - Volatile.Read(ref _lastTicks));
        // Not heard because nobody listened: what it said last is still being dealt with.
        if (session.IsSuspended) Schedule(patience);
        else if (silent < patience) Schedule(patience - silent);
        // Compat: to nats-server a read that came too late is one that failed.
        else _connection.Close(CloseReason.ReadError);
    }

    private void Schedule(TimeSpan due)
    {
        if (!_stopped) server.Timers.Schedule(this, due);
    }
}
