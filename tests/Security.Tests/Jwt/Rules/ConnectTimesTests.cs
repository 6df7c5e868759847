using DotNats.Security;
using Shouldly;
using Xunit;

namespace Security.Tests.Jwt.Rules;

public sealed class ConnectTimesTests
{
    [Theory]
    [InlineData("08:00:00", "17:00:00", "12:00:00", 5 * 3600)]
    [InlineData("08:00:00", "17:00:00", "08:00:00", 0)]
    [InlineData("08:00:00", "17:00:00", "08:00:01", 9 * 3600 - 1)]
    [InlineData("08:00:00", "17:00:00", "17:00:00", 0)]
    [InlineData("08:00:00", "17:00:00", "07:59:59", 0)]
    [InlineData("22:00:00", "06:00:00", "23:00:00", 7 * 3600)]
    [InlineData("22:00:00", "06:00:00", "05:00:00", 3600)]
    [InlineData("22:00:00", "06:00:00", "06:00:00", 0)]
    [InlineData("22:00:00", "06:00:00", "22:00:00", 0)]
    [InlineData("22:00:00", "06:00:00", "12:00:00", 0)]
    [InlineData("08:00:00", "08:00:00", "08:00:00", 0)]
    [InlineData("8:00:00", "17:00:00.9", "16:59:59", 1)]
    public void A_window_is_open_between_its_ends(string start, string end, string now, int secondsLeft) =>
        Expect(ConnectTimes.At([new(start, end)], "UTC", At($"2024-03-05T{now}Z"), TimeZoneInfo.Utc), secondsLeft);

    [Fact]
    public void Without_windows_everybody_may_stay()
    {
        ConnectTimes.At(null, "Nowhere", At("2024-03-05T12:00:00Z"), TimeZoneInfo.Utc).ShouldBe(new ConnectWindow(true, null));
        ConnectTimes.At([], "", At("2024-03-05T12:00:00Z"), TimeZoneInfo.Utc).ShouldBe(new ConnectWindow(true, null));
    }

    [Fact]
    public void The_window_that_ends_last_counts() =>
        Expect(ConnectTimes.At([new("08:00:00", "13:00:00"), new("11:00:00", "14:00:00"), new("15:00:00", "16:00:00")], "", At("2024-03-05T12:00:00Z"), TimeZoneInfo.Utc), 2 * 3600);

    [Theory]
    [InlineData("", "17:00:00")]
    [InlineData("24:00:00", "17:00:00")]
    [InlineData("08:60:00", "17:00:00")]
    [InlineData("08:00:60", "17:00:00")]
    [InlineData("08:00", "17:00:00")]
    [InlineData("08:0:00", "17:00:00")]
    [InlineData("008:00:00", "17:00:00")]
    [InlineData(" 8:00:00", "17:00:00")]
    [InlineData("08:00:00", "17:00:00 ")]
    [InlineData("08:00:00", "17:00:00.")]
    [InlineData("08:00:00", "5pm")]
    [InlineData("-8:00:00", "17:00:00")]
    public void A_time_that_is_none_closes_everything(string start, string end) =>
        Expect(ConnectTimes.At([new("00:00:00", "23:59:59"), new(start, end)], "", At("2024-03-05T12:00:00Z"), TimeZoneInfo.Utc), 0);

    [Theory]
    [InlineData("Nowhere/Nothing")]
    [InlineData("../../etc/passwd")]
    [InlineData("/usr/share/zoneinfo/UTC")]
    [InlineData("Europe\\Berlin")]
    [InlineData("Europe/Berlin\0")]
    [InlineData("Europe/../UTC")]
    public void An_unknown_zone_closes_everything(string locale) =>
        Expect(ConnectTimes.At([new("00:00:00", "23:59:59")], locale, At("2024-03-05T12:00:00Z"), TimeZoneInfo.Utc), 0);

    [Fact]
    public void Times_are_meant_where_the_claims_say()
    {
        // Noon in Berlin is 11:00 UTC in winter and 10:00 in summer, and 06:00 or so in New York.
        Expect(ConnectTimes.At([new("11:00:00", "12:30:00")], "Europe/Berlin", At("2024-01-15T11:00:00Z"), TimeZoneInfo.Utc), 1800);
        Expect(ConnectTimes.At([new("11:00:00", "12:30:00")], "Europe/Berlin", At("2024-07-15T10:00:00Z"), TimeZoneInfo.Utc), 1800);
        Expect(ConnectTimes.At([new("11:00:00", "12:30:00")], "America/New_York", At("2024-01-15T11:00:00Z"), TimeZoneInfo.Utc), 0);
        Expect(ConnectTimes.At([new("11:00:00", "12:30:00")], "UTC", At("2024-01-15T11:30:00Z"), TimeZoneInfo.Utc), 3600);
    }

    [Fact]
    public void Without_a_zone_the_servers_own_is_meant()
    {
        TimeZoneInfo east = TimeZoneInfo.CreateCustomTimeZone("east", TimeSpan.FromHours(9), "east", "east");
        Expect(ConnectTimes.At([new("08:00:00", "10:00:00")], "", At("2024-01-15T00:30:00Z"), east), 1800);
        Expect(ConnectTimes.At([new("08:00:00", "10:00:00")], "Local", At("2024-01-15T00:30:00Z"), east), 1800);
        Expect(ConnectTimes.At([new("08:00:00", "10:00:00")], "UTC", At("2024-01-15T00:30:00Z"), east), 0);
    }

    // In the night of 31 March 2024 Berlin has no 02:30; on 27 October it has it twice.
    [Fact]
    public void A_night_in_which_clocks_change_is_shorter_or_longer()
    {
        Expect(ConnectTimes.At([new("22:00:00", "06:00:00")], "Europe/Berlin", At("2024-03-30T22:00:00Z"), TimeZoneInfo.Utc), 6 * 3600);
        Expect(ConnectTimes.At([new("22:00:00", "06:00:00")], "Europe/Berlin", At("2024-10-26T21:00:00Z"), TimeZoneInfo.Utc), 8 * 3600);
        ConnectTimes.At([new("02:30:00", "04:00:00")], "Europe/Berlin", At("2024-03-31T01:45:00Z"), TimeZoneInfo.Utc).IsOpen.ShouldBeTrue();
    }

    [Fact]
    public void The_ends_of_the_calendar_are_no_trouble()
    {
        TimeZoneInfo east = TimeZoneInfo.CreateCustomTimeZone("east", TimeSpan.FromHours(14), "east", "east");
        TimeZoneInfo west = TimeZoneInfo.CreateCustomTimeZone("west", TimeSpan.FromHours(-12), "west", "west");
        foreach (TimeZoneInfo zone in new[] { east, west })
        {
            foreach (DateTimeOffset now in new[] { DateTimeOffset.MinValue, DateTimeOffset.MaxValue })
                Should.NotThrow(() => ConnectTimes.At([new("22:00:00", "06:00:00"), new("01:00:00", "23:00:00")], "", now, zone));
        }
    }

    private static void Expect(ConnectWindow window, int secondsLeft) =>
        window.ShouldBe(secondsLeft == 0 ? new ConnectWindow(false, null) : new ConnectWindow(true, TimeSpan.FromSeconds(secondsLeft)));

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
