using System.Globalization;

namespace DotNats.Protocol.Text;

/// <summary>A point in time with its offset from UTC, to the nanosecond, as JSON made by Go programs carries it (RFC 3339).</summary>
/// <remarks>The default value is Go's zero time, <c>0001-01-01T00:00:00Z</c>.</remarks>
/// <param name="Seconds">Since the beginning of the year 1, in UTC.</param>
/// <param name="Nanoseconds">Within the second.</param>
/// <param name="OffsetMinutes">East of UTC; only what is written depends on it.</param>
public readonly record struct GoTime(long Seconds, int Nanoseconds, int OffsetMinutes = 0)
{
    private const long UnixSeconds = 62_135_596_800;
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const int SecondsPerDay = 86_400;

    // The year 0 exists in Go and is a leap year.
    private const int DaysOfYearZero = 366;

    public bool IsZero => Seconds == 0 && Nanoseconds == 0;

    /// <summary>Nanoseconds since 1970; the nearest there is where they do not fit in 64 bits (before 1677 and after 2262).</summary>
    public long UnixNanoseconds
    {
        get
        {
            Int128 exact = ((Int128)(Seconds - UnixSeconds) * NanosecondsPerSecond) + Nanoseconds;
            return exact > long.MaxValue ? long.MaxValue : exact < long.MinValue ? long.MinValue : (long)exact;
        }
    }

    /// <summary>Nanoseconds from another time to this one; the nearest there is where they do not fit in 64 bits.</summary>
    public long NanosecondsSince(GoTime other)
    {
        Int128 exact = ((Int128)(Seconds - other.Seconds) * NanosecondsPerSecond) + (Nanoseconds - other.Nanoseconds);
        return exact > long.MaxValue ? long.MaxValue : exact < long.MinValue ? long.MinValue : (long)exact;
    }

    public static GoTime FromUnixNanoseconds(long nanoseconds)
    {
        long seconds = nanoseconds / NanosecondsPerSecond;
        long rest = nanoseconds % NanosecondsPerSecond;
        if (rest < 0) (seconds, rest) = (seconds - 1, rest + NanosecondsPerSecond);
        return new GoTime(seconds + UnixSeconds, (int)rest);
    }

    public static GoTime From(DateTimeOffset time) =>
        new(time.UtcTicks / TimeSpan.TicksPerSecond, (int)(time.UtcTicks % TimeSpan.TicksPerSecond) * 100, time.TotalOffsetMinutes);

    /// <summary>Reads RFC 3339. <paramref name="error"/> has Go's words where the text is something else.</summary>
    /// <remarks>Compat: as Go, takes hours of one digit, a comma before the fraction, and offsets of up to 24:60; cuts off what is below a nanosecond.</remarks>
    public static bool TryParse(string text, out GoTime time, out string? error)
    {
        var reader = new GoTimeReader(text);
        bool done = reader.Read(out time);
        error = reader.Error;
        return done;
    }

    /// <summary>As Go writes it: without needless zeros in the fraction, <c>Z</c> for UTC.</summary>
    public override string ToString()
    {
        long local = Seconds + (OffsetMinutes * 60L);
        (long day, long second) = Math.DivRem(local, SecondsPerDay);
        if (second < 0) (day, second) = (day - 1, second + SecondsPerDay);
        (int year, int month, int dayOfMonth) = DateOf(day);
        string text = string.Create(CultureInfo.InvariantCulture,
            $"{year:d4}-{month:d2}-{dayOfMonth:d2}T{second / 3600:d2}:{second / 60 % 60:d2}:{second % 60:d2}");
        if (Nanoseconds != 0) text += $".{Nanoseconds:d9}".TrimEnd('0');
        if (OffsetMinutes == 0) return text + "Z";
        int offset = Math.Abs(OffsetMinutes);
        return string.Create(CultureInfo.InvariantCulture, $"{text}{(OffsetMinutes < 0 ? '-' : '+')}{offset / 60:d2}:{offset % 60:d2}");
    }

    /// <summary>Days since the beginning of the year 1; negative in the year 0.</summary>
    internal static long DaysOf(int year, int month, int day) =>
        year > 0 ? new DateTime(year, month, day).Ticks / TimeSpan.TicksPerDay : (new DateTime(4, month, day).DayOfYear - 1) - DaysOfYearZero;

    // Outside of the years 0 to 9999, where an offset may lead, the nearest date there is.
    private static (int Year, int Month, int Day) DateOf(long day)
    {
        long last = DateTime.MaxValue.Ticks / TimeSpan.TicksPerDay;
        bool isYearZero = day < 0;
        long inCalendar = isYearZero ? Math.Max(day, -DaysOfYearZero) + DaysOfYearZero + DaysOf(4, 1, 1) : Math.Min(day, last);
        var date = new DateTime(inCalendar * TimeSpan.TicksPerDay);
        return (isYearZero ? 0 : date.Year, date.Month, date.Day);
    }
}
