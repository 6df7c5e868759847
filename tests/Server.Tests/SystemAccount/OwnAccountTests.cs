using System.Text.Json;
using DotNats;
using DotNats.Security;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.SystemAccount;

/// <summary>What an account may ask about itself, and only about itself.</summary>
public sealed class OwnAccountTests
{
    [Theory]
    [InlineData("$SYS.REQ.ACCOUNT.PING.CONNZ")]
    [InlineData("$SYS.REQ.SERVER.PING.CONNZ")]
    public async Task An_account_sees_its_own_connections_whatever_it_asks_for(string subject)
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        Dialogue client = await talk.ConnectAsync();
        foreach (string body in (string[])["", """{"acc":"SYS"}"""])
        {
            JsonElement connections = (await AskAsync(client, subject, body)).GetProperty("data").GetProperty("connections");
            connections.EnumerateArray().Select(connection => connection.GetProperty("name").GetString()).ShouldBe(["app"]);
        }
    }

    [Fact]
    public async Task An_account_sees_its_own_statistics()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        Dialogue client = await talk.ConnectAsync();
        JsonElement statistics = (await AskAsync(client, "$SYS.REQ.ACCOUNT.PING.STATZ")).GetProperty("data").GetProperty("account_statz");
        statistics.EnumerateArray().Select(account => account.GetProperty("acc").GetString()).ShouldBe(["A"]);
    }

    [Fact]
    public async Task A_user_is_told_who_it_is_and_what_it_may_do()
    {
        var permissions = new PermissionSet
        {
            Publish = new SubjectPermission { Allow = ["$SYS.>", "x.*"], Deny = ["x.y"] },
            Subscribe = new SubjectPermission { Allow = ["in", "q grp"] },
            Responses = new ResponsePermission { MaxMessages = 3, Expires = TimeSpan.FromSeconds(2) },
        };
        AccountOptions[] accounts = [new AccountOptions { Name = "A", Users = [new UserOptions { Username = "a", Password = "a", Permissions = permissions }] }, SystemConversation.Options.Accounts[1]];
        await using SystemConversation talk = await SystemConversation.StartAsync(SystemConversation.Options with { Accounts = accounts });
        Dialogue client = await talk.ConnectAsync();
        (await AskAsync(client, "$SYS.REQ.USER.INFO")).GetProperty("data").GetRawText().ShouldBe(
            """{"user":"a","account":"A","account_name":"A","permissions":{"publish":{"allow":["$SYS.\u003e","x.*"],"deny":["x.y"]},"subscribe":{"allow":["in","q grp"]},"responses":{"max":3,"ttl":2000000000}}}""");
        (await AskAsync(talk.System, "$SYS.REQ.USER.INFO")).GetProperty("data").GetRawText().ShouldBe("""{"user":"sys","account":"SYS","account_name":"SYS"}""");
        // Without an import nobody says who asks.
        (await AskAsync(talk.System, "$SYS.REQ.USER.A.INFO")).GetProperty("data").GetRawText().ShouldBe("""{"user":"","account":""}""");
    }

    [Theory]
    [InlineData("$SYS.REQ.SERVER.PING")]
    [InlineData("$SYS.REQ.SERVER.PING.VARZ")]
    [InlineData("$SYS.REQ.ACCOUNT.A.CONNZ")]
    [InlineData("$SYS.REQ.ACCOUNT.SYS.CONNZ")]
    [InlineData("$SYS.REQ.ACCOUNT.A.INFO")]
    [InlineData("$SYS.REQ.USER.SYS.INFO")]
    [InlineData("$SYS.DEBUG.SUBSCRIBERS")]
    public async Task Nothing_else_answers_inside_an_account(string subject)
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        Dialogue client = await talk.ConnectAsync();
        client.Send("SUB in 1", $"PUB {subject} in 0", "");
        (await client.FenceAsync()).ShouldContain("NATS/1.0 503");
    }

    [Fact]
    public async Task Subscribers_are_counted_in_the_account_that_imports_that()
    {
        AccountOptions system = SystemConversation.Options.Accounts[1] with { Exports = [new AccountExport { Subject = "$SYS.DEBUG.SUBSCRIBERS", IsService = true }] };
        AccountOptions importer = SystemConversation.Options.Accounts[0] with
        {
            Imports = [new AccountImport { Account = "SYS", Subject = "$SYS.DEBUG.SUBSCRIBERS", IsService = true }],
        };
        await using SystemConversation talk = await SystemConversation.StartAsync(SystemConversation.Options with { Accounts = [importer, system] });
        Dialogue client = await talk.ConnectAsync();
        client.Send("SUB in 1", "SUB foo 2", "SUB foo q 3", "PUB $SYS.DEBUG.SUBSCRIBERS in 3", "foo");
        await client.ExpectAsync("MSG in 1 1", "2");
    }

    [Fact]
    public async Task An_account_that_a_reload_adds_may_ask_too()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        AccountOptions[] accounts = [.. SystemConversation.Options.Accounts, new AccountOptions { Name = "B", Users = [new UserOptions { Username = "b", Password = "b" }] }];
        await talk.Server.Server.ReloadAsync(SystemConversation.Options with { Host = "127.0.0.1", Port = -1, Accounts = accounts });
        Dialogue client = await talk.Server.OpenTcp().ConnectAsync("\"user\":\"b\",\"pass\":\"b\"");
        (await AskAsync(client, "$SYS.REQ.USER.INFO")).GetProperty("data").GetProperty("account").GetString().ShouldBe("B");
    }

    [Fact]
    public async Task Monitoring_shows_what_the_server_offers_and_imports()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        JsonElement system = (await talk.RequestJsonAsync("$SYS.REQ.ACCOUNT.SYS.INFO")).GetProperty("data");
        system.GetProperty("exports").GetRawText().ShouldBe(
            """[{"subject":"$SYS.REQ.ACCOUNT.*.CONNZ","type":"service","response_type":"Streamed"},{"subject":"$SYS.REQ.ACCOUNT.*.STATZ","type":"service","response_type":"Streamed"},"""
            + """{"subject":"$SYS.DEBUG.SUBSCRIBERS","type":"service","response_type":"Singleton"},{"subject":"$SYS.REQ.USER.*.INFO","type":"service","response_type":"Singleton"}]""");
        system.GetProperty("imports").GetArrayLength().ShouldBe(1);
        JsonElement[] imports = [.. (await talk.RequestJsonAsync("$SYS.REQ.ACCOUNT.A.INFO")).GetProperty("data").GetProperty("imports").EnumerateArray()];
        imports.Select(import => $"{import.GetProperty("local_subject").GetString()} {import.GetProperty("subject").GetString()} {import.GetProperty("share").GetBoolean()}").ShouldBe(
        [
            "$SYS.REQ.ACCOUNT.PING.CONNZ $SYS.REQ.ACCOUNT.A.CONNZ False",
            "$SYS.REQ.SERVER.PING.CONNZ $SYS.REQ.ACCOUNT.A.CONNZ False",
            "$SYS.REQ.ACCOUNT.PING.STATZ $SYS.REQ.ACCOUNT.A.STATZ False",
            "$SYS.REQ.USER.INFO $SYS.REQ.USER.A.INFO True",
        ]);
    }

    [Fact]
    public async Task An_idle_server_has_as_many_subscriptions_as_nats_server()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Server.Monitoring.Varz().Subscriptions.ShouldBe(60);
        server.Server.Monitoring.Accountz("$SYS")!.AccountDetail!.Subscriptions.ShouldBe(56);
    }

    [Fact]
    public async Task Account_JWTs_are_refused_where_the_configuration_has_the_accounts()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        foreach (string subject in (string[])["$SYS.REQ.ACCOUNT.A.CLAIMS.UPDATE", "$SYS.ACCOUNT.A.CLAIMS.UPDATE"])
        {
            JsonElement error = (await talk.RequestJsonAsync(subject, "no.jwt")).GetProperty("error");
            (error.GetProperty("account").GetString(), error.GetProperty("code").GetInt32()).ShouldBe(("A", 500));
        }
    }

    private static async Task<JsonElement> AskAsync(Dialogue client, string subject, string body = "")
    {
        client.Send("SUB in 77", $"PUB {subject} in {body.Length}", body);
        string? header = await client.ReadLineAsync();
        header.ShouldStartWith("MSG in 77 ");
        return JsonDocument.Parse((await client.ReadLineAsync())!).RootElement;
    }
}
