using System.Text.Json;
using DotNats.Server.Accounts;
using Server.Tests.Harness;
using Shouldly;
using Xunit;
using static Server.Tests.Accounts.SharingServer;

namespace Server.Tests.Accounts;

// Each expectation was taken from nats-server 2.15.1.
public sealed class ServiceLatencyTests
{
    [Fact]
    public async Task An_answered_request_is_measured()
    {
        await using SharingServer server = await StartAsync(Exporter("100%"), Importer());
        Dialogue a = await server.ConnectAsync("A", "\"name\":\"svc\"", "SUB svc 1", "SUB lat 2"), b = await server.ConnectAsync("B", "\"name\":\"req\"", "SUB in 1");
        await PublishAsync(b, "svc", "q", "in");
        string reply = await TakeReplyAsync(a);
        reply.ShouldMatch("^_R_\\.[0-9A-Za-z]{6}\\.[0-9A-Za-z]{6}\\.[0-9A-Za-z]{8}\\.T$");
        server.Server.Time.Advance(TimeSpan.FromMilliseconds(250));
        await PublishAsync(a, reply, "r");
        (await b.FenceAsync()).ShouldBe(["MSG in 1 1", "r"]);
        JsonElement report = await ReportAsync(server, a);
        report.EnumerateObject().Select(member => member.Name).ShouldBe(
            ["type", "id", "timestamp", "status", "requestor", "responder", "start", "service", "system", "total"]);
        report.GetProperty("type").GetString().ShouldBe("io.nats.server.metric.v1.service_latency");
        report.GetProperty("status").GetInt32().ShouldBe(200);
        report.GetProperty("requestor").GetProperty("acc").GetString().ShouldBe("B");
        report.GetProperty("requestor").TryGetProperty("name", out _).ShouldBeFalse();
        report.GetProperty("responder").GetProperty("name").GetString().ShouldBe("svc");
        report.GetProperty("responder").GetProperty("user").GetString().ShouldBe("a");
        report.GetProperty("total").GetInt64().ShouldBeInRange(250_000_000, 260_000_000);
        report.GetProperty("service").GetInt64().ShouldBeInRange(240_000_000, 250_000_000);
    }

    [Fact]
    public async Task An_importer_that_shares_is_named()
    {
        await using SharingServer server = await StartAsync(Exporter("100%"), Importer(", share: true"));
        Dialogue a = await server.ConnectAsync("A", "", "SUB svc 1", "SUB lat 2"), b = await server.ConnectAsync("B", "\"name\":\"req\"", "SUB in 1");
        await PublishAsync(b, "svc", "q", "in");
        await PublishAsync(a, await TakeReplyAsync(a), "r");
        (await ReportAsync(server, a)).GetProperty("requestor").GetProperty("name").GetString().ShouldBe("req");
    }

    [Theory]
    [InlineData("no reply", 400, "Bad Request")]
    [InlineData("interest lost", 408, "Request Timeout")]
    [InlineData("no responders", 503, "Service Unavailable")]
    [InlineData("timeout", 504, "Service Timeout")]
    public async Task A_request_that_fails_is_measured_too(string how, int status, string description)
    {
        await using SharingServer server = await StartAsync(Exporter("100%"), Importer());
        Dialogue a = await server.ConnectAsync("A", "", "SUB lat 2"), b = await server.ConnectAsync("B", "", "SUB in 1");
        if (how != "no responders") a.Send("SUB svc 1");
        await a.FenceAsync();
        await PublishAsync(b, "svc", "q", how == "no reply" ? "" : "in");
        await a.FenceAsync();
        if (how == "interest lost") b.Send("UNSUB 1");
        await b.FenceAsync();
        if (how == "timeout") server.Server.Time.Advance(TimeSpan.FromMinutes(2.5));
        JsonElement report = await ReportAsync(server, a);
        report.GetProperty("status").GetInt32().ShouldBe(status);
        report.GetProperty("description").GetString().ShouldBe(description);
        report.TryGetProperty("responder", out _).ShouldBeFalse();
        report.GetProperty("total").GetInt64().ShouldBe(0);
    }

    [Fact]
    public async Task Headers_may_ask_for_it_and_are_shown()
    {
        await using SharingServer server = await StartAsync(Exporter("headers"), Importer());
        Dialogue a = await server.ConnectAsync("A", "", "SUB svc 1", "SUB lat 2"), b = await server.ConnectAsync("B", "", "SUB in 1");
        await PublishAsync(b, "svc", "q", "in");
        (await TakeReplyAsync(a)).Length.ShouldBe(17);
        await PublishAsync(b, "svc", "q", "in", "x-b3-sampled: 1", "Other: h");
        await PublishAsync(a, await TakeReplyAsync(a), "r");
        (await ReportAsync(server, a)).GetProperty("header").GetRawText().ShouldBe("""{"X-B3-Sampled":["1"]}""");
    }

    [Theory]
    [InlineData("Uber-Trace-Id: a:b:c:1", "Uber-Trace-Id")]
    [InlineData("Uber-Trace-Id: a:b:c:0", null)]
    [InlineData("Uber-Trace-Id: a:b:c:zz", null)]
    [InlineData("Uber-Trace-Id: a:b:1", null)]
    [InlineData("Uber-Trace-Id: a:b:c:03\r\nuberctx-some: 1", "Uber-Trace-Id,Uberctx-Some")]
    [InlineData("X-B3-Sampled: 1", "X-B3-Sampled")]
    [InlineData("X-B3-Sampled: 0\r\nX-B3-TraceId: 1", null)]
    [InlineData("X-B3-TraceId: 1\r\nX-B3-SpanId: 2", "X-B3-Spanid,X-B3-Traceid")]
    [InlineData("b3: a-b-1-c", "B3")]
    [InlineData("b3: a-b-0-c", null)]
    [InlineData("b3: 0", null)]
    [InlineData("b3: d", "B3")]
    [InlineData("traceparent: 00-a-b-01\r\ntracestate: s", "Traceparent,Tracestate")]
    [InlineData("traceparent: 00-a-b-00", null)]
    [InlineData("traceparent: 00-a-b-81", null)]
    [InlineData("traceparent: 00-a-b", null)]
    [InlineData("Nats-Trace-Dest: x", null)]
    [InlineData("no colon", null)]
    [InlineData("", null)]
    public void Headers_of_the_usual_tracers_are_understood(string lines, string? shown)
    {
        byte[] block = System.Text.Encoding.ASCII.GetBytes($"NATS/1.0\r\n{lines}\r\n\r\n");
        SortedDictionary<string, List<string>>? trigger = LatencyHeaders.FindTrigger(block);
        (trigger is null ? null : string.Join(',', trigger.Keys)).ShouldBe(shown);
    }

    [Fact]
    public async Task A_sample_measures_about_its_share()
    {
        await using SharingServer server = await StartAsync(Exporter("20%"), Importer());
        Dialogue a = await server.ConnectAsync("A", "", "SUB svc 1"), b = await server.ConnectAsync("B", "", "SUB in 1");
        for (int i = 0; i < 2000; i++) b.Send("PUB svc in 1", "q");
        await b.FenceAsync();
        List<string> requests = await a.FenceAsync();
        requests.Count(line => line.StartsWith("HMSG", StringComparison.Ordinal) && line.Split(' ')[3].EndsWith(".T", StringComparison.Ordinal)).ShouldBeInRange(300, 540);
    }

    private static (string, string) Exporter(string sampling) => ("A", $"exports: [ {{service: svc, latency: {{sampling: {sampling}, subject: lat}}}} ]");

    private static (string, string) Importer(string more = "") => ("B", $"imports: [ {{service: {{account: A, subject: svc}}{more}}} ]");

    private static async Task<JsonElement> ReportAsync(SharingServer server, Dialogue watcher)
    {
        List<string> lines = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                server.Server.Time.Advance(TimeSpan.FromMilliseconds(20));
                lines.AddRange((await watcher.FenceAsync()).Where(line => line != "PING"));
                return lines.Count >= 2;
            },
            "a measurement comes");
        lines.Count.ShouldBe(2);
        lines[0].ShouldStartWith("MSG lat 2 ");
        return JsonDocument.Parse(lines[1]).RootElement;
    }
}
