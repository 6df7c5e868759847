using CsCheck;
using DotNats.Protocol.Text;
using Shouldly;
using Xunit;

namespace Protocol.Tests.Text;

// What is taken and what is told was taken from nats-server 2.15.1, as answers to stream requests.
public sealed class GoTimeTests
{
    private const string As = " as \"2006-01-02T15:04:05Z07:00\": cannot parse ";

    [Theory]
    [InlineData("2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z")]
    [InlineData("2020-01-01T00:00:00.123456789+01:00", "2020-01-01T00:00:00.123456789+01:00")]
    [InlineData("2020-01-01T00:00:00,5Z", "2020-01-01T00:00:00.5Z")]
    [InlineData("2020-01-01T0:00:00Z", "2020-01-01T00:00:00Z")]
    [InlineData("2020-01-01T00:00:00+01:60", "2020-01-01T00:00:00+02:00")]
    [InlineData("2020-01-01T00:00:00.1234567891234Z", "2020-01-01T00:00:00.123456789Z")]
    [InlineData("2020-01-01T00:00:00-00:00", "2020-01-01T00:00:00Z")]
    [InlineData("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z")]
    [InlineData("0000-02-29T12:00:00-07:30", "0000-02-29T12:00:00-07:30")]
    [InlineData("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z")]
    public void A_time_is_written_as_Go_writes_it(string text, string expected)
    {
        GoTime.TryParse(text, out GoTime time, out string? error).ShouldBeTrue(error);
        time.ToString().ShouldBe(expected);
    }

    [Theory]
    [InlineData("2020-1-01T00:00:00Z", As + "\"1-01T00:00:00Z\" as \"01\"")]
    [InlineData("2020-01-01T24:00:00Z", ": hour out of range")]
    [InlineData("2020-01-01T00:60:00Z", ": minute out of range")]
    [InlineData("2020-01-01T00:00:60Z", ": second out of range")]
    [InlineData("2020-13-01T00:00:00Z", ": month out of range")]
    [InlineData("2020-00-01T00:00:00Z", ": month out of range")]
    [InlineData("2020-02-30T00:00:00Z", ": day out of range")]
    [InlineData("2019-02-29T00:00:00Z", ": day out of range")]
    [InlineData("2020-01-00T00:00:00Z", ": day out of range")]
    [InlineData("2020-01-01T00:00:00", As + "\"\" as \"Z07:00\"")]
    [InlineData("2020-01-01T00:00:00z", As + "\"z\" as \"Z07:00\"")]
    [InlineData("2020-01-01t00:00:00Z", As + "\"t00:00:00Z\" as \"T\"")]
    [InlineData("2020-01-01T00:00:00Zx", ": extra text: \"x\"")]
    [InlineData("2020-01-01T00:00:00.Z", As + "\".Z\" as \"Z07:00\"")]
    [InlineData("2020-01-01T00:00:00+0100", As + "\"+0100\" as \"Z07:00\"")]
    [InlineData("", As + "\"\" as \"2006\"")]
    [InlineData("2020", As + "\"\" as \"-\"")]
    [InlineData("20", As + "\"20\" as \"2006\"")]
    [InlineData("20200101", As + "\"0101\" as \"-\"")]
    [InlineData("2020-01-01T00:0:00Z", As + "\"0:00Z\" as \"04\"")]
    [InlineData("2020-01-1T00:00:00Z", As + "\"1T00:00:00Z\" as \"02\"")]
    public void What_is_no_time_is_told_in_Gos_words(string text, string expected)
    {
        GoTime.TryParse(text, out _, out string? error).ShouldBeFalse();
        error.ShouldBe($"parsing time \"{text}\"{expected}");
    }

    [Fact]
    public void Quotes_and_foreign_letters_are_escaped_in_errors()
    {
        GoTime.TryParse("é\"", out _, out string? error).ShouldBeFalse();
        error.ShouldBe("parsing time \"\\xc3\\xa9\\\"\"" + As + "\"\\xc3\\xa9\\\"\" as \"2006\"");
    }

    [Fact]
    public void Nanoseconds_since_1970_survive_the_text()
    {
        Gen.Long.Sample(nanoseconds =>
        {
            var time = GoTime.FromUnixNanoseconds(nanoseconds);
            GoTime.TryParse(time.ToString(), out GoTime read, out _).ShouldBeTrue();
            read.ShouldBe(time);
            read.UnixNanoseconds.ShouldBe(nanoseconds);
        });
    }

    [Fact]
    public void What_no_64_bits_can_hold_is_cut_off()
    {
        GoTime.TryParse("9999-12-31T23:59:59Z", out GoTime late, out _).ShouldBeTrue();
        (default(GoTime).UnixNanoseconds, late.UnixNanoseconds).ShouldBe((long.MinValue, long.MaxValue));
        default(GoTime).IsZero.ShouldBeTrue();
        default(GoTime).ToString().ShouldBe("0001-01-01T00:00:00Z");
    }

    [Fact]
    public void Text_that_is_almost_a_time_never_throws()
    {
        Gen.Select(Gen.Int[0, 34], Gen.Char, (at, character) => "2020-12-31T23:59:59.999999999+23:59".Remove(at, 1).Insert(at, character.ToString()))
            .Sample(text => Should.NotThrow(() => GoTime.TryParse(text, out GoTime time, out _) ? time.ToString() : ""));
    }
}
