using System.Text.Json;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.SystemAccount;

public sealed class AccountRequestTests
{
    [Fact]
    public async Task The_account_of_the_subject_wins_over_that_of_the_body()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        Dialogue client = await talk.ConnectAsync();
        client.Send("SUB foo 1");
        await client.FenceAsync();
        JsonElement connections = (await talk.RequestJsonAsync("$SYS.REQ.ACCOUNT.A.CONNZ", """{"acc":"SYS"}""")).GetProperty("data").GetProperty("connections");
        connections.EnumerateArray().Select(connection => connection.GetProperty("name").GetString()).ShouldBe(["app"]);
        JsonElement list = (await talk.RequestJsonAsync("$SYS.REQ.ACCOUNT.A.SUBSZ", """{"account":"SYS"}""")).GetProperty("data").GetProperty("subscriptions_list");
        list.EnumerateArray().ShouldAllBe(subscription => subscription.GetProperty("account").GetString() == "A");
        list.EnumerateArray().Select(subscription => subscription.GetProperty("subject").GetString()).ShouldContain("foo");
        JsonElement info = (await talk.RequestJsonAsync("$SYS.REQ.ACCOUNT.A.INFO")).GetProperty("data");
        (info.GetProperty("account_name").GetString(), info.GetProperty("client_connections").GetInt32()).ShouldBe(("A", 1));
    }

    [Fact]
    public async Task Statistics_of_an_account_without_connections_are_not_told_unless_asked_for()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        (await talk.IsIgnoredAsync("$SYS.REQ.ACCOUNT.A.STATZ")).ShouldBeTrue();
        (await talk.IsIgnoredAsync("$SYS.REQ.ACCOUNT.UNKNOWN.STATZ")).ShouldBeTrue();
        (await talk.IsIgnoredAsync("$SYS.REQ.ACCOUNT.PING.STATZ", """{"accounts":["A"]}""")).ShouldBeTrue();
        (await CountAsync("$SYS.REQ.ACCOUNT.A.STATZ", """{"include_unused":true}""")).ShouldBe(1);
        (await CountAsync("$SYS.REQ.ACCOUNT.UNKNOWN.STATZ", """{"include_unused":true}""")).ShouldBe(0);
        (await CountAsync("$SYS.REQ.ACCOUNT.PING.STATZ", "")).ShouldBe(1);
        (await CountAsync("$SYS.REQ.ACCOUNT.PING.STATZ", """{"include_unused":true}""")).ShouldBe(3);

        async Task<int> CountAsync(string subject, string body) =>
            (await talk.RequestJsonAsync(subject, body)).GetProperty("data").GetProperty("account_statz").GetArrayLength();
    }

    [Fact]
    public async Task Connections_are_counted_for_other_servers_only_where_there_are_any()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        (await talk.IsIgnoredAsync("$SYS.REQ.ACCOUNT.A.CONNS")).ShouldBeTrue();
        await talk.ConnectAsync();
        (await talk.RequestJsonAsync("$SYS.REQ.ACCOUNT.A.CONNS", """{"acc":"A"}""")).GetProperty("conns").GetInt32().ShouldBe(1);
        (await talk.IsIgnoredAsync("$SYS.REQ.ACCOUNT.A.CONNS", """{"acc":"SYS"}""")).ShouldBeTrue();
        (await talk.IsIgnoredAsync("$SYS.REQ.ACCOUNT.A.CONNS", "{")).ShouldBeTrue();
        (await talk.IsIgnoredAsync("$SYS.REQ.ACCOUNT.UNKNOWN.CONNS")).ShouldBeTrue();
    }

    [Fact]
    public async Task Subscribers_of_a_subject_are_counted_for_other_servers()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        (await talk.IsIgnoredAsync("$SYS.REQ.ACCOUNT.NSUBS", """{"acc":"A","subject":"foo"}""")).ShouldBeTrue();
        Dialogue client = await talk.ConnectAsync();
        client.Send("SUB foo 1", "SUB * 2", "SUB foo q 3", "SUB foo q 4", "SUB foo.bar 5", "SUB foo.> 6");
        await client.FenceAsync();
        (await CountAsync("""{"acc":"A","subject":"foo"}""")).ShouldBe("4");
        (await CountAsync("""{"acc":"A","subject":"foo","queue":"cQ=="}""")).ShouldBe("2");
        (await CountAsync("""{"acc":"A","subject":"foo.*"}""")).ShouldBe("1");
        (await CountAsync("""{"acc":"A","subject":"foo.>"}""")).ShouldBe("2");
        (await CountAsync("""{"acc":"A","subject":">","queue":"cQ=="}""")).ShouldBe("2");
        (await CountAsync("""{"acc":"A","subject":"no.body"}""")).ShouldBe("0");
        (await talk.IsIgnoredAsync("$SYS.REQ.ACCOUNT.NSUBS", "")).ShouldBeTrue();
        (await talk.IsIgnoredAsync("$SYS.REQ.ACCOUNT.NSUBS", "{")).ShouldBeTrue();

        Task<string> CountAsync(string body) => talk.RequestAsync("$SYS.REQ.ACCOUNT.NSUBS", body);
    }

    [Fact]
    public async Task Subscribers_are_counted_for_those_who_look_for_one()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        await talk.ListenAsync("foo.* q", "foo.bar");
        (await talk.RequestAsync("$SYS.DEBUG.SUBSCRIBERS", "foo.bar")).ShouldBe("2");
        (await talk.RequestAsync("$SYS.DEBUG.SUBSCRIBERS", " foo.bar q ")).ShouldBe("1");
        (await talk.RequestAsync("$SYS.DEBUG.SUBSCRIBERS", "foo.>")).ShouldBe("2");
        // The server's own subscriptions are nobody's.
        (await talk.RequestAsync("$SYS.DEBUG.SUBSCRIBERS", "$SYS.REQ.SERVER.PING")).ShouldBe("0");
        (await talk.RequestAsync("$SYS.DEBUG.SUBSCRIBERS", "")).ShouldBe("0");
    }

    [Fact]
    public async Task Other_servers_are_counted_from_what_they_say_until_they_leave_or_fall_silent()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        (await ActiveAsync()).ShouldBe(1);
        Say("N1", 1);
        Say("N2", 5);
        Say("N2", 5);
        Say(talk.ServerId, 1);
        talk.System.Send("PUB $SYS.SERVER.N3.STATSZ 1", "{", "PUB $SYS.SERVER.N3.STATSZ 4", "null", "PUB $SYS.SERVER.N3.STATSZ 0", "");
        await Eventually.HoldsAsync(async () => await ActiveAsync() == 3, "both servers count");
        talk.System.Send("PUB $SYS.SERVER.N1.SHUTDOWN 0", "");
        await Eventually.HoldsAsync(async () => await ActiveAsync() == 2, "the one that left does not");
        talk.Server.Time.Advance(TimeSpan.FromSeconds(181));
        await Eventually.HoldsAsync(async () => await ActiveAsync() == 1, "nor does the one that fell silent");

        void Say(string id, int number)
        {
            string body = $$$"""{"server":{"name":"n","id":"{{{id}}}","seq":{{{number}}}},"statsz":{}}""";
            talk.System.Send($"PUB $SYS.SERVER.{id}.STATSZ {body.Length}", body);
        }

        async Task<int> ActiveAsync()
        {
            JsonElement statistics = (await talk.RequestJsonAsync("$SYS.REQ.SERVER.@ID.STATSZ")).GetProperty("statsz");
            return statistics.GetProperty("active_servers").GetInt32();
        }
    }
}
