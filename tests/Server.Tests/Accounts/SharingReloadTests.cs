using DotNats;
using DotNats.Server.Accounts;
using Server.Tests.Harness;
using Shouldly;
using Xunit;
using static Server.Tests.Accounts.SharingServer;

namespace Server.Tests.Accounts;

public sealed class SharingReloadTests
{
    private static readonly (string, string) Exporter = ("A", """exports: [ {stream: "foo.>"}, {service: svc}, {service: other} ]""");
    private static readonly (string, string) Importer = ("B", """imports: [ {stream: {account: A, subject: "foo.>"}}, {service: {account: A, subject: svc}} ]""");
    private static readonly (string, string) Nothing = ("B", "");

    [Fact]
    public async Task Subscriptions_follow_the_stream_imports()
    {
        await using SharingServer server = await StartAsync(Exporter, Nothing);
        Dialogue a = await server.ConnectAsync("A"), b = await server.ConnectAsync("B", "", "SUB foo.x 1", "SUB bar.* 2", "SUB foo.> q 3");
        await PublishAsync(a, "foo.x");
        (await b.FenceAsync()).ShouldBeEmpty();
        await server.ReloadAsync(Exporter, Importer);
        await PublishAsync(a, "foo.x");
        (await b.FenceAsync()).ShouldBe(["MSG foo.x 1 1", "x", "MSG foo.x 3 1", "x"]);
        await server.ReloadAsync(Exporter, ("B", """imports: [ {stream: {account: A, subject: "foo.>"}, to: "bar.>"} ]"""));
        await PublishAsync(a, "foo.x");
        (await b.FenceAsync()).ShouldBe(["MSG bar.x 2 1", "x"]);
        await server.ReloadAsync(Exporter, Nothing);
        await PublishAsync(a, "foo.x");
        (await b.FenceAsync()).ShouldBeEmpty();
        server.CountSubscriptions("A").ShouldBe(0);
    }

    [Fact]
    public async Task An_import_that_stays_keeps_its_shadows()
    {
        await using SharingServer server = await StartAsync(Exporter, Importer);
        Dialogue b = await server.ConnectAsync("B", "", "SUB foo.x 1");
        long inserts = server.Account("A").Subscriptions.Inserts;
        StreamImport[] imports = server.Account("B").Sharing.StreamImports;
        await server.ReloadAsync(Exporter, Importer, ("C", ""));
        server.Account("A").Subscriptions.Inserts.ShouldBe(inserts);
        server.Account("B").Sharing.StreamImports.ShouldBeSameAs(imports);
        (await b.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Deny_clauses_come_and_go_for_subscriptions_that_are_there()
    {
        await using SharingServer server = await StartAsync(Exporter, Denying(""));
        Dialogue a = await server.ConnectAsync("A"), other = await server.ConnectAsync("B");
        Dialogue x = await server.ConnectAsync("X", "", "SUB foo.* 1", "SUB to.*.* 2", "SUB foo.* q 3");
        await ExpectAsync("MSG foo.no 1 1", "MSG to.foo.no 2 1", "MSG foo.no 3 1");
        await server.ReloadAsync(Exporter, Denying("foo.no"));
        await ExpectAsync("MSG to.foo.no 2 1");
        await server.ReloadAsync(Exporter, Denying("to.*.no"));
        await ExpectAsync("MSG foo.no 1 1", "MSG foo.no 3 1");
        await server.ReloadAsync(Exporter, Denying("foo.no q"));
        await ExpectAsync("MSG foo.no 1 1", "MSG to.foo.no 2 1");
        await server.ReloadAsync(Exporter, Denying(""));
        await ExpectAsync("MSG foo.no 1 1", "MSG to.foo.no 2 1", "MSG foo.no 3 1");

        // What the exporter publishes comes under one of the two subjects only.
        async Task ExpectAsync(params string[] expected)
        {
            await PublishAsync(a, "foo.no");
            (await x.FenceAsync()).Where(line => line != "x").ShouldBe(expected.Where(line => line.StartsWith("MSG to.", StringComparison.Ordinal)));
            await PublishAsync(other, "foo.no");
            await PublishAsync(other, "to.foo.no");
            (await x.FenceAsync()).Where(line => line != "x").ShouldBe(expected, ignoreOrder: true);
        }

        static (string, string) Denying(string deny) => (
            "B",
            "users: [ {user: b, password: b}, {user: x, password: x, permissions: {subscribe: {deny: [" + (deny.Length == 0 ? "" : $"\"{deny}\"") + "]}}} ]\n"
            + """imports: [ {stream: {account: A, subject: "foo.>"}, prefix: to} ]""");
    }

    [Fact]
    public async Task Services_come_change_and_go()
    {
        await using SharingServer server = await StartAsync(Exporter, Nothing);
        Dialogue a = await server.ConnectAsync("A", "", "SUB svc 1", "SUB other 2"), b = await server.ConnectAsync("B", "", "SUB in 1");
        (await PublishAsync(b, "svc", "q", "in"))[0].ShouldStartWith("HMSG in 1");
        await server.ReloadAsync(Exporter, Importer);
        await PublishAsync(b, "svc", "q", "in");
        (await a.FenceAsync())[0].ShouldStartWith("HMSG svc 1");
        await server.ReloadAsync(Exporter, ("B", "imports: [ {service: {account: A, subject: other}, to: svc} ]"));
        await PublishAsync(b, "svc", "q", "in");
        (await a.FenceAsync())[0].ShouldStartWith("HMSG other 2");
        await server.ReloadAsync(Exporter, Nothing);
        (await PublishAsync(b, "svc", "q", "in"))[0].ShouldStartWith("HMSG in 1");
        server.CountSubscriptions("B").ShouldBe(1);
    }

    [Fact]
    public async Task Requests_on_their_way_are_answered_also_when_the_import_is_gone()
    {
        await using SharingServer server = await StartAsync(Exporter, Importer);
        Dialogue a = await server.ConnectAsync("A", "", "SUB svc 1"), b = await server.ConnectAsync("B", "", "SUB in 1");
        await PublishAsync(b, "svc", "q", "in");
        string reply = await TakeReplyAsync(a);
        await server.ReloadAsync(Exporter, Nothing);
        await PublishAsync(a, reply, "r");
        (await b.FenceAsync()).ShouldBe(["MSG in 1 1", "r"]);
    }

    [Fact]
    public async Task A_reload_that_is_wrong_somewhere_changes_nothing()
    {
        await using SharingServer server = await StartAsync(Exporter, Importer);
        Dialogue a = await server.ConnectAsync("A"), b = await server.ConnectAsync("B", "", "SUB foo.x 1");
        NatsServerOptions wrong = Options(Exporter, Importer) with { Host = "127.0.0.1", Port = -1 };
        AccountOptions exporter = wrong.Accounts[0] with { Exports = [wrong.Accounts[0].Exports[1]] };
        OptionsException error = await Should.ThrowAsync<OptionsException>(() => server.Server.Server.ReloadAsync(wrong with { Accounts = [exporter, wrong.Accounts[1]] }));
        error.Message.ShouldBe("Error adding stream import \"foo.>\": stream import not authorized");
        await PublishAsync(a, "foo.x");
        (await b.FenceAsync()).ShouldBe(["MSG foo.x 1 1", "x"]);
    }

    [Fact]
    public async Task An_account_that_is_removed_leaves_nothing_in_others()
    {
        await using SharingServer server = await StartAsync(Exporter, Importer, ("C", """imports: [ {stream: {account: A, subject: "foo.>"}} ]"""));
        Dialogue b = await server.ConnectAsync("B", "", "SUB foo.x 1");
        await server.ConnectAsync("C", "", "SUB foo.x 1");
        server.CountSubscriptions("A").ShouldBe(2);
        await server.ReloadAsync(Exporter, Importer);
        await Eventually.HoldsAsync(() => server.CountSubscriptions("A") == 1, "the other importer alone is left");
        await PublishAsync(await server.ConnectAsync("A"), "foo.x");
        (await b.FenceAsync()).ShouldBe(["MSG foo.x 1 1", "x"]);
    }

    [Fact]
    public async Task Messages_that_pass_during_reloads_are_neither_lost_nor_wrong()
    {
        (string, string) more = ("B", """imports: [ {stream: {account: A, subject: "foo.>"}}, {service: {account: A, subject: svc}}, {service: {account: A, subject: other}} ]""");
        await using SharingServer server = await StartAsync(Exporter, Importer);
        Dialogue a = await server.ConnectAsync("A", "", "SUB svc 1"), b = await server.ConnectAsync("B", "", "SUB foo.x 1", "SUB in 2");
        Task reloads = Task.Run(async () =>
        {
            for (int i = 0; i < 20; i++) await server.ReloadAsync(Exporter, i % 2 == 0 ? more : Importer);
        }, TestContext.Current.CancellationToken);
        int rounds = 0;
        var lines = new List<string>();
        while (!reloads.IsCompleted || rounds < 50)
        {
            rounds++;
            await PublishAsync(a, "foo.x");
            lines.AddRange(await PublishAsync(b, "svc", "q", "in"));
        }

        await reloads;
        lines.AddRange(await b.FenceAsync());
        lines.Count(line => line == "MSG foo.x 1 1").ShouldBe(rounds);
        lines.ShouldNotContain(line => line.StartsWith("HMSG in 2 ", StringComparison.Ordinal));
    }
}
