using System.Text.Json;
using Server.Tests.Harness;
using Shouldly;
using Xunit;
using static Server.Tests.Accounts.SharingServer;

namespace Server.Tests.Accounts;

// Each expectation was taken from nats-server 2.15.1.
public sealed class SharingTraceTests
{
    private const string Dest = "Nats-Trace-Dest: tr";
    private const string Only = "Nats-Trace-Only: 1";

    private static readonly (string, string)[] Accounts =
    [
        ("A", """exports: [ {stream: "foo.>"}, {service: s1}, {service: s2, allow_trace: true} ]"""),
        ("B", """imports: [ {stream: {account: A, subject: "foo.>"}, to: "t.>"}, {service: {account: A, subject: s1}, to: r1}, {service: {account: A, subject: s2}, to: r2} ]"""),
        ("C", """imports: [ {stream: {account: A, subject: "foo.>"}, prefix: p, allow_trace: true} ]"""),
    ];

    [Fact]
    public async Task A_stream_import_is_noted_and_followed_where_the_importer_allows_it()
    {
        await using SharingServer server = await StartAsync(Accounts);
        Dialogue a = await server.ConnectAsync("A", "", "SUB tr 7"), b = await server.ConnectAsync("B", "", "SUB t.> 1"), c = await server.ConnectAsync("C", "", "SUB p.> 1");
        (await PublishAndTraceAsync(a, a, "foo.x", Dest)).ShouldBe(["in A foo.x", "se B t.x", "se C p.foo.x", "eg C foo.>"], ignoreOrder: true);
        (await b.FenceAsync()).ShouldBe(["HMSG t.x 1 33 34", "NATS/1.0", Dest, "", "x"]);
        (await c.FenceAsync()).ShouldBe(["HMSG p.foo.x 1 33 34", "NATS/1.0", Dest, "", "x"]);
    }

    [Fact]
    public async Task Trace_only_goes_through_stream_imports_without_a_delivery()
    {
        await using SharingServer server = await StartAsync(Accounts);
        Dialogue a = await server.ConnectAsync("A", "", "SUB tr 7"), b = await server.ConnectAsync("B", "", "SUB t.> 1"), c = await server.ConnectAsync("C", "", "SUB p.> 1");
        (await PublishAndTraceAsync(a, a, "foo.x", Dest, Only)).ShouldBe(["in A foo.x", "se B t.x", "se C p.foo.x", "eg C foo.>"], ignoreOrder: true);
        (await b.FenceAsync()).ShouldBeEmpty();
        (await c.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_service_import_is_the_end_of_a_trace_unless_the_exporter_allows_it()
    {
        await using SharingServer server = await StartAsync(Accounts);
        Dialogue a = await server.ConnectAsync("A", "", "SUB s1 1", "SUB s2 2"), b = await server.ConnectAsync("B", "", "SUB tr 7", "SUB in 2");
        (await PublishAndTraceAsync(b, b, "r1", Dest)).ShouldBe(["in B r1", "si A r1 s1"]);
        (await a.FenceAsync())[3].ShouldBe("Nats-Trace-Dest: trace disabled");
        (await PublishAndTraceAsync(b, b, "r2", Dest)).ShouldBe(["in B r2", "si A r2 s2", "eg A s2"]);
        (await a.FenceAsync())[3].ShouldMatch("^Nats-Trace-Dest: _R_\\.[0-9A-Za-z]{6}\\.[0-9A-Za-z]{6}$");
    }

    [Fact]
    public async Task Trace_only_reaches_no_service_and_leaves_no_way_back()
    {
        await using SharingServer server = await StartAsync(Accounts);
        Dialogue a = await server.ConnectAsync("A", "", "SUB s1 1", "SUB s2 2"), b = await server.ConnectAsync("B", "", "SUB tr 7", "SUB in 2");
        foreach (string request in (string[])["r1", "r2"])
        {
            List<string> told = await PublishAsync(b, request, "q", "in", Dest, Only);
            (told[0].StartsWith("HMSG in 2 ", StringComparison.Ordinal)).ShouldBe(request == "r1");
        }

        (await a.FenceAsync()).ShouldBeEmpty();
        server.Account("A").ResponsesIfAny!.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_traced_answer_notes_the_way_back()
    {
        await using SharingServer server = await StartAsync(Accounts);
        Dialogue a = await server.ConnectAsync("A", "", "SUB s2 2"), b = await server.ConnectAsync("B", "", "SUB in 2");
        await PublishAsync(b, "r2", "q", "in");
        string reply = await TakeReplyAsync(a);
        a.Send("SUB tr 7");
        (await PublishAndTraceAsync(a, a, reply, Dest)).ShouldBe([$"in A {reply}", $"si B {reply} in"]);
        (await b.FenceAsync()).ShouldBe(["HMSG in 2 45 46", "NATS/1.0", "Nats-Trace-Dest: trace disabled", "", "x"]);
    }

    private static async Task<string[]> PublishAndTraceAsync(Dialogue publisher, Dialogue watcher, string subject, params string[] headers)
    {
        List<string> lines = await PublishAsync(publisher, subject, "x", "", headers);
        if (!ReferenceEquals(publisher, watcher)) lines = await watcher.FenceAsync();
        string json = lines.Single(line => line.StartsWith('{'));
        return [.. JsonDocument.Parse(json).RootElement.GetProperty("events").EnumerateArray().Select(Describe)];
    }

    private static string Describe(JsonElement step) => string.Join(
        ' ',
        ((string[])["type", "acc", "subj", "from", "to", "sub"]).Select(name => step.TryGetProperty(name, out JsonElement value) ? value.GetString() : null).Where(text => text is not null));
}
