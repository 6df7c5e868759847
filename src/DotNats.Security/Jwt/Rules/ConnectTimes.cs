using System.Diagnostics.CodeAnalysis;

namespace DotNats.Security;

/// <summary>May a user be connected now, and for how long?</summary>
/// <param name="ClosesIn">Time left until the window that is open ends; null when no window ends it.</param>
public readonly record struct ConnectWindow(bool IsOpen, TimeSpan? ClosesIn);

/// <summary>The times of day a user may be connected at (<c>times</c>, <c>times_location</c>).</summary>
public static class ConnectTimes
{
    private static readonly ConnectWindow Closed = new(false, null);

    /// <summary>The window that is open at <paramref name="now"/> and ends last.</summary>
    /// <param name="locale">IANA name of the zone the times are meant in; empty for <paramref name="local"/>.</param>
    // Compat: an unknown zone or a time that is none closes all windows; windows that touch are not joined.
    public static ConnectWindow At(IReadOnlyList<TimeRangeClaim>? ranges, string locale, DateTimeOffset now, TimeZoneInfo local)
    {
        if (ranges is not { Count: > 0 })
            return new ConnectWindow(true, null);
        if (!TryFindZone(locale, local, out TimeZoneInfo? zone))
            return Closed;
        DateTime today = TimeZoneInfo.ConvertTime(now, zone).Date;
        TimeSpan longest = TimeSpan.Zero;
        foreach (TimeRangeClaim range in ranges)
        {
            if (!TimeOfDay.TryParse(range.Start, out TimeSpan start) || !TimeOfDay.TryParse(range.End, out TimeSpan end))
                return Closed;
            TimeSpan left = TimeLeft(today, start, end, now, zone);
            if (left > longest)
                longest = left;
        }

        return longest > TimeSpan.Zero ? new ConnectWindow(true, longest) : Closed;
    }

    /// <summary>The zone of that name; the data is the system's.</summary>
    public static bool TryFindZone(string locale, TimeZoneInfo local, [NotNullWhen(true)] out TimeZoneInfo? zone)
    {
        zone = locale switch
        {
            "" or "Local" => local,
            "UTC" => TimeZoneInfo.Utc,
            _ => null,
        };
        // Names are file names below the system's zones on Unix: none may lead out of there.
        bool isName = !locale.Contains("..", StringComparison.Ordinal) && !locale.StartsWith('/') && !locale.Contains('\\') && !locale.Contains('\0');
        return zone is not null || (isName && TimeZoneInfo.TryFindSystemTimeZoneById(locale, out zone));
    }

    // Zero when the window is closed. Both ends are outside of it.
    private static TimeSpan TimeLeft(DateTime today, TimeSpan start, TimeSpan end, DateTimeOffset now, TimeZoneInfo zone)
    {
        DateTimeOffset opens = Moment(today, start, zone);
        DateTimeOffset closes = Moment(today, end, zone);
        if (opens > closes)
        {
            // Over midnight: what opened yesterday closes today, what opens today closes tomorrow.
            if (closes > now)
                return closes - now;
            closes = today == DateTime.MaxValue.Date ? DateTimeOffset.MaxValue : Moment(today.AddDays(1), end, zone);
        }

        return opens < now && closes > now ? closes - now : TimeSpan.Zero;
    }

    // Compat: Go's time.Date takes the zone's offset at the wall clock read as UTC, then the one at the moment that gives. Where clocks jump,
    // this picks one of the two meanings.
    private static DateTimeOffset Moment(DateTime day, TimeSpan timeOfDay, TimeZoneInfo zone)
    {
        DateTimeOffset wall = new(DateTime.SpecifyKind(day + timeOfDay, DateTimeKind.Utc));
        DateTimeOffset guess = Shift(wall, zone.GetUtcOffset(wall));
        return Shift(wall, zone.GetUtcOffset(guess));
    }

    // The first and last day of the calendar have no room for an offset.
    private static DateTimeOffset Shift(DateTimeOffset wall, TimeSpan offset) =>
        new(long.Clamp(wall.UtcTicks - offset.Ticks, DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks), TimeSpan.Zero);
}
