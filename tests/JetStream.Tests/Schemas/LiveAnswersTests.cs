using System.Text;
using System.Text.Json;
using DotNats;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Schemas;

/// <summary>Everything that a running server says of streams, judged by the official schemas.</summary>
public sealed class LiveAnswersTests
{
    private const string PublishAck = "io.nats.jetstream.api.v1.pub_ack_response";
    private const string FileStream = """{"name":"A","subjects":["a.>"],"description":"d","max_age":3600000000000,"allow_direct":true,"allow_rollup_hdrs":true,"metadata":{"k":"v"}}""";

    // Requests in their order: subject behind $JS.API., body, error code of the answer.
    private static readonly (string Subject, string Body, int Error)[] Requests =
    [
        ("INFO", "", 0),
        ("STREAM.NAMES", "", 0),
        ("STREAM.LIST", "", 0),
        ("STREAM.CREATE.A", "{", 10025),
        ("STREAM.CREATE.A", """{"name":"B"}""", 10056),
        ("STREAM.CREATE.A", """{"name":"A","subjects":["a..b"]}""", 10052),
        ("STREAM.CREATE.A", FileStream, 0),
        ("STREAM.CREATE.A", FileStream, 0),
        ("STREAM.CREATE.A", """{"name":"A","subjects":["other"]}""", 10058),
        ("STREAM.CREATE.B", """{"name":"B","subjects":["a.b"]}""", 10065),
        ("STREAM.CREATE.M", """{"name":"M","subjects":["m.*"],"storage":"memory","retention":"workqueue","max_msgs":9,"max_bytes":9999,"allow_msg_ttl":true,"subject_delete_marker_ttl":1000000000,"allow_atomic":true,"allow_batched":true,"allow_msg_schedules":true}""", 0),
        ("STREAM.CREATE.C", """{"name":"C","subjects":["c.*"],"allow_msg_counter":true,"republish":{"src":"c.*","dest":"r.$1","headers_only":true},"placement":{"tags":["t"]}}""", 0),
        ("STREAM.CREATE.C", """{"name":"C","subjects":["c.*"],"allow_msg_counter":true,"republish":{"src":"c.*","dest":"r.$1","headers_only":true},"subject_transform":{"src":"c.*","dest":"d.$1"}}""", 10058),
        ("STREAM.UPDATE.A", FileStream.Replace("3600000000000", "7200000000000"), 0),
        ("STREAM.UPDATE.A", """{"name":"A","subjects":["a.>"],"storage":"memory"}""", 10052),
        ("STREAM.UPDATE.NOPE", """{"name":"NOPE"}""", 10059),
        ("STREAM.UPDATE.A", "[]", 10025),
        ("STREAM.INFO.A", "", 0),
        ("STREAM.INFO.A", """{"deleted_details":true,"subjects_filter":">"}""", 0),
        ("STREAM.INFO.A", """{"offset":"x"}""", 10025),
        ("STREAM.INFO.NOPE", "", 10059),
        ("STREAM.NAMES", """{"subject":"a.>"}""", 0),
        ("STREAM.LIST", """{"offset":1}""", 0),
        ("STREAM.LIST", """{"offset":"x"}""", 10025),
        ("STREAM.MSG.GET.A", """{"seq":1}""", 0),
        ("STREAM.MSG.GET.A", """{"last_by_subj":"a.2"}""", 0),
        ("STREAM.MSG.GET.A", """{"seq":99}""", 10037),
        ("STREAM.MSG.GET.A", "", 10003),
        ("STREAM.MSG.GET.NOPE", """{"seq":1}""", 10059),
        ("STREAM.MSG.DELETE.A", """{"seq":2}""", 0),
        ("STREAM.MSG.DELETE.A", """{"seq":2}""", 10043),
        ("STREAM.MSG.DELETE.A", """{"seq":0}""", 10057),
        ("STREAM.INFO.A", """{"deleted_details":true}""", 0),
        ("STREAM.PURGE.A", """{"filter":"a.1","keep":1}""", 0),
        ("STREAM.PURGE.A", """{"seq":1,"keep":1}""", 10003),
        ("STREAM.PURGE.NOPE", "", 10059),
        ("STREAM.PURGE.A", "", 0),
        ("STREAM.LEADER.STEPDOWN.A", "", 10010),
        ("STREAM.PEER.REMOVE.A", """{"peer":"x"}""", 10010),
        ("STREAM.DELETE.A", """{"x":1}""", 10038),
        ("STREAM.DELETE.A", "", 0),
        ("STREAM.DELETE.A", "", 10059),
        ("INFO", "", 0),
    ];

    [Fact]
    public async Task Every_answer_of_the_stream_api_is_what_its_schema_says()
    {
        await using StreamServer server = await StreamServer.StartAsync(options => options with { JetStream = options.JetStream with { Domain = "hub" } });
        Dialogue client = await server.ConnectAsync();
        foreach ((string subject, string body, int error) in Requests)
        {
            if (subject.StartsWith("STREAM.MSG.GET", StringComparison.Ordinal) && server.Streams.Find("A") is { } stream && stream.Log.State.LastSequence == 0)
            {
                foreach (string published in (string[])["a.1", "a.2", "a.1", "a.2"]) await client.RequestAsync(published, "x");
            }

            string answer = await client.RequestAsync("$JS.API." + subject, body);
            ErrorsOf(Encoding.UTF8.GetBytes(answer)).ShouldBeEmpty($"{subject} {body}: {answer}");
            JsonDocument.Parse(answer).RootElement.ErrorCode().ShouldBe(error, $"{subject} {body}: {answer}");
        }
    }

    [Fact]
    public async Task Refusals_for_accounts_without_jetstream_and_of_newer_requests_are_what_their_schemas_say()
    {
        static NatsServerOptions Accounts(NatsServerOptions options) => options with
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
        with.Send("SUB in 1");
        foreach (string subject in Requests.Select(request => request.Subject).Distinct().Where(subject => !subject.Contains("LEADER") && !subject.Contains("PEER")))
        {
            string answer = await without.RequestAsync("$JS.API." + subject);
            ErrorsOf(Encoding.UTF8.GetBytes(answer)).ShouldBeEmpty($"{subject}: {answer}");
            JsonDocument.Parse(answer).RootElement.ErrorCode().ShouldBe(10039, subject);
            const string Level = "NATS/1.0\r\nNats-Required-Api-Level: 99\r\n\r\n";
            with.Send($"HPUB $JS.API.{subject} in {Level.Length} {Level.Length}", Level);
            byte[] refusal = await ReadMessageAsync(with);
            ErrorsOf(refusal).ShouldBeEmpty($"{subject}: {Encoding.UTF8.GetString(refusal)}");
            JsonDocument.Parse(refusal).RootElement.ErrorCode().ShouldBe(10185, subject);
        }
    }

    [Fact]
    public async Task Every_acknowledgement_is_what_its_schema_says()
    {
        await using StreamServer server = await StreamServer.StartAsync(options => options with { JetStream = options.JetStream with { Domain = "hub" } });
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"s\"],\"allow_atomic\":true,\"allow_batched\":true,\"max_msg_size\":200");
        await client.CreateStreamAsync("C", "\"subjects\":[\"c\"],\"allow_msg_counter\":true");
        client.Send("SUB in.> 1");
        await CheckAsync("s", "in.1", "", "seq");
        await CheckAsync("s", "in.1", "Nats-Msg-Id: 1\r\n", "seq");
        await CheckAsync("s", "in.1", "Nats-Msg-Id: 1\r\n", "duplicate");
        await CheckAsync("s", "in.1", "Nats-Expected-Last-Sequence: 99\r\n", "error");
        await CheckAsync("s", "in.1", $"Large: {new string('x', 300)}\r\n", "error");
        await CheckAsync("s", "in.1", "Nats-Incr: 1\r\n", "error");
        await CheckAsync("c", "in.1", "Nats-Incr: 5\r\n", "val");
        await CheckAsync("c", "in.1", "", "error");
        await CheckAsync("s", "in.1", "Nats-Batch-Id: b\r\nNats-Batch-Sequence: 1\r\nNats-Batch-Commit: 1\r\n", "batch");
        await CheckAsync("s", "in.1", "Nats-Batch-Id: b\r\nNats-Batch-Sequence: 2\r\n", "error");
        await CheckAsync("s", "in.f.9.fail.1.2.$FI", "", "count");
        await CheckAsync("s", "in.g.9.ok.1.9.$FI", "", "error");

        async Task CheckAsync(string subject, string reply, string headers, string member)
        {
            string block = $"NATS/1.0\r\n{headers}\r\n";
            client.Send($"HPUB {subject} {reply} {block.Length} {block.Length}", block);
            using JsonDocument answer = JsonDocument.Parse(await ReadMessageAsync(client));
            OfficialSchemas.Validate(PublishAck, answer.RootElement).ShouldBeEmpty(answer.RootElement.ToString());
            answer.RootElement.TryGetProperty(member, out _).ShouldBeTrue($"{headers}: {answer.RootElement}");
        }
    }

    [Fact]
    public async Task Every_advisory_is_what_its_schema_says()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        Dialogue listener = await server.ConnectAsync();
        listener.Send("SUB $JS.EVENT.ADVISORY.> 1");
        await listener.FenceAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"s\"],\"allow_atomic\":true");
        await client.AskAsync("$JS.API.STREAM.UPDATE.S", """{"name":"S","subjects":["s"],"storage":"memory","allow_atomic":true,"max_msgs":5}""");
        const string Gap = "NATS/1.0\r\nNats-Batch-Id: b\r\nNats-Batch-Sequence: 1\r\n\r\n";
        client.Send($"HPUB s {Gap.Length} {Gap.Length}", Gap, $"HPUB s {Gap.Length} {Gap.Length}", Gap);
        await client.AskAsync("$JS.API.STREAM.DELETE.S");
        await client.AskAsync("$JS.API.STREAM.INFO.S");
        HashSet<string> wanted = ["stream_action create", "stream_action modify", "stream_action delete", "stream_batch_abandoned", "api_audit"];
        while (wanted.Count > 0)
        {
            byte[] advisory = await ReadMessageAsync(listener);
            OfficialSchemas.Validate(advisory).ShouldBeEmpty(Encoding.UTF8.GetString(advisory));
            using JsonDocument json = JsonDocument.Parse(advisory);
            string type = json.RootElement.GetProperty("type").GetString()!.Split('.')[^1];
            wanted.Remove(json.RootElement.TryGetProperty("action", out JsonElement action) ? $"{type} {action}" : type);
        }
    }

    [Fact]
    public async Task What_the_server_itself_tells_is_what_its_schemas_say()
    {
        static NatsServerOptions Few(NatsServerOptions options) => options with { SystemAccount = "SYS", Accounts = [new AccountOptions { Name = "SYS", Users = [new UserOptions { Username = "s", Password = "p" }] }] };
        await using StreamServer server = await StreamServer.StartAsync(Few);
        Dialogue listener = await server.ConnectAsync("\"user\":\"s\",\"pass\":\"p\"");
        listener.Send("SUB $JS.EVENT.ADVISORY.> 1");
        await listener.FenceAsync();
        server.Service.Advisories.OnRequestDropped(3);
        server.Service.Advisories.OutOfStorage("S");
        server.Service.Advisories.OutOfStorage(null);
        for (int i = 0; i < 3; i++)
        {
            byte[] advisory = await ReadMessageAsync(listener);
            OfficialSchemas.Validate(advisory).ShouldBeEmpty(Encoding.UTF8.GetString(advisory));
        }
    }

    // Compat: refusals of requests for pages have all members of a page, so that they are valid as either. nats-server's are the same.
    private static IEnumerable<string> ErrorsOf(byte[] answer)
    {
        bool isPage = Encoding.UTF8.GetString(answer) is var text && text.Contains("\"error\":") && text.Contains("\"streams\":");
        return OfficialSchemas.Validate(answer).Where(error => !isPage || error != "$: is 2 of what it should be one of");
    }

    private static async Task<byte[]> ReadMessageAsync(Dialogue client)
    {
        string line = await client.ReadLineAsync() ?? throw new InvalidOperationException("closed");
        line.ShouldStartWith("MSG ");
        return await client.ReadBytesAsync(int.Parse(line.Split(' ')[^1]));
    }
}
