using System.Text.Json;
using DotNats;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Api;

public sealed class StreamApiTests
{
    [Fact]
    public async Task Deleted_messages_of_a_stream_with_few_survivors_are_counted_and_not_listed()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S");
        await client.RequestAsync("S", "x");
        server.Stream("S").Log.Skip(5_000_000_000);
        await client.RequestAsync("S", "x");
        JsonElement state = (await client.AskAsync("$JS.API.STREAM.INFO.S", """{"deleted_details":true}""")).GetProperty("state");
        state.GetProperty("num_deleted").GetInt64().ShouldBe(5_000_000_000);
        state.TryGetProperty("deleted", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_stream_is_created_described_and_deleted()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        JsonElement created = await client.CreateStreamAsync("ORDERS", "\"subjects\":[\"orders.>\"]");
        created.GetProperty("type").GetString().ShouldBe("io.nats.jetstream.api.v1.stream_create_response");
        created.GetProperty("did_create").GetBoolean().ShouldBeTrue();
        created.GetProperty("config").GetProperty("max_msgs").GetInt64().ShouldBe(-1);
        JsonElement info = await client.AskAsync("$JS.API.STREAM.INFO.ORDERS");
        info.GetProperty("config").GetProperty("name").GetString().ShouldBe("ORDERS");
        info.GetProperty("cluster").GetProperty("leader").GetString().ShouldBe(server.Core.Name);
        (await client.RequestAsync("$JS.API.STREAM.DELETE.ORDERS")).ShouldBe("""{"type":"io.nats.jetstream.api.v1.stream_delete_response","success":true}""");
        (await client.RequestAsync("$JS.API.STREAM.INFO.ORDERS")).ShouldBe(
            """{"type":"io.nats.jetstream.api.v1.stream_info_response","error":{"code":404,"err_code":10059,"description":"stream not found"},"total":0,"offset":0,"limit":0}""");
    }

    [Fact]
    public async Task Published_messages_are_acknowledged_and_counted()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a.*\"]");
        (await client.RequestAsync("a.1", "hello")).ShouldBe("""{"stream":"S","seq":1}""");
        (await client.RequestAsync("a.2", "hello")).ShouldBe("""{"stream":"S","seq":2}""");
        JsonElement state = (await client.AskAsync("$JS.API.STREAM.INFO.S", """{"subjects_filter":">"}""")).GetProperty("state");
        state.GetProperty("messages").GetInt64().ShouldBe(2);
        state.GetProperty("bytes").GetInt64().ShouldBe(48);
        state.GetProperty("subjects").GetRawText().ShouldBe("""{"a.1":1,"a.2":1}""");
    }

    [Fact]
    public async Task A_subject_that_has_a_wildcard_as_a_token_is_not_transformed()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a.>\"],\"subject_transform\":{\"src\":\"a.*\",\"dest\":\"t.$1\"}");
        foreach (string subject in (string[])["a.b", "a.*", "a.>"]) await client.RequestAsync(subject, "x");
        JsonElement state = (await client.AskAsync("$JS.API.STREAM.INFO.S", """{"subjects_filter":">"}""")).GetProperty("state");
        state.GetProperty("subjects").GetRawText().ShouldBe("""{"a.*":1,"a.\u003e":1,"t.b":1}""");
    }

    [Theory]
    [InlineData("a.>", "a..b", true)]
    [InlineData("a.>", "a.", true)]
    [InlineData("a.>", ".b", false)]
    [InlineData("a.*", "a..", false)]
    [InlineData("a.*", "a.", false)]
    [InlineData("a.b", "a.>.c", true)]
    [InlineData("a.b", "a.b..", false)]
    [InlineData("a.*", "a.>.c", false)]
    [InlineData("a.>", "*.>.c", true)]
    [InlineData("a.>", "b.>.c", false)]
    [InlineData("*.q", "*..", false)]
    public async Task What_is_no_filter_finds_streams_as_it_does_with_the_real_server(string subject, string filter, bool isFound)
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", $"\"subjects\":[\"{subject}\"]");
        JsonElement names = await client.AskAsync("$JS.API.STREAM.NAMES", $$"""{"subject":"{{filter}}"}""");
        names.GetProperty("total").GetInt32().ShouldBe(isFound ? 1 : 0);
        (await client.AskAsync("$JS.API.STREAM.LIST", $$"""{"subject":"{{filter}}"}""")).GetProperty("total").GetInt32().ShouldBe(isFound ? 1 : 0);
    }

    [Fact]
    public async Task Blanks_are_a_body_that_says_nothing()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S");
        (await client.AskAsync("$JS.API.STREAM.DELETE.S", "  ")).ErrorCode().ShouldBe(10038);
        (await client.AskAsync("$JS.API.STREAM.MSG.DELETE.S", "  ")).ErrorCode().ShouldBe(10043);
        (await client.AskAsync("$JS.API.STREAM.MSG.DELETE.S", " { } ")).ErrorCode().ShouldBe(10003);
        (await client.AskAsync("$JS.API.STREAM.DELETE.S", " { } ")).ErrorCode().ShouldBe(0);
    }

    [Fact]
    public async Task What_is_overdue_when_it_is_scheduled_waits_for_a_quarter_of_a_second()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a.*\"],\"allow_msg_schedules\":true,\"allow_rollup_hdrs\":true");
        const string headers = "NATS/1.0\r\nNats-Schedule: @at 2020-01-01T00:00:00Z\r\nNats-Schedule-Target: a.t\r\n\r\n";
        client.Send($"HPUB a.s {headers.Length} {headers.Length}", headers);
        await Eventually.HoldsAsync(() => server.Stream("S").Log.State.LastSequence == 1);
        server.Time.Advance(TimeSpan.FromMilliseconds(240));
        (await client.RequestAsync("a.x")).ShouldBe("""{"stream":"S","seq":2}""");
        server.Time.Advance(TimeSpan.FromMilliseconds(20));
        await Eventually.HoldsAsync(() => server.Stream("S").Log.State.LastSequence == 3, "the message was scheduled");
    }

    [Fact]
    public async Task A_domain_is_part_of_acknowledgements_and_of_the_api_s_subjects()
    {
        await using StreamServer server = await StreamServer.StartAsync(options => options with { JetStream = options.JetStream with { Domain = "hub" } });
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S");
        (await client.RequestAsync("S")).ShouldBe("""{"stream":"S","domain":"hub","seq":1}""");
        (await client.AskAsync("$JS.hub.API.STREAM.NAMES")).GetProperty("streams")[0].GetString().ShouldBe("S");
        client.Infos[^1].ShouldContain("\"jetstream\":true");
        client.Infos[^1].ShouldContain("\"domain\":\"hub\"");
    }

    [Fact]
    public async Task An_account_without_jetstream_is_told_so()
    {
        NatsServerOptions Accounts(NatsServerOptions options) => options with
        {
            Accounts =
            [
                new AccountOptions { Name = "WITH", JetStream = new AccountJetStreamOptions(), Users = [new UserOptions { Username = "w", Password = "p" }] },
                new AccountOptions { Name = "WITHOUT", Users = [new UserOptions { Username = "o", Password = "p" }] },
            ],
        };
        await using StreamServer server = await StreamServer.StartAsync(Accounts);
        Dialogue with = await server.ConnectAsync("\"user\":\"w\",\"pass\":\"p\"");
        Dialogue without = await server.ConnectAsync("\"user\":\"o\",\"pass\":\"p\"");
        (await with.AskAsync("$JS.API.INFO")).GetProperty("limits").GetProperty("max_memory").GetInt64().ShouldBe(-1);
        (await without.AskAsync("$JS.API.INFO")).ErrorCode().ShouldBe(10039);
        (await without.AskAsync("$JS.API.STREAM.NAMES")).ErrorCode().ShouldBe(10039);
    }

    [Theory]
    [InlineData("file", 0, "no message found")]
    [InlineData("file", 1, "no message found")]
    [InlineData("file", 3, "sequence 3 not found")]
    [InlineData("file", 5, "stream store EOF")]
    [InlineData("memory", 1, "sequence 1 not found")]
    [InlineData("memory", 5, "sequence 5 not found")]
    public async Task Messages_that_are_not_there_cannot_be_removed_as_the_store_says(string storage, int sequence, string why)
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.AskAsync("$JS.API.STREAM.CREATE.S", $$"""{"name":"S","subjects":["s"],"storage":"{{storage}}"}""");
        for (int i = 0; i < 4; i++) await client.AskAsync("s", "x");
        foreach (int removed in (int[])[1, 3]) (await client.AskAsync("$JS.API.STREAM.MSG.DELETE.S", $$"""{"seq":{{removed}}}""")).ErrorCode().ShouldBe(0);
        JsonElement refused = await client.AskAsync("$JS.API.STREAM.MSG.DELETE.S", $$"""{"seq":{{sequence}},"no_erase":true}""");
        refused.GetProperty("error").GetProperty("description").GetString().ShouldBe(why);
    }

    [Fact]
    public async Task Purge_and_delete_remove_messages()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a.*\"]");
        for (int i = 0; i < 4; i++) await client.RequestAsync($"a.{i % 2}", "x");
        (await client.RequestAsync("$JS.API.STREAM.PURGE.S", """{"filter":"a.1"}""")).ShouldBe(
            """{"type":"io.nats.jetstream.api.v1.stream_purge_response","success":true,"purged":2}""");
        (await client.RequestAsync("$JS.API.STREAM.MSG.DELETE.S", """{"seq":3}""")).ShouldBe(
            """{"type":"io.nats.jetstream.api.v1.stream_msg_delete_response","success":true}""");
        (await client.AskAsync("$JS.API.STREAM.MSG.DELETE.S", """{"seq":3}""")).ErrorCode().ShouldBe(10043);
        JsonElement message = (await client.AskAsync("$JS.API.STREAM.MSG.GET.S", """{"seq":1}""")).GetProperty("message");
        message.GetProperty("subject").GetString().ShouldBe("a.0");
        message.GetProperty("data").GetString().ShouldBe("eA==");
    }

    [Fact]
    public async Task Requests_that_are_none_are_not_answered_and_direct_gets_nobody_takes_are_refused()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S");
        client.Send("SUB in 1", "PUB $JS.API.NOPE in 0", "");
        (await client.FenceAsync()).ShouldBeEmpty();
        client.Send("PUB $JS.API.DIRECT.GET.S in 9", """{"seq":1}""");
        await client.ExpectAsync("HMSG in 1 52 52", "NATS/1.0 503", "Nats-Subject: $JS.API.DIRECT.GET.S", "", "");
    }

    [Fact]
    public async Task An_update_takes_effect_and_what_cannot_change_is_refused()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        JsonElement updated = await client.AskAsync("$JS.API.STREAM.UPDATE.S", """{"name":"S","subjects":["b"],"storage":"memory","max_msgs":1}""");
        updated.ErrorCode().ShouldBe(0);
        (await client.RequestAsync("b", "1")).ShouldBe("""{"stream":"S","seq":1}""");
        (await client.RequestAsync("b", "2")).ShouldBe("""{"stream":"S","seq":2}""");
        server.Stream("S").Log.State.Messages.ShouldBe(1ul);
        (await client.AskAsync("$JS.API.STREAM.UPDATE.S", """{"name":"S","subjects":["b"],"storage":"file"}""")).ErrorCode().ShouldBe(10052);
        client.Send("PUB a in 0", "");
        (await client.FenceAsync()).ShouldBeEmpty();
    }
}
