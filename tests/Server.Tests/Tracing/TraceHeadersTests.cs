using System.Text;
using DotNats.Server.Tracing;
using Shouldly;
using Xunit;

namespace Server.Tests.Tracing;

public sealed class TraceHeadersTests
{
    [Fact]
    public void Names_keep_their_case_and_values_lose_their_margins()
    {
        TraceHeaders headers = Read("Nats-Trace-Dest:\t t.a \r\nA: 1\r\nA: 2\r\na: 3\r\nEmpty: \r\n B : c\r\n")!;
        Encoding.ASCII.GetString(headers.Destination).ShouldBe("t.a");
        headers.All.Select(pair => $"{pair.Key}={string.Join('|', pair.Value)}").ShouldBe([" B =c", "A=1|2", "Nats-Trace-Dest=t.a", "a=3"]);
    }

    [Theory]
    [InlineData("nats-trace-dest: t.a\r\n")]
    [InlineData("X: Nats-Trace-Dest: t.a\r\n")]
    [InlineData("no colon\r\nNats-Trace-Dest: t.a\r\n")]
    [InlineData("Nats-Trace-Only: 1\r\n")]
    [InlineData("Nats-Trace-Dest: trace disabled\r\n")]
    public void These_ask_for_no_trace(string lines) => Read(lines).ShouldBeNull();

    [Fact]
    public void Another_status_line_or_one_that_did_not_arrive_whole_asks_for_no_trace()
    {
        TraceHeaders.Read("NATS/1.0 503\r\nNats-Trace-Dest: t.a\r\n\r\n"u8, null).ShouldBeNull();
        TraceHeaders.Read("NATS/1.0\r\nNats-Trace-Dest: t.a"u8, null).ShouldBeNull();
    }

    [Fact]
    public void The_first_of_several_values_decides()
    {
        TraceHeaders headers = Read("Nats-Trace-Dest: t.a\r\nNats-Trace-Dest: trace disabled\r\nNats-Trace-Only: 0\r\nNats-Trace-Only: 1\r\n")!;
        Encoding.ASCII.GetString(headers.Destination).ShouldBe("t.a");
        headers.IsTraceOnly.ShouldBeFalse();
    }

    private static TraceHeaders? Read(string lines) => TraceHeaders.Read(Encoding.ASCII.GetBytes($"NATS/1.0\r\n{lines}\r\n"), null);
}
