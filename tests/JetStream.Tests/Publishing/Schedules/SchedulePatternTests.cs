using CsCheck;
using DotNats.JetStream.Publishing.Schedules;
using DotNats.Protocol.Text;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Publishing.Schedules;

public class SchedulePatternTests
{
    [Theory]
    [InlineData("@at 2030-01-02T03:04:05Z", "", "2030-01-02T03:04:05Z")]
    [InlineData("@at 2020-01-02T03:04:05+01:00", "", "2020-01-02T03:04:05+01:00")]
    [InlineData("@every 90s", "", "2024-06-01T12:01:31Z")]
    [InlineData("@every 1.5s", "", "2024-06-01T12:00:02.5Z")]
    [InlineData("0 0 0 * * *", "", "2024-06-02T00:00:00Z")]
    [InlineData("0 0 0 * * *", "Europe/Berlin", "2024-06-02T00:00:00+02:00")]
    [InlineData("0 0 0 * * *", "Asia/Kolkata", "2024-06-02T00:00:00+05:30")]
    [InlineData("@hourly", "America/New_York", "2024-06-01T09:00:00-04:00")]
    public void The_next_time_is_told_as_it_is_written(string pattern, string zone, string expected)
    {
        long now = Nanoseconds("2024-06-01T12:00:00.6Z");
        TimeZoneInfo? found = zone.Length == 0 ? null : ScheduleZones.Find(zone);
        SchedulePattern.TryNext(pattern, found, now, now, out ScheduleTime next).ShouldBeTrue();
        next.At.ToString().ShouldBe(expected);
        next.Repeats.ShouldBe(!pattern.StartsWith("@at"));
    }

    [Theory]
    [InlineData("@every 10s", "2024-06-01T12:00:10Z")]
    [InlineData("0 */5 * * * *", "2024-06-01T12:05:00Z")]
    public void What_was_missed_is_not_made_up_for(string pattern, string expected)
    {
        SchedulePattern.TryNext(pattern, null, Nanoseconds("2020-01-01T00:00:00Z"), Nanoseconds("2024-06-01T12:00:00Z"), out ScheduleTime next).ShouldBeTrue();
        next.At.ToString().ShouldBe(expected);
    }

    [Fact]
    public void A_zone_is_only_for_what_is_told_by_clocks()
    {
        SchedulePattern.TryNext("@every 1h", TimeZoneInfo.Utc, 0, 0, out _).ShouldBeFalse();
        SchedulePattern.TryNext("@at 2030-01-02T03:04:05Z", TimeZoneInfo.Utc, 0, 0, out _).ShouldBeFalse();
        SchedulePattern.TryNext("", TimeZoneInfo.Utc, 0, 0, out ScheduleTime none).ShouldBeTrue();
        none.IsNone.ShouldBeTrue();
    }

    [Fact]
    public void Any_text_is_read_and_what_repeats_fires_in_the_future()
    {
        Pieces.Join(0, 12, "0", "1", "59", "*", "/", "-", ",", " ", " ", "?", "mon", "jan", "@at ", "@every ", "s", "h", "+", "99999999999999999999", "2024-01-01T00:00:00Z", "\u00e9").Sample(text =>
        {
            long now = Nanoseconds("2024-06-01T12:00:00Z");
            if (SchedulePattern.TryNext(text, null, now, now, out ScheduleTime next) && next.Repeats) next.Due.ShouldBeGreaterThan(now, text);
        }, iter: 20_000);
    }

    [Theory]
    [InlineData("../../../etc/passwd")]
    [InlineData("/etc/localtime")]
    [InlineData("Europe/../UTC")]
    [InlineData("zone.tab")]
    [InlineData("Europe")]
    [InlineData("Europe/")]
    [InlineData("a\0b")]
    [InlineData("")]
    public void Only_zones_are_found(string name) => ScheduleZones.Find(name).ShouldBeNull();

    private static long Nanoseconds(string text)
    {
        GoTime.TryParse(text, out GoTime time, out _).ShouldBeTrue();
        return time.UnixNanoseconds;
    }
}
