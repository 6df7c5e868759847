using System.Text;
using System.Text.Json;
using DotNats.Server.Monitoring;
using JetStream.Tests.Harness;
using JetStream.Tests.Schemas;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Api;

public sealed class ConsumerApiTests
{
    private const string Explicit = "\"ack_policy\":\"explicit\"";

    [Fact]
    public async Task A_consumer_is_created_described_listed_and_deleted()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a.>\"]");
        JsonElement created = await AskAsync(client, "CONSUMER.CREATE.S.C", Create("C", Explicit));
        created.GetProperty("stream_name").GetString().ShouldBe("S");
        created.GetProperty("config").GetProperty("ack_wait").GetInt64().ShouldBe(30_000_000_000);
        created.GetProperty("config").GetProperty("metadata").GetProperty("_nats.req.level").GetString().ShouldBe("0");
        JsonElement info = await AskAsync(client, "CONSUMER.INFO.S.C");
        info.GetProperty("name").GetString().ShouldBe("C");
        info.GetProperty("config").GetProperty("metadata").GetProperty("_nats.level").GetString().ShouldBe("5");
        (await AskAsync(client, "CONSUMER.NAMES.S")).GetProperty("consumers").GetRawText().ShouldBe("""["C"]""");
        JsonElement listed = (await AskAsync(client, "CONSUMER.LIST.S")).GetProperty("consumers")[0];
        listed.GetProperty("config").GetProperty("metadata").TryGetProperty("_nats.level", out _).ShouldBeFalse();
        (await client.AskAsync("$JS.API.STREAM.INFO.S")).GetProperty("state").GetProperty("consumer_count").GetInt32().ShouldBe(1);
        (await client.AskAsync("$JS.API.INFO")).GetProperty("consumers").GetInt32().ShouldBe(1);
        (await client.RequestAsync("$JS.API.CONSUMER.DELETE.S.C")).ShouldBe("""{"type":"io.nats.jetstream.api.v1.consumer_delete_response","success":true}""");
        (await AskAsync(client, "CONSUMER.INFO.S.C")).ErrorCode().ShouldBe(10014);
        (await AskAsync(client, "CONSUMER.DELETE.S.C")).ErrorCode().ShouldBe(10014);
        (await client.RequestAsync("$JS.API.CONSUMER.NAMES.S")).ShouldBe(
            """{"type":"io.nats.jetstream.api.v1.consumer_names_response","total":0,"offset":0,"limit":1024,"consumers":[]}""");
        (await client.AskAsync("$JS.API.STREAM.INFO.S")).GetProperty("state").GetProperty("consumer_count").GetInt32().ShouldBe(0);
    }

    [Theory]
    [InlineData("CONSUMER.CREATE.S", "", null)]
    [InlineData("CONSUMER.CREATE.S", "\"name\":\"E\"", "E")]
    [InlineData("CONSUMER.CREATE.S.C", "", "C")]
    [InlineData("CONSUMER.CREATE.S.C.a.b", "\"name\":\"C\",\"filter_subject\":\"a.b\"", "C")]
    [InlineData("CONSUMER.DURABLE.CREATE.S.D", "\"durable_name\":\"D\"", "D")]
    public async Task Every_subject_creates_the_consumer_it_names(string subject, string config, string? name)
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a.>\"]");
        JsonElement created = await AskAsync(client, subject, $$$"""{"stream_name":"S","config":{{{{Join(config, Explicit)}}}}}""");
        string made = created.GetProperty("name").GetString()!;
        if (name is null) made.Length.ShouldBe(8);
        else made.ShouldBe(name);
        server.Stream("S").Consumers.Find(made).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("CONSUMER.CREATE.S.C", "junk", 10025)]
    [InlineData("CONSUMER.CREATE.S.C", """{"stream_name":"T","config":{"ack_policy":"explicit"}}""", 10056)]
    [InlineData("CONSUMER.CREATE.T.C", """{"stream_name":"T","config":{"ack_policy":"explicit"}}""", 10059)]
    [InlineData("CONSUMER.CREATE.T.C", """{"stream_name":"T","config":{"ack_policy":"explicit","num_replicas":3}}""", 10074)]
    [InlineData("CONSUMER.CREATE.S", """{"stream_name":"S","config":{"durable_name":"D"}}""", 10020)]
    [InlineData("CONSUMER.DURABLE.CREATE.S.D", """{"stream_name":"S","config":{"durable_name":"E"}}""", 10017)]
    [InlineData("CONSUMER.CREATE.S.C", """{"stream_name":"S","config":{"ack_policy":"explicit"},"action":"update"}""", 10149)]
    [InlineData("CONSUMER.CREATE.S.C", """{"stream_name":"S","config":{"ack_policy":"explicit","max_deliver":-5},"pedantic":true}""", 10157)]
    [InlineData("CONSUMER.INFO.S.C", """{"a":1}""", 10038)]
    [InlineData("CONSUMER.INFO.T.C", "", 10059)]
    [InlineData("CONSUMER.DELETE.S.C", """{"a":1}""", 10038)]
    [InlineData("CONSUMER.LIST.T", "", 10059)]
    [InlineData("CONSUMER.NAMES.S", """{"offset":"x"}""", 10025)]
    [InlineData("CONSUMER.PAUSE.S.C", "{", 10025)]
    [InlineData("CONSUMER.PAUSE.S.C", "", 10014)]
    [InlineData("CONSUMER.PAUSE.T.C", "", 10059)]
    [InlineData("CONSUMER.UNPIN.S.C", "", 10025)]
    [InlineData("CONSUMER.UNPIN.S.C", """{"group":"a b"}""", 10162)]
    [InlineData("CONSUMER.UNPIN.S.C", """{"group":"g"}""", 10014)]
    [InlineData("CONSUMER.LEADER.STEPDOWN.S.C", "", 10010)]
    public async Task What_cannot_be_done_is_refused_as_nats_server_refuses_it(string subject, string body, int code)
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a.>\"]");
        (await AskAsync(client, subject, body)).ErrorCode().ShouldBe(code);
    }

    [Fact]
    public async Task Refusals_have_the_members_of_their_answers()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        (await client.RequestAsync("$JS.API.CONSUMER.PAUSE.T.C")).ShouldBe(
            """{"type":"io.nats.jetstream.api.v1.consumer_pause_response","error":{"code":404,"err_code":10059,"description":"stream not found"},"paused":false,"pause_until":"0001-01-01T00:00:00Z"}""");
        (await client.RequestAsync("$JS.API.CONSUMER.LIST.T")).ShouldBe(
            """{"type":"io.nats.jetstream.api.v1.consumer_list_response","error":{"code":404,"err_code":10059,"description":"stream not found"},"total":0,"offset":0,"limit":0,"consumers":[]}""");
    }

    [Fact]
    public async Task Actions_say_whether_a_consumer_must_be_new_or_must_exist()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S");
        (await AskAsync(client, "CONSUMER.CREATE.S.C", Create("C", Explicit, "create"))).ErrorCode().ShouldBe(0);
        (await AskAsync(client, "CONSUMER.CREATE.S.C", Create("C", Explicit, "create"))).ErrorCode().ShouldBe(0);
        (await AskAsync(client, "CONSUMER.CREATE.S.C", Create("C", Explicit + ",\"max_deliver\":7", "create"))).ErrorCode().ShouldBe(10148);
        JsonElement updated = await AskAsync(client, "CONSUMER.CREATE.S.C", Create("C", Explicit + ",\"max_deliver\":7", "update"));
        updated.GetProperty("config").GetProperty("max_deliver").GetInt64().ShouldBe(7);
        server.Stream("S").Consumers.Find("C")!.Config.MaxDeliver.ShouldBe(7);
        (await AskAsync(client, "CONSUMER.CREATE.S.C", Create("C", "\"ack_policy\":\"all\""))).ErrorCode().ShouldBe(10012);
    }

    [Fact]
    public async Task Names_and_list_are_pages_in_the_order_of_names()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S");
        foreach (string name in (string[])["c", "a", "b"]) await AskAsync(client, $"CONSUMER.CREATE.S.{name}", Create(name, Explicit));
        JsonElement names = await AskAsync(client, "CONSUMER.NAMES.S", """{"offset":1}""");
        names.GetProperty("total").GetInt32().ShouldBe(3);
        names.GetProperty("offset").GetInt32().ShouldBe(1);
        names.GetProperty("consumers").GetRawText().ShouldBe("""["b","c"]""");
        JsonElement list = await AskAsync(client, "CONSUMER.LIST.S", """{"offset":9}""");
        list.GetProperty("offset").GetInt32().ShouldBe(3);
        list.GetProperty("consumers").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task A_work_queue_has_one_consumer_for_each_subject_and_a_stream_no_more_than_its_limit()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("W", "\"subjects\":[\"w.>\"],\"retention\":\"workqueue\"");
        await client.CreateStreamAsync("L", "\"max_consumers\":1");
        (await AskAsync(client, "CONSUMER.CREATE.W.A", CreateIn("W", "A", Explicit + ",\"filter_subject\":\"w.a.*\""))).ErrorCode().ShouldBe(0);
        (await AskAsync(client, "CONSUMER.CREATE.W.B", CreateIn("W", "B", Explicit + ",\"filter_subject\":\"w.*.b\""))).ErrorCode().ShouldBe(10100);
        (await AskAsync(client, "CONSUMER.CREATE.W.B", CreateIn("W", "B", Explicit))).ErrorCode().ShouldBe(10099);
        (await AskAsync(client, "CONSUMER.CREATE.W.B", CreateIn("W", "B", "\"ack_policy\":\"all\""))).ErrorCode().ShouldBe(10098);
        (await AskAsync(client, "CONSUMER.CREATE.L.A", CreateIn("L", "A", Explicit))).ErrorCode().ShouldBe(0);
        (await AskAsync(client, "CONSUMER.CREATE.L.B", CreateIn("L", "B", Explicit))).ErrorCode().ShouldBe(10026);
        (await AskAsync(client, "CONSUMER.DELETE.L.A")).ErrorCode().ShouldBe(0);
        (await AskAsync(client, "CONSUMER.CREATE.L.B", CreateIn("L", "B", Explicit))).ErrorCode().ShouldBe(0);
    }

    [Fact]
    public async Task Limits_of_a_stream_fill_in_what_consumers_leave_out_and_cannot_go_below_what_they_have()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"consumer_limits\":{\"max_ack_pending\":50}");
        JsonElement created = await AskAsync(client, "CONSUMER.CREATE.S.C", Create("C", Explicit));
        created.GetProperty("config").GetProperty("max_ack_pending").GetInt64().ShouldBe(50);
        (await AskAsync(client, "CONSUMER.CREATE.S.D", Create("D", Explicit + ",\"max_ack_pending\":51"))).ErrorCode().ShouldBe(10121);
        JsonElement refused = await client.AskAsync("$JS.API.STREAM.UPDATE.S", """{"name":"S","storage":"memory","consumer_limits":{"max_ack_pending":20}}""");
        refused.GetProperty("error").GetProperty("description").GetString().ShouldBe("change to limits violates consumers: C");
    }

    [Fact]
    public async Task A_consumer_is_paused_until_a_time_and_keeps_it_when_it_is_updated()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S");
        await AskAsync(client, "CONSUMER.CREATE.S.C", Create("C", Explicit));
        JsonElement paused = await AskAsync(client, "CONSUMER.PAUSE.S.C", """{"pause_until":"2026-03-01T14:00:00+01:00"}""");
        paused.GetProperty("paused").GetBoolean().ShouldBeTrue();
        paused.GetProperty("pause_until").GetString().ShouldBe("2026-03-01T13:00:00Z");
        paused.GetProperty("pause_remaining").GetInt64().ShouldBe(3_600_000_000_000);
        JsonElement updated = await AskAsync(client, "CONSUMER.CREATE.S.C", Create("C", Explicit + ",\"description\":\"d\""));
        updated.GetProperty("config").GetProperty("pause_until").GetString().ShouldBe("2026-03-01T13:00:00Z");
        updated.GetProperty("config").GetProperty("metadata").GetProperty("_nats.req.level").GetString().ShouldBe("1");
        (await client.RequestAsync("$JS.API.CONSUMER.PAUSE.S.C", "{}")).ShouldBe(
            """{"type":"io.nats.jetstream.api.v1.consumer_pause_response","paused":false,"pause_until":"0001-01-01T00:00:00Z"}""");
        server.Stream("S").Consumers.Find("C")!.Config.PauseUntil.ShouldBeNull();
    }

    [Fact]
    public async Task A_consumer_begins_again_where_it_may()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S");
        await AskAsync(client, "CONSUMER.CREATE.S.C", Create("C", Explicit));
        await AskAsync(client, "CONSUMER.CREATE.S.N", Create("N", Explicit + ",\"deliver_policy\":\"new\""));
        for (int i = 0; i < 3; i++) await client.RequestAsync("S", "x");
        JsonElement reset = await AskAsync(client, "CONSUMER.RESET.S.C", """{"seq":3}""");
        reset.GetProperty("reset_seq").GetInt64().ShouldBe(3);
        reset.GetProperty("num_pending").GetInt64().ShouldBe(1);
        reset.GetProperty("ack_floor").GetProperty("stream_seq").GetInt64().ShouldBe(2);
        (await AskAsync(client, "CONSUMER.RESET.S.C")).GetProperty("reset_seq").GetInt64().ShouldBe(3);
        (await client.RequestAsync("$JS.API.CONSUMER.RESET.S.N", """{"seq":3}""")).ShouldBe(
            """{"type":"io.nats.jetstream.api.v1.consumer_reset_response","error":{"code":400,"err_code":10204,"description":"invalid reset: not allowed"},"reset_seq":0}""");
        (await AskAsync(client, "CONSUMER.DELETE.S.C")).ErrorCode().ShouldBe(0);
    }

    [Fact]
    public async Task Monitoring_lists_consumers_and_health_knows_them()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.AskAsync("$JS.API.STREAM.CREATE.S", """{"name":"S","subjects":["a"]}""");
        await AskAsync(client, "CONSUMER.CREATE.S.C", Create("C", Explicit));
        await client.AskAsync("$JS.API.CONSUMER.NAMES.S");
        JszSnapshot jsz = server.Service.Describe(new JszQuery { Consumers = true }, out _)!;
        jsz.Consumers.ShouldBe(1);
        JsonElement shown = jsz.AccountDetails!.Single().StreamDetail!.Single().ConsumerDetail!.Single();
        shown.GetProperty("name").GetString().ShouldBe("C");
        shown.TryGetProperty("config", out _).ShouldBeFalse();
        server.Service.Check(new HealthzQuery { Account = "$G", Stream = "S", Consumer = "C" }).Status.ShouldBe("ok");
        server.Service.Check(new HealthzQuery { Account = "$G", Stream = "S", Consumer = "D" }).StatusCode.ShouldBe(404);
    }

    [Fact]
    public async Task Who_copies_a_stream_is_told_which_it_is_and_refused_where_it_expects_another()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        const string body = """{"stream_name":"S","config":{"direct":true,"deliver_subject":"d","ack_policy":"none"}}""";
        client.Send("SUB in 1", $"PUB $JS.API.CONSUMER.CREATE.S in {body.Length}", body);
        string line = (await client.ReadLineAsync())!;
        string[] sizes = line.Split(' ');
        line.ShouldStartWith("HMSG in 1 ");
        string text = Encoding.UTF8.GetString(await client.ReadBytesAsync(int.Parse(sizes[^1], System.Globalization.CultureInfo.InvariantCulture)));
        text.ShouldStartWith("NATS/1.0\r\nNats-Stream-Identity: ");
        (await client.AskAsync("$JS.API.CONSUMER.NAMES.S")).GetProperty("total").GetInt32().ShouldBe(0);
        (await client.AskAsync("$JS.API.INFO")).GetProperty("consumers").GetInt32().ShouldBe(1);
        client.Send($"HPUB $JS.API.CONSUMER.CREATE.S in 41 {41 + body.Length}", "NATS/1.0", "Nats-Stream-Identity: other", "", body);
        sizes = (await client.ReadLineAsync())!.Split(' ');
        JsonElement refused = JsonDocument.Parse(await client.ReadBytesAsync(int.Parse(sizes[^1], System.Globalization.CultureInfo.InvariantCulture))).RootElement;
        refused.ErrorCode().ShouldBe(10225);
    }

    [Fact]
    public async Task A_consumer_that_is_not_there_lets_requests_for_messages_go_unanswered()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S");
        client.Send("SUB in 1", "PUB $JS.API.CONSUMER.RESET.S.C in 0", "");
        (await client.FenceAsync()).ShouldBeEmpty();
        client.Send("PUB $JS.API.CONSUMER.MSG.NEXT.S.C in 1", "1");
        (await client.ReadLineAsync())!.ShouldStartWith("HMSG in 1 ");
    }

    [Fact]
    public async Task Who_listens_is_told_of_consumers_also_when_their_stream_goes()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        Dialogue listener = await server.ConnectAsync();
        listener.Send("SUB $JS.EVENT.ADVISORY.CONSUMER.> 1", "SUB $JS.EVENT.ADVISORY.STREAM.DELETED.> 2");
        await listener.FenceAsync();
        await client.CreateStreamAsync("S");
        await AskAsync(client, "CONSUMER.CREATE.S.C", Create("C", Explicit + ",\"pause_until\":\"2027-01-01T00:00:00Z\""));
        (await AdvisoryAsync(listener, "CONSUMER.CREATED.S.C")).GetProperty("action").GetString().ShouldBe("create");
        (await AdvisoryAsync(listener, "CONSUMER.PAUSE.S.C")).GetProperty("paused").GetBoolean().ShouldBeTrue();
        await AskAsync(client, "CONSUMER.PAUSE.S.C");
        (await AdvisoryAsync(listener, "CONSUMER.PAUSE.S.C")).GetProperty("paused").GetBoolean().ShouldBeFalse();
        await client.AskAsync("$JS.API.STREAM.DELETE.S");
        (await AdvisoryAsync(listener, "CONSUMER.DELETED.S.C")).GetProperty("action").GetString().ShouldBe("delete");
        await AdvisoryAsync(listener, "STREAM.DELETED.S");
    }

    private static async Task<JsonElement> AdvisoryAsync(Dialogue listener, string subject)
    {
        string[] line = (await listener.ReadLineAsync())!.Split(' ');
        line[1].ShouldBe("$JS.EVENT.ADVISORY." + subject);
        byte[] json = await listener.ReadBytesAsync(int.Parse(line[^1], System.Globalization.CultureInfo.InvariantCulture));
        OfficialSchemas.Validate(json).ShouldBeEmpty(Encoding.UTF8.GetString(json));
        return JsonDocument.Parse(json).RootElement;
    }

    // Answers are what their official schemas say, but for refusals, which the real server tells as something else than a plain error too.
    private static async Task<JsonElement> AskAsync(Dialogue client, string subject, string body = "")
    {
        string answer = await client.RequestAsync("$JS.API." + subject, body);
        JsonElement json = JsonDocument.Parse(answer).RootElement;
        if (json.ErrorCode() == 0) OfficialSchemas.Validate(Encoding.UTF8.GetBytes(answer)).ShouldBeEmpty(answer);
        return json;
    }

    private static string Create(string name, string config, string action = "") => CreateIn("S", name, config, action);

    private static string CreateIn(string stream, string name, string config, string action = "") =>
        $$$"""{"stream_name":"{{{stream}}}","config":{{{{Join($"\"name\":\"{name}\",\"durable_name\":\"{name}\"", config)}}}},"action":"{{{action}}}"}""";

    private static string Join(string one, string other) => one.Length > 0 && other.Length > 0 ? $"{one},{other}" : one + other;
}
