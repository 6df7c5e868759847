using DotNats.Server.Monitoring;
using Server.Tests.Harness;
using Shouldly;
using Xunit;
using static Server.Tests.Accounts.SharingServer;

namespace Server.Tests.Accounts;

// Each expectation was taken from nats-server 2.15.1.
public sealed class StreamImportTests
{
    private static readonly (string, string) Exporter = ("A", """exports: [ {stream: "foo.>"}, {stream: "lit"} ]""");

    [Fact]
    public async Task What_is_exported_reaches_subscriptions_of_the_importer_and_nothing_else_does()
    {
        await using SharingServer server = await StartAsync(Exporter, ("B", """imports: [ {stream: {account: A, subject: "foo.>"}} ]"""), ("C", ""));
        Dialogue a = await server.ConnectAsync("A"), c = await server.ConnectAsync("C", "", "SUB > 1");
        Dialogue b = await server.ConnectAsync("B", "", "SUB foo.x 1", "SUB foo.* 2", "SUB > 3", "SUB bar 4");
        await PublishAsync(a, "foo.x", "1", "re.ply");
        await PublishAsync(a, "bar");
        await PublishAsync(a, "foo.x.y", "2");
        List<string> got = await b.FenceAsync();
        got.Where(line => line.StartsWith("MSG", StringComparison.Ordinal)).ShouldBe(
            ["MSG foo.x 1 re.ply 1", "MSG foo.x 2 re.ply 1", "MSG foo.x 3 re.ply 1", "MSG foo.x.y 3 1"], ignoreOrder: true);
        (await c.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Messages_do_not_go_the_other_way()
    {
        await using SharingServer server = await StartAsync(Exporter, ("B", """imports: [ {stream: {account: A, subject: "foo.>"}} ]"""));
        Dialogue a = await server.ConnectAsync("A", "", "SUB > 1"), b = await server.ConnectAsync("B", "", "SUB > 1");
        (await PublishAsync(b, "foo.x")).ShouldBe(["MSG foo.x 1 1", "x"]);
        (await a.FenceAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("prefix: p", "SUB p.foo.* 1", "MSG p.foo.x 1 1")]
    [InlineData("prefix: p", "SUB p.foo.x 1", "MSG p.foo.x 1 1")]
    [InlineData("prefix: p", "SUB *.*.x 1", "MSG p.foo.x 1 1")]
    [InlineData("prefix: p", "SUB > 1", "MSG p.foo.x 1 1")]
    [InlineData("prefix: p", "SUB foo.x 1", null)]
    [InlineData("to: \"t.>\"", "SUB t.x 1", "MSG t.x 1 1")]
    [InlineData("to: \"t.>\"", "SUB *.x 1", "MSG t.x 1 1")]
    [InlineData("to: \"t.>\"", "SUB t.y 1", null)]
    public async Task The_importer_has_them_under_its_own_subject(string how, string subscribe, string? expected)
    {
        await using SharingServer server = await StartAsync(Exporter, ("B", $"imports: [ {{stream: {{account: A, subject: \"foo.>\"}}, {how}}} ]"));
        Dialogue a = await server.ConnectAsync("A"), b = await server.ConnectAsync("B", "", subscribe);
        await PublishAsync(a, "foo.x");
        (await b.FenceAsync()).ShouldBe(expected is null ? [] : [expected, "x"]);
    }

    [Fact]
    public async Task Wildcards_may_change_places()
    {
        await using SharingServer server = await StartAsync(
            ("A", """exports: [ {stream: "e.*.*"} ]"""), ("B", """imports: [ {stream: {account: A, subject: "e.*.*"}, to: "i.$2.$1"} ]"""));
        Dialogue a = await server.ConnectAsync("A"), b = await server.ConnectAsync("B", "", "SUB i.2.* 1", "SUB i.2.1 2", "SUB i.1.2 3");
        await PublishAsync(a, "e.1.2");
        (await b.FenceAsync()).ShouldBe(["MSG i.2.1 1 1", "x", "MSG i.2.1 2 1", "x"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_literal_subject_may_have_another_name()
    {
        await using SharingServer server = await StartAsync(Exporter, ("B", """imports: [ {stream: {account: A, subject: "lit"}, to: "other"} ]"""));
        Dialogue a = await server.ConnectAsync("A"), b = await server.ConnectAsync("B", "", "SUB * 1", "SUB other 2", "SUB lit 3");
        await PublishAsync(a, "lit");
        (await b.FenceAsync()).ShouldBe(["MSG other 1 1", "x", "MSG other 2 1", "x"], ignoreOrder: true);
    }

    [Fact]
    public async Task Of_a_queue_group_one_member_gets_it_also_beside_members_of_the_exporter()
    {
        await using SharingServer server = await StartAsync(Exporter, ("B", """imports: [ {stream: {account: A, subject: "foo.>"}} ]"""));
        Dialogue a = await server.ConnectAsync("A", "", "SUB foo.x q 1");
        Dialogue b = await server.ConnectAsync("B", "", "SUB foo.x q 1", "SUB foo.* q 2", "SUB foo.x r 3");
        int own = 0;
        for (int i = 0; i < 100; i++) own += (await PublishAsync(a, "foo.x")).Count / 2;
        List<string> got = await b.FenceAsync();
        got.Count(line => line == "MSG foo.x 3 1").ShouldBe(100);
        (own + got.Count(line => line is "MSG foo.x 1 1" or "MSG foo.x 2 1")).ShouldBe(100);
        own.ShouldBeInRange(5, 70);
    }

    [Fact]
    public async Task UNSUB_maximum_and_closing_end_it()
    {
        await using SharingServer server = await StartAsync(Exporter, ("B", """imports: [ {stream: {account: A, subject: "foo.>"}} ]"""));
        Dialogue a = await server.ConnectAsync("A"), b = await server.ConnectAsync("B", "", "SUB foo.x 1", "SUB foo.x 2", "UNSUB 2 1", "SUB foo.> 3");
        server.CountSubscriptions("A").ShouldBe(3);
        await PublishAsync(a, "foo.x");
        (await b.FenceAsync()).Count.ShouldBe(6);
        server.CountSubscriptions("A").ShouldBe(2);
        b.Send("UNSUB 1");
        await b.FenceAsync();
        server.CountSubscriptions("A").ShouldBe(1);
        await b.DisposeAsync();
        await Eventually.HoldsAsync(() => server.CountSubscriptions("A") == 0, "the importer's subscriptions are gone from the exporter");
    }

    [Fact]
    public async Task Two_importers_and_the_exporter_itself_each_get_theirs()
    {
        await using SharingServer server = await StartAsync(
            Exporter,
            ("B", """imports: [ {stream: {account: A, subject: "foo.>"}} ]"""),
            ("C", """imports: [ {stream: {account: A, subject: "foo.x"}, to: c} ]"""));
        Dialogue a = await server.ConnectAsync("A", "", "SUB foo.x 1");
        Dialogue b = await server.ConnectAsync("B", "", "SUB foo.x 1"), c = await server.ConnectAsync("C", "", "SUB c 1");
        (await PublishAsync(a, "foo.x")).ShouldBe(["MSG foo.x 1 1", "x"]);
        (await b.FenceAsync()).ShouldBe(["MSG foo.x 1 1", "x"]);
        (await c.FenceAsync()).ShouldBe(["MSG c 1 1", "x"]);
    }

    [Fact]
    public async Task An_import_is_not_exported_on()
    {
        await using SharingServer server = await StartAsync(
            Exporter,
            ("B", """exports: [ {stream: "foo.>"} ], imports: [ {stream: {account: A, subject: "foo.>"}} ]"""),
            ("C", """imports: [ {stream: {account: B, subject: "foo.>"}} ]"""));
        Dialogue a = await server.ConnectAsync("A"), c = await server.ConnectAsync("C", "", "SUB foo.> 1");
        await PublishAsync(a, "foo.x");
        (await c.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Permissions_of_the_importing_user_hold()
    {
        const string importer = """
            users: [ {user: x, password: x, permissions: {subscribe: {allow: ["foo.>"], deny: ["foo.no"]}}} ]
            imports: [ {stream: {account: A, subject: "foo.>"}} ]
            """;
        await using SharingServer server = await StartAsync(Exporter, ("B", importer));
        Dialogue a = await server.ConnectAsync("A"), b = await server.ConnectAsync("X", "", "SUB foo.* 1");
        await PublishAsync(a, "foo.no");
        await PublishAsync(a, "foo.ok");
        (await b.FenceAsync()).ShouldBe(["MSG foo.ok 1 1", "x"]);
    }

    [Fact]
    public async Task A_publisher_with_a_reply_is_told_when_nobody_of_any_account_listens()
    {
        await using SharingServer server = await StartAsync(Exporter, ("B", """imports: [ {stream: {account: A, subject: "foo.>"}} ]"""));
        Dialogue a = await server.ConnectAsync("A", "", "SUB in 1"), b = await server.ConnectAsync("B");
        (await PublishAsync(a, "foo.x", "x", "in"))[0].ShouldStartWith("HMSG in 1 ");
        b.Send("SUB foo.x 1");
        await b.FenceAsync();
        (await PublishAsync(a, "foo.x", "x", "in")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Monitoring_of_the_exporter_shows_whose_subscription_it_is()
    {
        await using SharingServer server = await StartAsync(Exporter, ("B", """imports: [ {stream: {account: A, subject: "foo.>"}} ]"""));
        await server.ConnectAsync("B", "", "SUB foo.x 7");
        SubscriptionDetail shown = server.Server.Server.Monitoring.Subsz(new SubszQuery { ShowSubscriptions = true, Account = "A" }).SubscriptionsList.ShouldNotBeNull()
            .Single(subscription => subscription.Sid == "7");
        (shown.Subject, shown.Account, shown.AccountTag).ShouldBe(("foo.x", "B", "B"));
    }

    [Fact]
    public async Task What_an_import_delivers_counts_as_sent_by_the_exporter()
    {
        await using SharingServer server = await StartAsync(Exporter, ("B", """imports: [ {stream: {account: A, subject: "foo.>"}} ]"""));
        Dialogue a = await server.ConnectAsync("A"), b = await server.ConnectAsync("B", "", "SUB foo.x 1", "SUB foo.* 2", "SUB own 3");
        await PublishAsync(a, "foo.x", "12345");
        await PublishAsync(b, "own", "123");
        MonitoringReports monitoring = server.Server.Server.Monitoring;
        Sent("A").ShouldBe((2, 10));
        Sent("B").ShouldBe((1, 3));
        await b.DisposeAsync();
        await Eventually.HoldsAsync(() => server.Account("B").Connections == 0 && Sent("B") == (1, 3), "the importer is gone, and counted");
        Sent("A").ShouldBe((2, 10));

        (long Messages, long Bytes) Sent(string account)
        {
            AccountStatistics statistics = monitoring.Accstatz(true).AccountStatz.Single(one => one.Acc == account);
            return (statistics.Sent.Msgs, statistics.Sent.Bytes);
        }
    }
}
