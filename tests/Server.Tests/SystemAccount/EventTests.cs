using System.Text.Json;
using DotNats;
using DotNats.Server.SystemAccount;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.SystemAccount;

public sealed class EventTests
{
    [Fact]
    public async Task A_client_that_comes_and_goes_is_told_with_its_traffic_and_reason()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        await talk.ListenAsync("$SYS.ACCOUNT.A.DISCONNECT");
        Dialogue client = await talk.ConnectAsync();
        client.Send("SUB foo 1", "PUB foo 5", "hello", "PUB bar 2", "xy");
        await client.FenceAsync();
        client.SendBytes("PUB foo 99999999\r\n"u8);
        JsonElement told = JsonDocument.Parse(await talk.NextAsync("DISCONNECT")).RootElement;
        told.GetProperty("reason").GetString().ShouldBe("Maximum Message Payload Exceeded");
        told.GetProperty("sent").GetRawText().ShouldBe("""{"msgs":2,"bytes":7}""");
        told.GetProperty("received").GetRawText().ShouldBe("""{"msgs":1,"bytes":5}""");
        told.GetProperty("timestamp").GetRawText().ShouldBe(told.GetProperty("client").GetProperty("stop").GetRawText());
    }

    [Fact]
    public async Task Refused_credentials_are_told_to_operators_and_inside_the_account_of_everybody()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync(SystemConversation.Options with
        {
            NoAuthUser = "g",
            Authorization = new AuthorizationOptions { Users = [new UserOptions { Username = "g", Password = "g" }] },
        });
        await talk.ListenAsync("$SYS.SERVER.*.CLIENT.AUTH.ERR", "$SYS.ACCOUNT.*.DISCONNECT");
        Dialogue owner = await talk.Server.OpenTcp().ConnectAsync();
        owner.Send("SUB $SYS.ACCOUNT.CLIENT.AUTH.ERR 1");
        await owner.FenceAsync();
        Dialogue client = talk.Server.OpenTcp();
        await client.ReadInfoAsync();
        client.Send("""CONNECT {"auth_token":"secret"}""");
        await client.ExpectClosedAsync("-ERR 'Authorization Violation'");
        (string subject, string payload) = await talk.NextAsync();
        subject.ShouldBe($"$SYS.SERVER.{talk.ServerId}.CLIENT.AUTH.ERR");
        payload.ShouldNotContain("secret");
        payload.ShouldContain("\"user\":\"[REDACTED]\"");
        (await talk.NextAsync()).Subject.ShouldBe("$SYS.ACCOUNT.$G.DISCONNECT");
        (await owner.ReadLineAsync())!.ShouldStartWith("MSG $SYS.ACCOUNT.CLIENT.AUTH.ERR 1 ");
    }

    [Fact]
    public async Task A_second_connect_leaves_the_first_account_and_joins_another()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        await talk.ListenAsync("$SYS.ACCOUNT.*.SERVER.CONNS", "$SYS.ACCOUNT.*.CONNECT", "$SYS.ACCOUNT.*.DISCONNECT");
        Dialogue client = await talk.ConnectAsync();
        client.Send("""CONNECT {"user":"sys","pass":"sys"}""");
        client.Send("""CONNECT {"user":"sys","pass":"no"}""");
        var subjects = new List<string>();
        while (subjects.Count < 7) subjects.Add((await talk.NextAsync()).Subject["$SYS.ACCOUNT.".Length..]);
        subjects.ShouldBe(["A.SERVER.CONNS", "A.CONNECT", "A.SERVER.CONNS", "SYS.SERVER.CONNS", "SYS.CONNECT", "SYS.SERVER.CONNS", "$G.DISCONNECT"]);
    }

    [Fact]
    public async Task A_no_auth_user_is_told_when_it_speaks()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync(SystemConversation.Options with { NoAuthUser = "a" });
        await talk.ListenAsync("$SYS.ACCOUNT.*.CONNECT");
        Dialogue client = talk.Server.OpenTcp();
        await client.ReadInfoAsync();
        client.Send("PING");
        JsonElement told = JsonDocument.Parse(await talk.NextAsync("A.CONNECT")).RootElement;
        told.GetProperty("client").GetProperty("user").GetString().ShouldBe("a");
    }

    [Fact]
    public async Task What_nobody_listens_to_is_not_made()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        ulong before = talk.Server.Server.Core.Stamp.Next().Seq;
        Dialogue client = await talk.ConnectAsync();
        await client.DisposeAsync();
        talk.Server.Time.Advance(TimeSpan.FromMinutes(1));
        await talk.RequestAsync("$SYS.REQ.SERVER.@ID.IDZ");
        talk.Server.Server.Core.Stamp.Next().Seq.ShouldBe(before + 1);
    }

    [Fact]
    public async Task After_the_lame_duck_event_the_server_says_nothing_more()
    {
        var options = SystemConversation.Options with { LameDuck = new LameDuckOptions { GracePeriod = TimeSpan.FromHours(1), Duration = TimeSpan.FromHours(2) } };
        await using SystemConversation talk = await SystemConversation.StartAsync(options);
        await talk.ListenAsync("$SYS.SERVER.*.LAMEDUCK", "$SYS.SERVER.*.SHUTDOWN", "$SYS.ACCOUNT.>");
        Dialogue client = await talk.ConnectAsync();
        Task over = talk.Server.Server.EnterLameDuckAsync();
        await talk.NextAsync("LAMEDUCK");
        talk.System.Send("PUB $SYS.REQ.SERVER.PING inbox.1 0", "", "PUB $SYS.REQ.SERVER.PING.VARZ inbox.1 0", "");
        await client.DisposeAsync();
        (await talk.System.FenceAsync()).ShouldBeEmpty();
        await talk.Server.Server.ShutdownAsync();
        await talk.System.ExpectClosedAsync();
        await over;
    }

    [Fact]
    public async Task A_stop_is_told_before_anybody_is_disconnected_and_nothing_after_it()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        await talk.ListenAsync("$SYS.>");
        Task stopped = talk.Server.Server.ShutdownAsync();
        (await talk.NextAsync()).Subject.ShouldBe($"$SYS.SERVER.{talk.ServerId}.SHUTDOWN");
        await talk.System.ExpectClosedAsync();
        await stopped;
    }

    [Fact]
    public async Task Numbers_of_messages_go_up()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        await talk.ListenAsync("$SYS.ACCOUNT.A.>");
        for (int i = 0; i < 20; i++) await (await talk.ConnectAsync()).DisposeAsync();
        ulong last = 0;
        for (int i = 0; i < 60; i++)
        {
            ulong number = JsonDocument.Parse((await talk.NextAsync()).Payload).RootElement.GetProperty("server").GetProperty("seq").GetUInt64();
            number.ShouldBeGreaterThan(last);
            last = number;
        }
    }

    [Fact]
    public async Task A_flood_that_cannot_be_sent_is_dropped_and_counted()
    {
        await using TestServer server = await TestServer.StartAsync();
        var sender = new SystemSender(server.Server.Core);
        using var gate = new ManualResetEventSlim();
        sender.Post(server.Server.Core.Accounts.Global, "first", block => { gate.Wait(Eventually.Limit); return block; }, SystemJson.Compact.ServerBlock);
        for (int i = 0; i < 100_000; i++) sender.Post(server.Server.Core.Accounts.Global, "more", block => block, SystemJson.Compact.ServerBlock);
        sender.Lost.ShouldBe(100_001 - 65_536);
        gate.Set();
        await Eventually.HoldsAsync(() => sender.Pending == 0, "all is sent");
    }

    [Fact]
    public async Task Without_a_system_account_there_is_nobody_to_tell()
    {
        await using TestServer server = await TestServer.StartAsync(new NatsServerOptions { NoSystemAccount = true });
        Dialogue client = await server.ConnectAsync();
        client.Send("SUB in 2", "PUB $SYS.REQ.SERVER.PING in 0", "");
        (await client.FenceAsync()).ShouldBe(["HMSG in 2 52 52", "NATS/1.0 503", "Nats-Subject: $SYS.REQ.SERVER.PING", "", ""]);
        server.Server.Core.SystemServices.ShouldBeNull();
    }
}
