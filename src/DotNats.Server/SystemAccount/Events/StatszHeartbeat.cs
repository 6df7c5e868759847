using DotNats.Primitives;

namespace DotNats.Server.SystemAccount;

/// <summary>Tells the server's statistics: soon and often at first, then every ten seconds, and when somebody asks for it.</summary>
// Owner: SystemServices. The wheel's thread beats; requests and reloads send from others. _lastTicks and _interval are single words, and a
// beat more or less when two threads meet does no harm.
internal sealed class StatszHeartbeat(ServerCore server, SystemServices services) : WheelTimer
{
    // nats-server's numbers: the first beat, the longest pause, and the shortest time between two on the subject everybody hears.
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RateLimit = TimeSpan.FromSeconds(1);

    private long _intervalTicks = First.Ticks;
    private long _lastTimestamp = long.MinValue;

    public void Start() => server.Timers.Schedule(this, First);

    public void Stop() => server.Timers.Cancel(this);

    /// <summary>Sends the statistics to everybody, even where they have just been sent.</summary>
    public void SendNow()
    {
        Volatile.Write(ref _lastTimestamp, long.MinValue);
        Send();
    }

    /// <summary>Sends the statistics to everybody who listens, unless that was done a moment ago: then a little later.</summary>
    public void Send()
    {
        long last = Volatile.Read(ref _lastTimestamp);
        var interval = new TimeSpan(Math.Min(RateLimit.Ticks, Volatile.Read(ref _intervalTicks)));
        TimeSpan since = last == long.MinValue ? TimeSpan.MaxValue : server.Time.GetElapsedTime(last);
        if (since < interval)
        {
            server.Timers.Schedule(this, interval - since);
            return;
        }

        Volatile.Write(ref _lastTimestamp, server.Time.GetTimestamp());
        string subject = SystemSubjects.Statistics(server.Id);
        if (services.HasListeners(subject)) services.Sender.Post(services.Account, subject, Describe, SystemJson.Compact.StatszMessage);
    }

    public StatszMessage Describe(ServerBlock block) => new(block, server.Monitoring.Statsz());

    protected override void OnExpired()
    {
        long next = Math.Min(Longest.Ticks, Volatile.Read(ref _intervalTicks) * 2);
        Volatile.Write(ref _intervalTicks, next);
        server.Timers.Schedule(this, new TimeSpan(next));
        Send();
    }
}
