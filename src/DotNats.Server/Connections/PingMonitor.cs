using DotNats.Primitives;
using DotNats.Protocol;
using DotNats.Protocol.Text;
using DotNats.Server.Routing;

namespace DotNats.Server.Connections;

/// <summary>The clocks of one client: time to authenticate, PINGs, round trips, staleness.</summary>
// Owner: the timer wheel's thread runs OnExpired, the receive side the rest; shared numbers are single words.
internal sealed class PingMonitor(ClientSession session, ServerCore server) : WheelTimer
{
    // nats-server sends a client's first PING after at most two seconds, to learn its round trip time early.
    private static readonly TimeSpan FirstPing = TimeSpan.FromSeconds(2);

    // A round trip time older than this is measured anew even on a busy connection.
    private static readonly TimeSpan RoundTripAge = TimeSpan.FromHours(1);

    private readonly Connection _connection = session.Connection;
    private long _pingSentTicks;
    private long _roundTripTicks;
    private int _pingsOut;
    private bool _firstPongSent;
    private volatile bool _awaitsAuthentication;
    private bool _stopped;

    /// <summary>Last measured round trip; zero until one was.</summary>
    public TimeSpan RoundTrip => server.ToTimeSpan(Volatile.Read(ref _roundTripTicks));

    /// <summary>A PING of the client was answered: from there on it may be sent an INFO at any time.</summary>
    public bool HasAnsweredPing => Volatile.Read(ref _firstPongSent);

    /// <summary>The greeting went out: the client has so long to say who it is, or its first PING comes soon.</summary>
    public void Start()
    {
        if (session.Login.IsAwaited && !session.Login.IsConnected)
        {
            _awaitsAuthentication = true;
            server.Timers.Schedule(this, server.AuthenticationTimeout);
        }
        else
        {
            ScheduleFirstPing();
        }
    }

    /// <summary>CONNECT came: it counts as a first measure of the round trip.</summary>
    public void OnConnect()
    {
        _awaitsAuthentication = false;
        Volatile.Write(ref _roundTripTicks, Math.Max(1, server.Time.GetTimestamp() - _connection.StartTicks));
        ScheduleFirstPing();
    }

    public void OnAuthenticated() => _awaitsAuthentication = false;

    /// <summary>PING → PONG; the first one is also answered with what the server now knows of the client.</summary>
    public void OnPing(DeliveryContext context)
    {
        session.Send(context, "PONG\r\n"u8);
        if (session.TraceEnabled) ClientTrace.Outbound(session, "PONG", default);
        if (_firstPongSent || !session.Login.IsConnected) return;
        _firstPongSent = true;
        if (session.Options.Protocol >= 1) session.Login.SendInfo(context, connectInfo: true);
    }

    public void OnPong()
    {
        Volatile.Write(ref _pingsOut, 0);
        long sent = Volatile.Read(ref _pingSentTicks);
        if (sent != 0) Volatile.Write(ref _roundTripTicks, Math.Max(1, server.Time.GetTimestamp() - sent));
    }

    public void Stop()
    {
        _stopped = true;
        server.Timers.Cancel(this);
    }

    protected override void OnExpired()
    {
        if (_connection.IsClosed) return;
        if (_awaitsAuthentication)
        {
            SendError(ErrorTexts.AuthenticationTimeout);
            SessionLog.AuthenticationTimeout(server.Logger, session);
            _connection.Close(CloseReason.AuthenticationTimeout);
            return;
        }

        TimingOptions timing = server.Options.Timing;
        SessionLog.PingTimer(server.Logger, session);
        if (IsPingNeeded(timing.PingInterval))
        {
            if (_pingsOut + 1 > timing.MaxPingsOut)
            {
                SessionLog.Stale(server.Logger, session);
                SendError(ErrorTexts.StaleConnection);
                server.Statistics.CountStaleConnection();
                _connection.Close(CloseReason.StaleConnection);
                return;
            }

            SendPing();
        }

        Schedule(timing.PingInterval);
    }

    /// <summary>PING goes out and the answer will be timed.</summary>
    public void SendPing()
    {
        Volatile.Write(ref _pingSentTicks, server.Time.GetTimestamp());
        Interlocked.Increment(ref _pingsOut);
        if (session.TraceEnabled) ClientTrace.Outbound(session, "PING", default);
        _connection.SendNow("PING\r\n"u8);
    }

    private bool IsPingNeeded(TimeSpan interval)
    {
        long now = server.Time.GetTimestamp();
        if (_roundTripTicks == 0 || server.ToTimeSpan(now - _pingSentTicks) > RoundTripAge) return true;
        TimeSpan quiet = server.ToTimeSpan(now - Volatile.Read(ref session.LastInTicks));
        if (quiet >= interval) return true;
        SessionLog.PingDelayed(server.Logger, session, GoDuration.Format(TimeSpan.FromSeconds(Math.Round(quiet.TotalSeconds))));
        return false;
    }

    private void ScheduleFirstPing()
    {
        TimeSpan interval = server.Options.Timing.PingInterval;
        if (interval > FirstPing) interval = FirstPing;
        // Up to a fifth more, so that clients that came together are not asked together.
        Schedule(interval + interval / 5 * Random.Shared.NextDouble());
    }

    private void Schedule(TimeSpan due)
    {
        if (!_stopped) server.Timers.Schedule(this, due);
    }

    private void SendError(string text) => _connection.SendNow(System.Text.Encoding.UTF8.GetBytes($"-ERR '{text}'\r\n"));
}
