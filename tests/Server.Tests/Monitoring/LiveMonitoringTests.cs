using DotNats;
using DotNats.Server.Monitoring;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Monitoring;

public sealed class LiveMonitoringTests
{
    // What the server imports into every account, so that it can ask about itself.
    private const int OwnImports = 4;

    private static readonly NatsServerOptions TwoAccounts = new()
    {
        Port = -1,
        Accounts =
        [
            new AccountOptions { Name = "A", Users = [new UserOptions { Username = "a", Password = "a" }] },
            new AccountOptions { Name = "B", Users = [new UserOptions { Username = "b", Password = "b" }] },
        ],
    };

    [Fact]
    public async Task Connections_show_what_they_say_and_what_they_moved()
    {
        await using TestServer server = await TestServer.StartAsync();
        Dialogue a = await server.ConnectAsync("\"name\":\"one\",\"lang\":\"go\",\"version\":\"1.2.3\"");
        a.Send("SUB foo 1", "SUB bar.* q 2", "UNSUB 2 5", "PUB foo 3", "abc");
        await a.ExpectAsync("MSG foo 1 3", "abc");
        await a.FenceAsync();
        ConnectionInfo info = server.Server.Monitoring.Connz(new ConnzQuery { Subscriptions = SubscriptionListing.Detail }).Connections.ShouldNotBeNull().Single();
        (info.Kind, info.Type, info.Name, info.Lang, info.Version).ShouldBe(("Client", "nats", "one", "go", "1.2.3"));
        (info.InMsgs, info.OutMsgs, info.InBytes, info.OutBytes, info.Subscriptions).ShouldBe((1, 1, 3, 3, 2));
        info.SubscriptionsListDetail.ShouldNotBeNull().OrderBy(subscription => subscription.Sid).ShouldBe(
        [
            new SubscriptionDetail { Subject = "foo", Sid = "1", Msgs = 1, Cid = info.Cid },
            new SubscriptionDetail { Subject = "bar.*", Qgroup = "q", Sid = "2", Max = 5, Cid = info.Cid },
        ]);
        VarzSnapshot varz = server.Server.Monitoring.Varz();
        (varz.InMsgs, varz.OutMsgs, varz.InClientBytes, varz.OutClientBytes, varz.Connections, varz.TotalConnections).ShouldBe((1, 1, 3, 3, 1, 1));
        varz.Port.ShouldBe(server.Server.ClientEndPoint.Port);
    }

    [Fact]
    public async Task Closed_connections_keep_user_account_and_subscriptions_and_their_traffic_still_counts()
    {
        await using TestServer server = await TestServer.StartAsync(TwoAccounts);
        MonitoringReports monitoring = server.Server.Monitoring;
        await using (Dialogue a = await server.ConnectAsync("\"user\":\"a\",\"pass\":\"a\""))
        {
            a.Send("SUB foo 1", "PUB foo 5", "12345");
            await a.FenceAsync();
            AccountStatistics live = monitoring.Accstatz(false).AccountStatz.Single();
            (live.Acc, live.Conns, live.Received.Msgs, live.Sent.Bytes, live.NumSubscriptions).ShouldBe(("A", 1, 1, 5, OwnImports + 1));
        }

        await Eventually.HoldsAsync(() => monitoring.Varz().Connections == 0, "the client is gone");
        ConnzQuery query = new() { State = ConnectionState.Closed, ShowUser = true, Subscriptions = SubscriptionListing.Detail };
        ConnectionInfo closed = monitoring.Connz(query).Connections.ShouldNotBeNull().Single();
        (closed.Reason, closed.AuthorizedUser, closed.Account, closed.NameTag, closed.Subscriptions).ShouldBe(("Client Closed", "a", "A", "A", 1));
        closed.SubscriptionsListDetail.ShouldNotBeNull().Single().Subject.ShouldBe("foo");
        closed.Stop.ShouldNotBeNull();
        AccountStatistics gone = monitoring.Accstatz(true).AccountStatz.Single(account => account.Acc == "A");
        (gone.Conns, gone.Received.Msgs, gone.Sent.Bytes, gone.NumSubscriptions).ShouldBe((0, 1, 5, OwnImports));
        monitoring.Varz().InMsgs.ShouldBe(1);
    }

    [Fact]
    public async Task Refused_logins_are_among_the_closed_with_the_name_they_claimed()
    {
        await using TestServer server = await TestServer.StartAsync(TwoAccounts);
        Dialogue stranger = server.Open();
        await stranger.ReadInfoAsync();
        stranger.Send("CONNECT {\"user\":\"x\"}");
        await stranger.ExpectClosedAsync("-ERR 'Authorization Violation'");
        ConnzQuery query = new() { State = ConnectionState.Closed, ShowUser = true };
        await Eventually.HoldsAsync(() => server.Server.Monitoring.Connz(query).NumConnections == 1, "the client is among the closed");
        ConnectionInfo closed = server.Server.Monitoring.Connz(query).Connections.ShouldNotBeNull().Single();
        (closed.Reason, closed.AuthorizedUser, closed.Account).ShouldBe(("Authentication Failure", "x", null));
    }

    [Fact]
    public async Task Subscriptions_are_listed_by_account_and_by_what_a_message_would_reach()
    {
        await using TestServer server = await TestServer.StartAsync(TwoAccounts);
        MonitoringReports monitoring = server.Server.Monitoring;
        Dialogue a = await server.ConnectAsync("\"user\":\"a\",\"pass\":\"a\"");
        Dialogue b = await server.ConnectAsync("\"user\":\"b\",\"pass\":\"b\"");
        a.Send("SUB foo 1", "SUB bar.> 2");
        b.Send("SUB foo 7");
        await a.FenceAsync();
        await b.FenceAsync();
        Sids(new SubszQuery { ShowSubscriptions = true, TestSubject = "foo" }).ShouldBe(["1", "7"], ignoreOrder: true);
        monitoring.Subsz(new SubszQuery { ShowSubscriptions = true, Account = "A" }).SubscriptionsList!.Select(subscription => subscription.Subject)
            .Where(subject => subject[0] != '$').ShouldBe(["foo", "bar.>"], ignoreOrder: true);
        SubscriptionDetail detail = monitoring.Subsz(new SubszQuery { ShowSubscriptions = true, Account = "B" }).SubscriptionsList.ShouldNotBeNull()
            .Single(subscription => subscription.Subject[0] != '$');
        (detail.Account, detail.AccountTag, detail.Subject).ShouldBe(("B", "B", "foo"));
        detail.Cid.ShouldBeGreaterThan(0UL);
        AccountDetail account = monitoring.Accountz("A").ShouldNotBeNull().AccountDetail.ShouldNotBeNull();
        (account.ClientConnections, account.Subscriptions, account.Complete).ShouldBe((1, OwnImports + 2, true));

        string[] Sids(SubszQuery query) => monitoring.Subsz(query).SubscriptionsList!.Select(subscription => subscription.Sid).ToArray();
    }

    [Fact]
    public async Task Match_caches_are_counted()
    {
        await using TestServer server = await TestServer.StartAsync();
        // The server's own.
        long idle = server.Server.Monitoring.Subsz(new SubszQuery()).NumSubscriptions;
        Dialogue a = await server.ConnectAsync();
        a.Send("SUB foo 1", "SUB * 2");
        for (int i = 0; i < 3; i++) a.Send("PUB foo 0", "");
        await a.FenceAsync();
        SubszSnapshot reply = server.Server.Monitoring.Subsz(new SubszQuery());
        (reply.NumSubscriptions, reply.NumInserts, reply.NumMatches).ShouldBe((idle + 2, idle + 2, 3));
        reply.NumCache.ShouldBeGreaterThan(0);
        (reply.MaxFanout, reply.AvgFanout).ShouldBe((2, 2));
        server.Server.Monitoring.Subsz(new SubszQuery { Account = "$SYS" }).NumCache.ShouldBe(0);
    }

    [Fact]
    public async Task A_lame_duck_is_not_healthy()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Server.Monitoring.Healthz(new HealthzQuery()).Status.ShouldBe("ok");
        await server.ConnectAsync();
        _ = server.Server.EnterLameDuckAsync();
        await Eventually.HoldsAsync(() => server.Server.Monitoring.Healthz(new HealthzQuery()).Status != "ok", "lame duck mode has begun");
        HealthSnapshot health = server.Server.Monitoring.Healthz(new HealthzQuery());
        (health.StatusCode, health.Error).ShouldBe((500, "failed to be ready for connections after 1ms: server"));
    }
}
