using Server.Tests.Harness;
using Shouldly;
using Xunit;
using static Server.Tests.Accounts.SharingServer;

namespace Server.Tests.Accounts;

// Each expectation was taken from nats-server 2.15.1.
public sealed class ServiceImportTests
{
    private const string Info = """Nats-Request-Info: {"acc":"B"}""";

    [Fact]
    public async Task A_request_reaches_the_service_and_the_answer_the_requester()
    {
        await using SharingServer server = await StartAsync(("A", """exports: [ {service: svc} ]"""), ("B", """imports: [ {service: {account: A, subject: svc}} ]"""));
        Dialogue a = await server.ConnectAsync("A", "", "SUB svc 1"), b = await server.ConnectAsync("B", "", "SUB in.* 1");
        (await PublishAsync(b, "svc", "q", "in.1")).ShouldBeEmpty();
        List<string> request = await a.FenceAsync();
        request[0].ShouldMatch("^HMSG svc 1 _R_\\.[0-9A-Za-z]{6}\\.[0-9A-Za-z]{6} [0-9]+ [0-9]+$");
        request[1].ShouldBe("NATS/1.0");
        WithoutRoundTrip(request[2]).ShouldBe(Info);
        request[3..].ShouldBe(["", "q"]);
        await PublishAsync(a, request[0].Split(' ')[3], "a");
        (await b.FenceAsync()).ShouldBe(["MSG in.1 1 1", "a"]);
    }

    [Theory]
    [InlineData("svc.add", "my.add", "svc.add", "my.add", "svc.add")]
    [InlineData("svc.*", null, "svc.*", "svc.x", "svc.x")]
    [InlineData("svc.>", "my.>", "svc.>", "my.a.b", "svc.a.b")]
    [InlineData("svc.*.*", "req.$2.$1", "svc.*.*", "req.one.two", "svc.two.one")]
    [InlineData("svc.*.*", "req.*.*", "svc.*.*", "req.one.two", "svc.one.two")]
    [InlineData("svc.*.*", "req.{{wildcard(2)}}.{{wildcard(1)}}", "svc.*.*", "req.one.two", "svc.two.one")]
    // The way back of three places in a circle is the way there again.
    [InlineData("svc.*.*.*", "req.$2.$3.$1", "svc.*.*.*", "req.y.z.x", "svc.z.x.y")]
    // A subject with places but no wildcard is literal.
    [InlineData("svc.$2.$1", "req.*.*", "svc.*.*", "req.one.two", "svc.$2.$1")]
    public async Task Subjects_are_those_of_the_exporter(string subject, string? to, string exported, string request, string expected)
    {
        string renamed = to is null ? "" : $", to: \"{to}\"";
        await using SharingServer server = await StartAsync(
            ("A", $"exports: [ {{service: \"{exported}\"}} ]"), ("B", $"imports: [ {{service: {{account: A, subject: \"{subject}\"}}{renamed}}} ]"));
        Dialogue a = await server.ConnectAsync("A", "", "SUB > 1"), b = await server.ConnectAsync("B");
        await PublishAsync(b, request);
        (await a.FenceAsync())[0].ShouldStartWith($"HMSG {expected} 1 ");
    }

    [Fact]
    public async Task Without_responders_the_requester_is_told_about_its_own_subject()
    {
        await using SharingServer server = await StartAsync(("A", """exports: [ {service: svc} ]"""), ("B", """imports: [ {service: {account: A, subject: svc}, to: mine} ]"""));
        Dialogue b = await server.ConnectAsync("B", "", "SUB in 1");
        (await PublishAsync(b, "mine", "q", "in")).ShouldBe(["HMSG in 1 36 36", "NATS/1.0 503", "Nats-Subject: mine", "", ""]);
        server.Account("A").ResponsesIfAny!.Count.ShouldBe(0);
        server.Account("B").AwaitedReplies.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_forged_request_info_is_replaced_and_other_headers_stay()
    {
        await using SharingServer server = await StartAsync(("A", """exports: [ {service: svc} ]"""), ("B", """imports: [ {service: {account: A, subject: svc}} ]"""));
        Dialogue a = await server.ConnectAsync("A", "", "SUB svc 1"), b = await server.ConnectAsync("B");
        await PublishAsync(b, "svc", "q", "", "Nats-Request-Info: {\"acc\":\"EVIL\"}", "X: y", "Nats-Request-Info: {\"acc\":\"EVIL2\"}");
        List<string> request = await a.FenceAsync();
        request[1..3].ShouldBe(["NATS/1.0", "X: y"]);
        WithoutRoundTrip(request[3]).ShouldBe(Info);
        request[4..].ShouldBe(["", "q"]);
    }

    [Fact]
    public async Task An_importer_that_shares_tells_who_asks()
    {
        await using SharingServer server = await StartAsync(
            ("A", """exports: [ {service: svc} ]"""), ("B", """imports: [ {service: {account: A, subject: svc}, share: true} ]"""));
        Dialogue a = await server.ConnectAsync("A", "", "SUB svc 1"), b = await server.ConnectAsync("B", "\"name\":\"n\",\"lang\":\"x\",\"version\":\"1\"");
        await PublishAsync(b, "svc");
        string line = (await a.FenceAsync())[2];
        string start = System.Text.Json.JsonSerializer.Serialize(server.Server.Time.GetUtcNow().UtcDateTime);
        // Ids of clients begin at 5, and one more is taken for each account of the configuration.
        WithoutRoundTrip(line).ShouldBe(
            $$"""Nats-Request-Info: {"start":{{start}},"id":8,"acc":"B","user":"b","name":"n","lang":"x","ver":"1","server":"{{server.Server.Server.ServerName}}","kind":"Client","client_type":"nats"}""");
    }

    [Fact]
    public async Task Services_of_services_are_told_the_first_requester_and_the_account_between()
    {
        await using SharingServer server = await StartAsync(
            ("A", """exports: [ {service: a} ]"""),
            ("B", """exports: [ {service: b} ], imports: [ {service: {account: A, subject: a}, to: b} ]"""),
            ("C", """imports: [ {service: {account: B, subject: b}, to: c} ]"""));
        Dialogue a = await server.ConnectAsync("A", "", "SUB a 1"), c = await server.ConnectAsync("C", "", "SUB in 1");
        await PublishAsync(c, "c", "q", "in");
        List<string> request = await a.FenceAsync();
        request[0].ShouldStartWith("HMSG a 1 _R_.");
        WithoutRoundTrip(request[2]).ShouldBe("""Nats-Request-Info: {"acc":"C","svc":"B"}""");
        await PublishAsync(a, request[0].Split(' ')[3], "r");
        (await c.FenceAsync()).ShouldBe(["MSG in 1 1", "r"]);
        server.Account("B").ResponsesIfAny!.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_circle_that_nobody_saw_ends_where_it_began()
    {
        await using SharingServer server = await StartAsync(
            ("A", "exports: [ {service: a} ], imports: [ {service: {account: C, subject: c}, to: a} ]"),
            ("B", "exports: [ {service: b} ], imports: [ {service: {account: A, subject: a}, to: b} ]"),
            ("C", "exports: [ {service: c} ], imports: [ {service: {account: B, subject: b}, to: c} ]"));
        Dialogue c = await server.ConnectAsync("C", "", "SUB c 2"), a = await server.ConnectAsync("A", "", "SUB in 1", "SUB a 2");
        List<string> got = await PublishAsync(a, "a", "q", "in");
        got.Count(line => line == "MSG a 2 in 1").ShouldBe(1);
        got.Select(WithoutRoundTrip).Where(line => line.StartsWith("Nats-Request-Info", StringComparison.Ordinal)).ShouldBe(["""Nats-Request-Info: {"acc":"A","svc":"B"}"""]);
        (await c.FenceAsync()).Count(line => line.StartsWith("HMSG c 2 _R_.", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task Several_accounts_may_serve_one_subject()
    {
        await using SharingServer server = await StartAsync(
            ("A", """exports: [ {service: svc} ]"""),
            ("D", """exports: [ {service: svc} ]"""),
            ("B", """imports: [ {service: {account: A, subject: svc}}, {service: {account: D, subject: svc}} ]"""));
        Dialogue a = await server.ConnectAsync("A", "", "SUB svc 1"), d = await server.ConnectAsync("D", "", "SUB svc 1");
        Dialogue b = await server.ConnectAsync("B", "", "SUB in 1", "SUB svc 2");
        (await PublishAsync(b, "svc", "q", "in")).ShouldBe(["MSG svc 2 in 1", "q"]);
        await PublishAsync(a, await TakeReplyAsync(a), "from a");
        await PublishAsync(d, await TakeReplyAsync(d), "from d");
        (await b.FenceAsync()).ShouldBe(["MSG in 1 6", "from a", "MSG in 1 6", "from d"]);
    }

    [Fact]
    public async Task A_request_is_not_exported_as_a_stream_on_its_way()
    {
        await using SharingServer server = await StartAsync(
            ("A", """exports: [ {service: svc}, {stream: svc} ]"""),
            ("B", """imports: [ {service: {account: A, subject: svc}} ]"""),
            ("C", """imports: [ {stream: {account: A, subject: svc}} ]"""));
        Dialogue a = await server.ConnectAsync("A", "", "SUB svc 1"), c = await server.ConnectAsync("C", "", "SUB svc 1");
        await PublishAsync(await server.ConnectAsync("B"), "svc");
        (await a.FenceAsync()).ShouldNotBeEmpty();
        (await c.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_client_cannot_name_the_servers_reply_subjects()
    {
        await using SharingServer server = await StartAsync(("A", """exports: [ {service: svc} ]"""), ("B", """imports: [ {service: {account: A, subject: svc}} ]"""));
        Dialogue b = await server.ConnectAsync("B");
        (await PublishAsync(b, "svc", "q", "_R_.aaaaaa.bbbbbb")).ShouldBe(["-ERR 'Permissions Violation for Publish with Reply of \"_R_.aaaaaa.bbbbbb\"'"]);
    }

    [Fact]
    public async Task Permissions_of_the_importing_user_hold()
    {
        const string importer = """
            users: [ {user: x, password: x, permissions: {publish: {deny: svc}}} ]
            imports: [ {service: {account: A, subject: svc}} ]
            """;
        await using SharingServer server = await StartAsync(("A", """exports: [ {service: svc} ]"""), ("B", importer));
        Dialogue a = await server.ConnectAsync("A", "", "SUB svc 1"), b = await server.ConnectAsync("X");
        (await PublishAsync(b, "svc")).ShouldBe(["-ERR 'Permissions Violation for Publish to \"svc\"'"]);
        (await a.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_servers_own_services_are_imported_beside_and_give_way_to_configured_ones()
    {
        await using SharingServer server = await StartAsync(("A", """exports: [ {service: svc} ]"""), ("B", """imports: [ {service: {account: A, subject: svc}} ]"""), ("S", ""));
        var account = server.Account("B");
        account.ImportService(server.Account("S"), "S.B.PING", "S.PING", isListed: false);
        account.ImportService(server.Account("S"), "S.svc", "svc");
        Dialogue s = await server.ConnectAsync("S", "", "SUB > 1"), b = await server.ConnectAsync("B", "", "SUB in 1");
        await PublishAsync(b, "S.PING", "q", "in");
        await PublishAsync(b, "svc", "q");
        List<string> request = await s.FenceAsync();
        request.Count.ShouldBe(5);
        request[0].ShouldStartWith("HMSG S.B.PING 1 _R_.");
        await PublishAsync(s, request[0].Split(' ')[3], "pong");
        (await b.FenceAsync()).ShouldBe(["MSG in 1 4", "pong"]);
    }

    private static string WithoutRoundTrip(string line) => System.Text.RegularExpressions.Regex.Replace(line, ",\"rtt\":[0-9]+", "");
}
