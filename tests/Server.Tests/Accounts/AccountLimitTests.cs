using System.Text.Json;
using Server.Tests.Harness;
using Shouldly;
using Xunit;
using static Server.Tests.Accounts.SharingServer;

namespace Server.Tests.Accounts;

// Each expectation was taken from nats-server 2.15.1.
public sealed class AccountLimitTests
{
    [Fact]
    public async Task Connections_beyond_the_limit_are_refused()
    {
        await using SharingServer server = await StartAsync(("A", "limits { max_connections: 2 }"), ("B", ""));
        Dialogue first = await server.ConnectAsync("A");
        await server.ConnectAsync("A");
        await server.ConnectAsync("B");
        Dialogue third = server.Server.Open();
        await third.ReadInfoAsync();
        third.Send("""CONNECT {"user":"a","pass":"a","verbose":false}""");
        await third.ExpectClosedAsync("-ERR 'maximum account active connections exceeded'");
        await first.DisposeAsync();
        await Eventually.HoldsAsync(() => server.Account("A").Connections == 1, "the account has room again");
        await server.ConnectAsync("A");
    }

    [Fact]
    public async Task Subscriptions_beyond_the_limit_are_refused_and_the_connection_stays()
    {
        await using SharingServer server = await StartAsync(("A", "limits { max_subs: 2 }"));
        Dialogue a = await server.ConnectAsync("A", "", "SUB a 1", "SUB b 2");
        a.Send("SUB c 3");
        (await a.FenceAsync()).ShouldBe(["-ERR 'maximum subscriptions exceeded'"]);
        a.Send("UNSUB 1", "SUB c 3");
        (await a.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_smaller_payload_limit_of_account_and_server_counts_and_is_announced()
    {
        await using SharingServer server = await StartAsync(("A", "limits { max_payload: 100 }"), ("B", "limits { max_payload: 4194304 }"));
        Dialogue a = await server.ConnectAsync("A", "", "SUB foo 1"), b = await server.ConnectAsync("B");
        MaxPayload(a).ShouldBe(100);
        MaxPayload(b).ShouldBe(1024 * 1024);
        (await PublishAsync(a, "foo", new string('x', 100)))[0].ShouldBe("MSG foo 1 100");
        a.Send("PUB foo 101");
        await a.ExpectClosedAsync("-ERR 'Maximum Payload Violation'");
    }

    [Fact]
    public async Task A_reload_changes_the_limits_of_connections_there_are()
    {
        await using SharingServer server = await StartAsync(("A", "limits { max_subs: 5, max_payload: 100 }"));
        Dialogue full = await server.ConnectAsync("A", "", "SUB a 1", "SUB b 2"), other = await server.ConnectAsync("A");
        await server.ReloadAsync(("A", "limits { max_subs: 2, max_payload: 50 }"));
        // Told at once, closed a moment later: what it says in between is answered.
        await full.ExpectAsync("-ERR 'maximum subscriptions exceeded'");
        full.Send("SUB c 3");
        (await full.FenceAsync()).ShouldBe(["-ERR 'maximum subscriptions exceeded'"]);
        server.Server.Time.Advance(TimeSpan.FromMilliseconds(30));
        await full.ExpectClosedAsync();
        other.Send("SUB a 1", "SUB b 2", "SUB c 3");
        (await other.FenceAsync()).ShouldBe(["-ERR 'maximum subscriptions exceeded'"]);
        other.Send("PUB foo 51");
        await other.ExpectClosedAsync("-ERR 'Maximum Payload Violation'");
    }

    [Fact]
    public async Task A_reload_closes_the_newest_connections_that_are_too_many()
    {
        await using SharingServer server = await StartAsync(("A", ""), ("B", ""));
        Dialogue first = await server.ConnectAsync("A"), second = await server.ConnectAsync("A"), third = await server.ConnectAsync("A"), b = await server.ConnectAsync("B");
        await server.ReloadAsync(("A", "limits { max_conn: 1 }"), ("B", ""));
        await second.ExpectClosedAsync("-ERR 'maximum account active connections exceeded'");
        await third.ExpectClosedAsync("-ERR 'maximum account active connections exceeded'");
        (await first.FenceAsync()).ShouldBeEmpty();
        (await b.FenceAsync()).ShouldBeEmpty();
        server.Account("A").Connections.ShouldBe(1);
    }

    [Fact]
    public async Task A_refused_connection_shows_why_it_ended()
    {
        await using SharingServer server = await StartAsync(("A", "limits { max_connections: 0 }"));
        Dialogue client = server.Server.Open();
        await client.ReadInfoAsync();
        client.Send("""CONNECT {"user":"a","pass":"a","verbose":false}""");
        await client.ExpectClosedAsync("-ERR 'maximum account active connections exceeded'");
        server.Server.Server.Core.Closed.ToArray().ShouldHaveSingleItem().Info.Reason.ShouldBe("Maximum Account Connections Exceeded");
    }

    private static int MaxPayload(Dialogue client) => JsonDocument.Parse(client.Infos[^1]).RootElement.GetProperty("max_payload").GetInt32();

    [Fact]
    public async Task Who_may_subscribe_to_nothing_is_let_in_and_closed_a_moment_later()
    {
        await using SharingServer server = await StartAsync(("A", "limits { max_subs: 0 }"));
        Dialogue a = await server.Server.ConnectAsync("\"user\":\"a\",\"pass\":\"a\"");
        await a.ExpectAsync("-ERR 'maximum subscriptions exceeded'");
        server.Server.Time.Advance(TimeSpan.FromMilliseconds(30));
        await a.ExpectClosedAsync();
    }
}
