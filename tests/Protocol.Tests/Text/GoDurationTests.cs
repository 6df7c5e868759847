using CsCheck;
using DotNats.Protocol.Text;
using Shouldly;
using Xunit;

namespace Protocol.Tests.Text;

public class GoDurationTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("-0", 0)]
    [InlineData("5s", 5_000_000_000)]
    [InlineData("+5s", 5_000_000_000)]
    [InlineData("-1.5s", -1_500_000_000)]
    [InlineData(".5s", 500_000_000)]
    [InlineData("5.s", 5_000_000_000)]
    [InlineData("1h2m3.5s", 3_723_500_000_000)]
    [InlineData("250ms", 250_000_000)]
    [InlineData("10us", 10_000)]
    [InlineData("10µs", 10_000)]
    [InlineData("10μs", 10_000)]
    [InlineData("7ns", 7)]
    [InlineData("1m1m", 120_000_000_000)]
    [InlineData("0.3333333333333333333h", 1_200_000_000_000)]
    [InlineData("0.9223372036854775807h", 3_320_413_933_267)]
    [InlineData("9223372036854775807ns", long.MaxValue)]
    [InlineData("-9223372036854775808ns", long.MinValue)]
    public void Reads_what_go_reads(string text, long nanoseconds)
    {
        GoDuration.TryParseNanoseconds(text, out long value, out string? error).ShouldBeTrue(error);
        value.ShouldBe(nanoseconds);
    }

    [Theory]
    [InlineData("", "time: invalid duration \"\"")]
    [InlineData("-", "time: invalid duration \"-\"")]
    [InlineData("soon", "time: invalid duration \"soon\"")]
    [InlineData(".s", "time: invalid duration \".s\"")]
    [InlineData("10", "time: missing unit in duration \"10\"")]
    [InlineData("1d", "time: unknown unit \"d\" in duration \"1d\"")]
    [InlineData("1 s", "time: unknown unit \" s\" in duration \"1 s\"")]
    [InlineData("1S2s", "time: unknown unit \"S\" in duration \"1S2s\"")]
    [InlineData("\"é\t", "time: invalid duration \"\\\"\\xc3\\xa9\\x09\"")]
    [InlineData("9223372036854775808ns", "time: invalid duration \"9223372036854775808ns\"")]
    [InlineData("99999999999999999999h", "time: invalid duration \"99999999999999999999h\"")]
    [InlineData("9223372036s900ms", "time: invalid duration \"9223372036s900ms\"")]
    public void Says_what_is_wrong_in_gos_words(string text, string message)
    {
        GoDuration.TryParse(text, out _, out string? error).ShouldBeFalse();
        error.ShouldBe(message);
        Should.Throw<FormatException>(() => GoDuration.Parse(text)).Message.ShouldBe(message);
    }

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(1, "1ns")]
    [InlineData(1_100, "1.1µs")]
    [InlineData(2_200_000, "2.2ms")]
    [InlineData(250_000_000, "250ms")]
    [InlineData(1_500_000_000, "1.5s")]
    [InlineData(120_000_000_000, "2m0s")]
    [InlineData(3_600_000_000_000, "1h0m0s")]
    [InlineData(-3_723_000_000_001, "-1h2m3.000000001s")]
    [InlineData(long.MinValue, "-2562047h47m16.854775808s")]
    public void Writes_as_go_prints(long nanoseconds, string text) => GoDuration.FormatNanoseconds(nanoseconds).ShouldBe(text);

    [Fact]
    public void Time_spans_beyond_gos_range_are_still_written() =>
        GoDuration.Format(TimeSpan.MaxValue).ShouldBe("256204778h48m5.4775807s");

    [Fact]
    public void What_is_written_reads_back() =>
        Gen.Long.Sample(n => GoDuration.TryParseNanoseconds(GoDuration.FormatNanoseconds(n), out long back, out _) && back == n);
}
