using CsCheck;
using DotNats.JetStream.Publishing.Schedules;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Publishing.Schedules;

public class CronExpressionTests
{
    [Theory]
    [InlineData("* * * * * *", "2024-02-28T23:59:58.5", "2024-02-28T23:59:59")]
    [InlineData("0 * * * * *", "2024-02-28T23:59:00", "2024-02-29T00:00:00")]
    [InlineData("30 */15 * * * *", "2024-01-01T00:15:30", "2024-01-01T00:30:30")]
    [InlineData("0 0 0 29 2 *", "2024-02-29T00:00:00", "2028-02-29T00:00:00")]
    [InlineData("0 0 0 31 * *", "2024-01-31T12:00:00", "2024-03-31T00:00:00")]
    [InlineData("0 0 12 * * mon-fri", "2024-03-01T12:00:00", "2024-03-04T12:00:00")]
    [InlineData("0 0 0 13 * fri", "2024-09-01T00:00:00", "2024-09-06T00:00:00")]
    [InlineData("0 0 0 13 * fri", "2024-09-12T00:00:00", "2024-09-13T00:00:00")]
    [InlineData("0 0 0 */1 * fri", "2024-09-12T00:00:00", "2024-09-13T00:00:00")]
    [InlineData("0 0 0 */2 * fri", "2024-09-12T00:00:00", "2024-09-13T00:00:00")]
    [InlineData("@yearly", "2024-01-01T00:00:00", "2025-01-01T00:00:00")]
    [InlineData("@monthly", "2024-01-01T00:00:01", "2024-02-01T00:00:00")]
    [InlineData("@weekly", "2024-01-01T00:00:00", "2024-01-07T00:00:00")]
    [InlineData("@daily", "2024-12-31T00:00:00", "2025-01-01T00:00:00")]
    [InlineData("@hourly", "2024-12-31T23:00:00", "2025-01-01T00:00:00")]
    public void It_fires_next(string pattern, string after, string expected) => Next(pattern, "UTC", after).ShouldBe(expected + "Z");

    // Clocks go forward at 2:00 in the night to March 31, 2024, and back at 3:00 in the night to October 27.
    [Theory]
    [InlineData("0 30 2 * * *", "2024-03-30T01:30:00", "2024-04-01T00:30:00", "what is left out does not fire")]
    [InlineData("0 0 3 * * *", "2024-03-30T22:00:00", "2024-03-31T01:00:00", "the hour behind the gap")]
    [InlineData("0 30 * * * *", "2024-03-31T00:30:00", "2024-03-31T01:30:00", "hours go on")]
    [InlineData("0 30 2 * * *", "2024-10-26T22:00:00", "2024-10-27T00:30:00", "the first of two")]
    [InlineData("0 30 2 * * *", "2024-10-27T00:30:00", "2024-10-27T01:30:00", "and the second")]
    [InlineData("0 30 2 * * *", "2024-10-27T01:30:00", "2024-10-28T01:30:00", "then the next day")]
    [InlineData("0 0 0 * * *", "2024-10-26T22:00:00", "2024-10-27T23:00:00", "a day of 25 hours")]
    [InlineData("0 0 0 1 1 *", "2024-06-01T00:00:00", "2024-12-31T23:00:00", "months begin by the zone's clocks")]
    public void Clocks_that_are_set_are_followed(string pattern, string after, string expected, string because) =>
        Next(pattern, "Europe/Berlin", after).ShouldBe(expected + "Z", because);

    // Clocks went forward at midnight in the night to September 8, 2024.
    [Fact]
    public void A_day_without_midnight_begins_when_it_begins()
    {
        Next("0 0 0 * * *", "America/Santiago", "2024-09-07T12:00:00").ShouldBe("2024-09-09T03:00:00Z");
        Next("0 0 1 * * *", "America/Santiago", "2024-09-07T12:00:00").ShouldBe("2024-09-08T04:00:00Z");
        Next("0 30 * 8 9 *", "America/Santiago", "2024-09-07T12:00:00").ShouldBe("2024-09-08T04:30:00Z");
    }

    [Fact]
    public void What_never_comes_is_not_looked_for_for_ever()
    {
        foreach (string pattern in new[] { "0 0 0 31 2 *", "0 , * * * *", "0 0 0 30 2 ?" })
            CronExpression.TryParse(pattern)!.Next(DateTime.UnixEpoch, TimeZoneInfo.Utc).ShouldBeNull();
        CronExpression.TryParse("* * * * * *")!.Next(DateTime.MaxValue, TimeZoneInfo.Utc).ShouldBeNull();
        CronExpression.TryParse("0 0 0 1 1 *")!.Next(DateTime.MaxValue.AddMonths(-1), TimeZoneInfo.Utc).ShouldBeNull();
    }

    [Fact]
    public void It_fires_whenever_the_clock_shows_it()
    {
        Gen<string> field = Gen.OneOf(Gen.Const("*"), Gen.Int[0, 23].Select(value => $"{value}"), Gen.Int[1, 9].Select(step => $"*/{step}"), Gen.Int[0, 20].Select(start => $"{start}-{start + 3}"));
        Gen.Select(field, field, Gen.OneOf(Gen.Const("*"), Gen.Const("2")), Gen.OneOf(Gen.Const("*"), Gen.Const("31,27,10"), Gen.Const("0").Select(_ => "29-31")), Gen.Int[-90, 90]).Sample((minute, hour, second, day, start) =>
        {
            string pattern = $"{(second == "*" ? "0" : "0,30")} {minute} {hour} {day} * *";
            CronExpression cron = CronExpression.TryParse(pattern)!;
            TimeZoneInfo zone = ScheduleZones.Find(start % 2 == 0 ? "Europe/Berlin" : "America/New_York")!;
            DateTime after = new DateTime(2024, start % 3 == 0 ? 3 : start % 3 == 1 ? 10 : 11, 9, 0, 0, 0, DateTimeKind.Utc).AddHours(start).AddSeconds(start & 31);
            DateTime? next = cron.Next(after, zone);
            next.ShouldBe(Search(pattern, after, zone), $"{pattern} after {after:O} in {zone.Id}");
        }, iter: 60);
    }

    // The same by looking at every half minute.
    private static DateTime? Search(string pattern, DateTime after, TimeZoneInfo zone)
    {
        string[] fields = pattern.Split(' ');
        DateTime time = new DateTime(after.Ticks - (after.Ticks % (TimeSpan.TicksPerSecond * 30)), DateTimeKind.Utc).AddSeconds(30);
        for (; time < after.AddDays(100); time = time.AddSeconds(30))
        {
            DateTime local = TimeZoneInfo.ConvertTimeFromUtc(time, zone);
            if (Fits(fields[0], local.Second) && Fits(fields[1], local.Minute) && Fits(fields[2], local.Hour) && Fits(fields[3], local.Day, 1)) return time;
        }

        return null;
    }

    private static bool Fits(string field, int value, int min = 0) => field.Split(',').Any(part =>
        part == "*" || part == $"{value}"
        || (part.StartsWith("*/") && (value - min) % int.Parse(part[2..]) == 0)
        || (part.Contains('-') && value >= int.Parse(part.Split('-')[0]) && value <= int.Parse(part.Split('-')[1])));

    private static string? Next(string pattern, string zone, string after)
    {
        DateTime from = DateTime.SpecifyKind(DateTime.Parse(after), DateTimeKind.Utc);
        return CronExpression.TryParse(pattern)!.Next(from, ScheduleZones.Find(zone)!)?.ToString("yyyy-MM-ddTHH:mm:ssZ");
    }
}
