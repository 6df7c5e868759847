using System.Numerics;
using System.Text;
using CsCheck;
using DotNats.JetStream.Publishing;
using DotNats.JetStream.Publishing.Counters;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Publishing;

public class CounterRulesTests
{
    private readonly RulesHarness _stream = new(new PublishPolicy { Name = "C", AllowsCounters = true });

    [Fact]
    public void A_message_is_stored_as_the_new_total()
    {
        _stream.Publish("a", "Nats-Incr: 1").ShouldBe("1");
        _stream.Publish("a", "Nats-Incr: +41|A: b").ShouldBe("2");
        _stream.Publish("a", "Nats-Incr: -100").ShouldBe("3");
        _stream.Publish("b", "Nats-Incr: 0").ShouldBe("4");
        _stream.Publish("a", "Nats-Incr: 123456789012345678901234567890").ShouldBe("5");
        _stream.Log.Dump().ShouldBe(
        [
            "1 a [Nats-Incr: 1] {\"val\":\"1\"}",
            "2 a [Nats-Incr: +41|A: b] {\"val\":\"42\"}",
            "3 a [Nats-Incr: -100] {\"val\":\"-58\"}",
            "4 b [Nats-Incr: 0] {\"val\":\"0\"}",
            "5 a [Nats-Incr: 123456789012345678901234567890] {\"val\":\"123456789012345678901234567832\"}",
        ]);
    }

    [Theory]
    [InlineData("", "", "10169 message counter increment is missing")]
    [InlineData("A: b", "", "10169 message counter increment is missing")]
    [InlineData("Nats-Incr:", "", "10169 message counter increment is missing")]
    [InlineData("Nats-Incr: x", "", "10171 message counter increment is invalid")]
    [InlineData("Nats-Incr: 1.5", "", "10171 message counter increment is invalid")]
    [InlineData("Nats-Incr: 1 ", "", "10171 message counter increment is invalid")]
    [InlineData("Nats-Incr: --1", "", "10171 message counter increment is invalid")]
    [InlineData("Nats-Incr: +", "", "10171 message counter increment is invalid")]
    [InlineData("Nats-Incr: 0x10", "", "10171 message counter increment is invalid")]
    [InlineData("Nats-Incr: 1_000", "", "10171 message counter increment is invalid")]
    [InlineData("Nats-Incr: 1", "x", "10170 message counter has payload")]
    [InlineData("Nats-Incr: 1|Nats-Rollup: sub", "", "10171 message counter increment is invalid")]
    [InlineData("Nats-Incr: 1|Nats-Expected-Stream: C", "", "10171 message counter increment is invalid")]
    [InlineData("Nats-Incr: 1|Nats-Expected-Last-Sequence: 0", "", "10171 message counter increment is invalid")]
    [InlineData("Nats-Incr: 1|Nats-Expected-Last-Subject-Sequence: 0", "", "10171 message counter increment is invalid")]
    [InlineData("Nats-Incr: 1|Nats-Expected-Last-Subject-Sequence-Subject: a", "", "10171 message counter increment is invalid")]
    [InlineData("Nats-Incr: 1|Nats-Expected-Last-Msg-Id: a", "", "10171 message counter increment is invalid")]
    [InlineData("Nats-Incr: 1|Nats-Msg-Id: a", "", "1")]
    public void An_increment_stands_alone(string headers, string payload, string expected) => _stream.Publish("a", headers, payload).ShouldBe(expected);

    [Fact]
    public void Other_streams_do_not_count()
    {
        var stream = new RulesHarness();
        stream.Publish("a", "Nats-Incr: 1").ShouldBe("10168 message counters is disabled");
        stream.Publish("a", "Nats-Incr: x").ShouldBe("10171 message counter increment is invalid");
        stream.Publish("a", "Nats-Incr: 1", "{\"val\":\"7\"}", PublishOrigin.Stream).ShouldBe("1");
        stream.Log.Dump().ShouldBe(["1 a [Nats-Incr: 1] {\"val\":\"7\"}"]);
    }

    [Theory]
    [InlineData("no json")]
    [InlineData("{\"val\":1}")]
    [InlineData("[]")]
    [InlineData("")]
    public void A_last_message_that_is_no_total_breaks_the_counter(string body)
    {
        _stream.Log.Append("a", payload: body);
        _stream.Publish("a", "Nats-Incr: 1").ShouldBe("10172 message counter is broken");
    }

    [Theory]
    [InlineData("{}", "5")]
    [InlineData("null", "5")]
    [InlineData("{\"VAL\":\"7\"}", "12")]
    [InlineData("{\"val\":\"12x3\"}", "17")]
    [InlineData("{\"val\":\"x\"}", "5")]
    [InlineData("{\"val\":\"-12x\",\"other\":[1]}", "-7")]
    public void Odd_totals_count_as_in_the_real_server(string body, string total)
    {
        _stream.Log.Append("a", payload: body);
        _stream.Publish("a", "Nats-Incr: 5").ShouldBe("2");
        _stream.Log.Dump()[1].ShouldEndWith($"{{\"val\":\"{total}\"}}");
    }

    [Fact]
    public void What_a_source_counted_since_its_last_message_is_added()
    {
        Source("a", "Nats-Incr: 5", 5, "ONE 1 > > orig.a");
        Source("a", "Nats-Incr: 3", 8, "ONE 2 > > orig.a");
        Source("a", "Nats-Incr: 1", 1, "TWO 1 > >");
        _stream.Publish("a", "Nats-Incr: 1").ShouldBe("4");
        Source("a", "Nats-Incr: 2", 2, "ONE 3 > > other");
        _stream.Log.Dump().ShouldBe(
        [
            "1 a [Nats-Incr: 5|Nats-Stream-Source: ONE 1 > > orig.a|Nats-Counter-Sources: {\"ONE\":{\"orig.a\":\"5\"}}] {\"val\":\"5\"}",
            "2 a [Nats-Incr: 3|Nats-Stream-Source: ONE 2 > > orig.a|Nats-Counter-Sources: {\"ONE\":{\"orig.a\":\"8\"}}] {\"val\":\"8\"}",
            "3 a [Nats-Incr: 1|Nats-Stream-Source: TWO 1 > >|Nats-Counter-Sources: {\"ONE\":{\"orig.a\":\"8\"},\"TWO\":{\"a\":\"1\"}}] {\"val\":\"9\"}",
            "4 a [Nats-Incr: 1|Nats-Counter-Sources: {\"ONE\":{\"orig.a\":\"8\"},\"TWO\":{\"a\":\"1\"}}] {\"val\":\"10\"}",
            "5 a [Nats-Incr: 2|Nats-Stream-Source: ONE 3 > > other|Nats-Counter-Sources: {\"ONE\":{\"orig.a\":\"8\",\"other\":\"2\"},\"TWO\":{\"a\":\"1\"}}] {\"val\":\"12\"}",
        ]);
    }

    [Fact]
    public void A_source_that_starts_anew_takes_back_what_it_had()
    {
        Source("a", "Nats-Incr: 5", 5, "ONE 1 > > a");
        Source("a", "Nats-Incr: 1", 1, "ONE 1 > > a");
        _stream.Log.Dump()[1].ShouldBe("2 a [Nats-Incr: -4|Nats-Stream-Source: ONE 1 > > a|Nats-Counter-Sources: {\"ONE\":{\"a\":\"1\"}}] {\"val\":\"1\"}");
    }

    [Fact]
    public void A_total_has_to_fit_into_a_message()
    {
        _stream.Policy = _stream.Policy with { MaxPayload = 60 };
        _stream.Publish("a", "Nats-Incr: " + new string('9', 10)).ShouldBe("1");
        _stream.Publish("a", "Nats-Incr: " + new string('9', 20)).ShouldBe("10054 message size exceeds maximum allowed");
    }

    [Theory]
    [InlineData("{\"a\":{\"b\":1}}")]
    [InlineData("{\"a\":[]}")]
    [InlineData("[]")]
    [InlineData("{\"a\":")]
    [InlineData("{} {}")]
    public void Sources_that_cannot_be_read_break_the_counter(string sources)
    {
        _stream.Log.Append("a", $"NATS/1.0\r\nNats-Counter-Sources: {sources}\r\n\r\n", "{\"val\":\"1\"}");
        _stream.Publish("a", "Nats-Incr: 1").ShouldBe("10172 message counter is broken");
    }

    [Fact]
    public void Increments_are_read_whatever_their_size()
    {
        Gen.Byte.Array[1, 60].Select(Gen.Bool).Sample((bytes, plus) =>
        {
            var number = new BigInteger(bytes);
            string text = plus && number.Sign >= 0 ? "+" + number : number.ToString();
            CounterValue.TryReadIncrement(Encoding.UTF8.GetBytes(text), out BigInteger value).ShouldBeTrue();
            value.ShouldBe(number);
        }, iter: 2_000);
        Gen.Byte.Array.Sample(bytes => { CounterValue.TryReadIncrement(bytes, out _); }, iter: 5_000);
        Gen.Byte.Array.Sample(bytes => { CounterSources.TryRead(bytes, out _); }, iter: 5_000);
    }

    private void Source(string subject, string headers, int total, string source) =>
        _stream.Publish(subject, $"{headers}|Nats-Stream-Source: {source}", $"{{\"val\":\"{total}\"}}", PublishOrigin.Stream).ShouldNotBe("0");
}
