using System.Text.Json;
using DotNats;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.SystemAccount;

// Answers, and their absence, were taken from nats-server 2.15.1.
public sealed class KickTests
{
    private const string Kick = "$SYS.REQ.SERVER.@ID.KICK";

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""null""")]
    [InlineData("""{"cid":0}""")]
    [InlineData("""{"cid":1}""")]
    [InlineData("""{"cid":999999}""")]
    [InlineData("""{"cid":18446744073709551615}""")]
    [InlineData("""{"cid":null}""")]
    [InlineData("""{"x":1}""")]
    [InlineData("""{"name":"app"}""")]
    public async Task Whom_nobody_knows_is_not_kicked(string body)
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        Dialogue client = await talk.ConnectAsync();
        (await talk.RequestJsonAsync(Kick, body)).GetProperty("error").GetRawText().ShouldBe("""{"code":500,"description":"no such client or leafnode id"}""");
        (await client.FenceAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("5")]
    [InlineData("{")]
    [InlineData("""{"cid":"1"}""")]
    [InlineData("""{"cid":-1}""")]
    [InlineData("""{"cid":1.5}""")]
    [InlineData("""{"cid":[1]}""")]
    [InlineData("""{"cid":18446744073709551616}""")]
    [InlineData("""{"cid":1}x""")]
    public async Task What_cannot_be_read_is_not_answered(string body)
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        (await talk.IsIgnoredAsync(Kick, body)).ShouldBeTrue();
    }

    [Fact]
    public async Task Clients_of_any_account_are_kicked_by_their_ids_alone()
    {
        AccountOptions other = new() { Name = "B", Users = [new UserOptions { Username = "b", Password = "b" }] };
        await using SystemConversation talk = await SystemConversation.StartAsync(SystemConversation.Options with { Accounts = [.. SystemConversation.Options.Accounts, other] });
        Dialogue[] clients = [await talk.ConnectAsync(), await talk.Server.OpenTcp().ConnectAsync("\"user\":\"b\",\"pass\":\"b\""), await talk.ConnectAsync()];
        foreach ((Dialogue client, string member) in clients.Zip(["cid", "CID", "Cid"]))
        {
            (await talk.RequestJsonAsync(Kick, $$"""{"{{member}}":{{IdOf(client)}},"name":"nobody"}""")).TryGetProperty("error", out _).ShouldBeFalse();
            await client.ExpectClosedAsync();
        }
    }

    [Fact]
    public async Task Who_was_kicked_is_found_among_the_closed_by_the_same_id()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        Dialogue client = await talk.ConnectAsync("\"name\":\"solo\"");
        string body = $$"""{"cid":{{IdOf(client)}},"state":1}""";
        await talk.RequestAsync(Kick, $$"""{"cid":{{IdOf(client)}}}""");
        JsonElement data = default;
        await Eventually.HoldsAsync(
            async () =>
            {
                data = (await talk.RequestJsonAsync("$SYS.REQ.SERVER.@ID.CONNZ", body)).GetProperty("data");
                return data.GetProperty("num_connections").GetInt32() == 1;
            },
            "the kicked client among the closed");
        await client.ExpectClosedAsync();
        data.GetProperty("connections")[0].GetProperty("reason").GetString().ShouldBe("Kicked");
        data.GetProperty("connections")[0].GetProperty("name").GetString().ShouldBe("solo");
    }

    // The clock stands still: what is left to the time a closing connection may linger never ends.
    [Fact]
    public async Task Who_is_kicked_while_his_answer_is_still_being_sent_hears_the_end_at_once()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        for (int i = 0; i < 300; i++)
        {
            Dialogue client = await talk.ConnectAsync();
            await talk.RequestAsync(Kick, $$"""{"cid":{{IdOf(client)}}}""");
            await client.ExpectClosedAsync();
        }
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 6)]
    [InlineData(5, 10)]
    public async Task The_first_client_has_the_id_it_would_have_there(int accounts, ulong id)
    {
        await using TestServer server = await TestServer.StartAsync(new NatsServerOptions { Accounts = [.. Enumerable.Range(0, accounts).Select(i => new AccountOptions { Name = $"A{i}" })] });
        Dialogue client = server.Open();
        await client.ReadInfoAsync();
        IdOf(client).ShouldBe(id);
    }

    private static ulong IdOf(Dialogue client) => JsonDocument.Parse(client.Infos[0]).RootElement.GetProperty("client_id").GetUInt64();
}
