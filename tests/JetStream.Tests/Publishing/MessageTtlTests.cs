using System.Text;
using CsCheck;
using DotNats.JetStream.Publishing;
using DotNats.Protocol.Text;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Publishing;

public class MessageTtlTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void The_short_way_reads_what_the_long_one_reads()
    {
        Pieces.Join(1, 7, "0", "1", "9", "60", "999", "s", "m", "h", "ms", ".", "-", "+", " ", "x", "never").Sample(text =>
        {
            bool expected = text == "never" || (GoDuration.TryParseNanoseconds(text, out long nanoseconds, out _) ? nanoseconds >= Second : text.All(char.IsAsciiDigit));
            MessageTtl.TryRead(Encoding.UTF8.GetBytes(text), out MessageTtl ttl).ShouldBe(expected, text);
            if (!expected) return;
            long seconds = text == "never" ? -1 : GoDuration.TryParseNanoseconds(text, out nanoseconds, out _) ? nanoseconds / Second : Wrapped(text);
            ttl.Seconds.ShouldBe(seconds, text);
        }, iter: 20_000);

        static long Wrapped(string digits) => digits.Aggregate(0L, (value, digit) => (value * 10) + (digit - '0'));
    }

    [Theory]
    [InlineData("Nats-TTL: 5", 5 * Second + 7)]
    [InlineData("Nats-TTL: never", long.MaxValue)]
    [InlineData("Nats-TTL: bogus", 0)]
    [InlineData("A: b", 0)]
    [InlineData("Nats-TTL: 9000000000000000000", long.MaxValue)]
    public void A_log_is_told_when_a_message_expires(string headers, long expected) =>
        MessageInspector.For(hasTtl: true, hasSchedules: true).Inspect("a"u8, RulesHarness.Block(headers), 7).ShouldBe(new MessageFacts(expected, IsMarked: false));

    [Fact]
    public void A_log_is_told_of_what_the_stream_allows()
    {
        var inspector = MessageInspector.For(hasTtl: false, hasSchedules: false);
        inspector.Inspect("a"u8, RulesHarness.Block("Nats-TTL: 5|Nats-Schedule: @daily"), 7).ShouldBe(default);
        inspector.Inspect("a"u8, RulesHarness.Block("Nats-TTL: never"), 7).ExpiresAt.ShouldBe(long.MaxValue);
        MessageInspector.For(hasTtl: false, hasSchedules: true).Inspect("a"u8, RulesHarness.Block("Nats-Schedule: @daily"), 7).IsMarked.ShouldBeTrue();
    }

    [Fact]
    public void A_marker_stays_behind_the_last_message_that_expires()
    {
        byte[] marker = DeleteMarkers.MakeHeaders(TimeSpan.FromSeconds(90.5));
        Encoding.UTF8.GetString(marker).ShouldBe("NATS/1.0\r\nNats-Marker-Reason: MaxAge\r\nNats-TTL: 1m30s\r\nNats-Rollup: sub\r\n\r\n");
        DeleteMarkers.IsDue(RemovalReason.Age, [], isLastOfSubject: true).ShouldBeTrue();
        DeleteMarkers.IsDue(RemovalReason.Ttl, RulesHarness.Block("A: b"), isLastOfSubject: true).ShouldBeTrue();
        DeleteMarkers.IsDue(RemovalReason.Ttl, [], isLastOfSubject: false).ShouldBeFalse();
        DeleteMarkers.IsDue(RemovalReason.Purged, [], isLastOfSubject: true).ShouldBeFalse();
        DeleteMarkers.IsDue(RemovalReason.Ttl, marker, isLastOfSubject: true).ShouldBeFalse();
        DeleteMarkers.IsDue(RemovalReason.Age, RulesHarness.Block("KV-Operation: PURGE"), isLastOfSubject: true).ShouldBeFalse();
    }
}
