using DotNats.JetStream.Streams;
using DotNats.Protocol.Text;

namespace DotNats.JetStream.Publishing.Schedules;

/// <summary>When a schedule fires next.</summary>
/// <param name="At">With the offset of its zone; only how it is written depends on that.</param>
/// <param name="Repeats">It fires again afterwards.</param>
internal readonly record struct ScheduleTime(GoTime At, bool Repeats)
{
    /// <summary>No schedule at all.</summary>
    public bool IsNone => At.IsZero;

    /// <summary>Nanoseconds since 1970.</summary>
    public long Due => At.UnixNanoseconds;
}

/// <summary>What <c>Nats-Schedule</c> says (ADR-51): <c>@at TIME</c>, <c>@every DURATION</c>, a cron expression or a name for one.</summary>
internal static class SchedulePattern
{
    private const string At = "@at ";
    private const string Every = "@every ";
    private const long Second = 1_000_000_000;

    /// <summary>Reads a pattern and says when it fires after a time; false for one that means nothing or never fires. An empty one is no schedule.</summary>
    /// <param name="zone">Only for cron; null where none was named.</param>
    /// <param name="after">Nanoseconds since 1970: when it was stored, or fired last.</param>
    /// <param name="now">Nanoseconds since 1970. What repeats does not make up for what it missed before.</param>
    public static bool TryNext(string pattern, TimeZoneInfo? zone, long after, long now, out ScheduleTime next)
    {
        next = default;
        if (pattern.Length == 0) return true;
        if (pattern.StartsWith(At, StringComparison.Ordinal)) return zone is null && TryNextAt(pattern[At.Length..], out next);
        if (pattern.StartsWith(Every, StringComparison.Ordinal)) return zone is null && TryNextEvery(pattern[Every.Length..], after, now, out next);
        return CronExpression.TryParse(pattern) is { } cron && TryNextCron(cron, zone ?? TimeZoneInfo.Utc, after, now, out next);
    }

    private static bool TryNextAt(string text, out ScheduleTime next)
    {
        bool done = GoTime.TryParse(text, out GoTime time, out _);
        next = new ScheduleTime(time, Repeats: false);
        return done;
    }

    private static bool TryNextEvery(string text, long after, long now, out ScheduleTime next)
    {
        next = default;
        if (!GoDuration.TryParseNanoseconds(text, out long interval, out _) || interval < Second) return false;
        long due = StreamClock.After(RoundToSecond(after), interval);
        if (due < now) due = StreamClock.After(RoundToSecond(now), interval);
        next = new ScheduleTime(GoTime.FromUnixNanoseconds(due), Repeats: true);
        return true;
    }

    private static bool TryNextCron(CronExpression cron, TimeZoneInfo zone, long after, long now, out ScheduleTime next)
    {
        next = default;
        if (cron.Next(ToDateTime(after), zone) is not { } due) return false;
        if (due < ToDateTime(now))
        {
            if (cron.Next(ToDateTime(RoundToSecond(now)), zone) is not { } later) return false;
            due = later;
        }

        var time = GoTime.From(new DateTimeOffset(due));
        next = new ScheduleTime(time with { OffsetMinutes = (int)zone.GetUtcOffset(due).TotalMinutes }, Repeats: true);
        return true;
    }

    private static DateTime ToDateTime(long nanoseconds) => DateTime.UnixEpoch.AddTicks(nanoseconds / TimeSpan.NanosecondsPerTick);

    // Half a second and more up, as Go rounds.
    private static long RoundToSecond(long time)
    {
        long rest = ((time % Second) + Second) % Second;
        long down = time - rest;
        return rest < Second / 2 ? down : StreamClock.After(down, Second);
    }
}
