namespace DotNats.JetStream.Publishing.Schedules;

/// <summary>When something fires again and again: second, minute, hour, day of month, month and day of week (ADR-51).</summary>
/// <remarks>
/// As cron has it: where both kinds of day are restricted, either will do. In a time zone, what falls into an hour that is left out in spring does
/// not fire that day, and what falls into the hour that comes twice in autumn fires twice.
/// </remarks>
// Owner: anyone. Immutable.
internal sealed class CronExpression
{
    // Leap days that a weekday must hit may be far away; further than this nothing is looked for.
    private const int MaxYears = 5;

    private readonly CronField _second;
    private readonly CronField _minute;
    private readonly CronField _hour;
    private readonly CronField _day;
    private readonly CronField _month;
    private readonly CronField _weekday;

    private CronExpression(CronField second, CronField minute, CronField hour, CronField day, CronField month, CronField weekday)
    {
        (_second, _minute, _hour) = (second, minute, hour);
        (_day, _month, _weekday) = (day, month, weekday);
    }

    /// <summary>Reads six fields, or one of the names for usual ones; null where it is neither.</summary>
    public static CronExpression? TryParse(string text)
    {
        string[] fields = Expand(text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 6) return null;
        if (!CronField.TryParseClock(fields[0], 59, out CronField second)) return null;
        if (!CronField.TryParseClock(fields[1], 59, out CronField minute)) return null;
        if (!CronField.TryParseClock(fields[2], 23, out CronField hour)) return null;
        if (!CronField.TryParseDay(fields[3], out CronField day)) return null;
        if (!CronField.TryParseMonth(fields[4], out CronField month)) return null;
        return CronField.TryParseWeekday(fields[5], out CronField weekday) ? new CronExpression(second, minute, hour, day, month, weekday) : null;
    }

    /// <summary>The first time after a whole second; null where there is none within years.</summary>
    /// <param name="after">In UTC.</param>
    public DateTime? Next(DateTime after, TimeZoneInfo zone)
    {
        var clock = new ZoneClock(zone, new DateTime(after.Ticks - (after.Ticks % TimeSpan.TicksPerSecond), DateTimeKind.Utc));
        if (!clock.TryMove(TimeSpan.TicksPerSecond)) return null;
        int lastYear = clock.Local.Year + MaxYears;
        // Each step goes to the next time at which the field that does not match may do so, and looks at all of them again.
        while (clock.Local.Year <= lastYear)
        {
            DateTime local = clock.Local;
            bool moved;
            if (!_month.Has(local.Month)) moved = clock.TryMoveToNextMonth();
            else if (!IsDay(local)) moved = clock.TryMoveToNextDay();
            else if (!_hour.Has(local.Hour)) moved = clock.TryMove(TimeSpan.TicksPerHour - (local.Ticks % TimeSpan.TicksPerHour));
            else if (!_minute.Has(local.Minute)) moved = clock.TryMove(TimeSpan.TicksPerMinute - (local.Ticks % TimeSpan.TicksPerMinute));
            else if (!_second.Has(local.Second)) moved = clock.TryMove(TimeSpan.TicksPerSecond);
            else return clock.Utc;
            if (!moved) return null;
        }

        return null;
    }

    private bool IsDay(DateTime local)
    {
        bool day = _day.Has(local.Day);
        bool weekday = _weekday.Has((int)local.DayOfWeek);
        return _day.IsAny || _weekday.IsAny ? day && weekday : day || weekday;
    }

    private static string Expand(string text) => text switch
    {
        "@yearly" or "@annually" => "0 0 0 1 1 *",
        "@monthly" => "0 0 0 1 * *",
        "@weekly" => "0 0 0 * * 0",
        "@daily" or "@midnight" => "0 0 0 * * *",
        "@hourly" => "0 0 * * * *",
        _ => text,
    };
}
