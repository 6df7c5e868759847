namespace DotNats.JetStream.Publishing.Schedules;

/// <summary>A point in time that moves forward, with what clocks of a zone show then.</summary>
internal struct ZoneClock
{
    private readonly TimeZoneInfo _zone;

    public ZoneClock(TimeZoneInfo zone, DateTime utc)
    {
        _zone = zone;
        Set(utc);
    }

    public DateTime Utc { get; private set; }

    /// <summary>What clocks show.</summary>
    public DateTime Local { get; private set; }

    /// <summary>False at the end of the calendar.</summary>
    public bool TryMove(long ticks)
    {
        if (DateTime.MaxValue.Ticks - Math.Max(Utc.Ticks, Local.Ticks) < ticks + TimeSpan.TicksPerDay) return false;
        Set(Utc.AddTicks(ticks));
        return true;
    }

    /// <summary>To the moment the next day begins.</summary>
    public bool TryMoveToNextDay() => TryMoveToStart(1);

    /// <summary>To the moment the next month begins.</summary>
    public bool TryMoveToNextMonth() => TryMoveToStart(DateTime.DaysInMonth(Local.Year, Local.Month) - Local.Day + 1);

    private bool TryMoveToStart(int days)
    {
        if (DateTime.MaxValue.Ticks - Math.Max(Utc.Ticks, Local.Ticks) < (days + 2) * TimeSpan.TicksPerDay) return false;
        DateTime date = Local.Date.AddDays(days);
        DateTime here = Utc;
        Set(here.AddTicks(date.Ticks - Local.Ticks));
        // Clocks were set on the way: the day begins somewhat earlier or later, and not at midnight where that is left out.
        if (Local != date) Set(FirstOf(date, Later(here, Utc.AddDays(-1)), Utc.AddDays(1)));
        return true;
    }

    // Between a moment before the date and one behind its beginning. Clocks are set at whole seconds.
    private readonly DateTime FirstOf(DateTime date, DateTime before, DateTime behind)
    {
        long low = before.Ticks / TimeSpan.TicksPerSecond;
        long high = behind.Ticks / TimeSpan.TicksPerSecond;
        while (high - low > 1)
        {
            long middle = low + ((high - low) / 2);
            if (LocalOf(AtSecond(middle)) >= date) high = middle;
            else low = middle;
        }

        return AtSecond(high);
    }

    private static DateTime AtSecond(long second) => new(second * TimeSpan.TicksPerSecond, DateTimeKind.Utc);

    private static DateTime Later(DateTime one, DateTime other) => one > other ? one : other;

    private readonly DateTime LocalOf(DateTime utc) => DateTime.SpecifyKind(utc + _zone.GetUtcOffset(utc), DateTimeKind.Unspecified);

    private void Set(DateTime utc)
    {
        Utc = utc;
        Local = LocalOf(utc);
    }
}
