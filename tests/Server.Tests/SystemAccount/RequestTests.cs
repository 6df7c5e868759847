using System.IO.Compression;
using System.Text.Json;
using DotNats;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.SystemAccount;

public sealed class RequestTests
{
    [Theory]
    [InlineData("""{"server_name":"sr"}""", true)]
    [InlineData("""{"server_name":"zz"}""", false)]
    [InlineData("""{"server_name":"sr","exact_match":true}""", false)]
    [InlineData("""{"server_name":"srv","exact_match":true}""", true)]
    [InlineData("""{"Server_Name":"zz"}""", false)]
    [InlineData("""{"server_name":null}""", true)]
    [InlineData("""{"host":"127.0"}""", true)]
    [InlineData("""{"host":"127.0","exact_match":true}""", false)]
    [InlineData("""{"cluster":"x"}""", false)]
    [InlineData("""{"tags":["t:1"]}""", true)]
    [InlineData("""{"tags":["T:1 "]}""", true)]
    [InlineData("""{"tags":["t:1","t:2"]}""", false)]
    [InlineData("""{"domain":"x"}""", false)]
    [InlineData("null", true)]
    public async Task A_filter_decides_who_answers(string body, bool answers)
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        (await talk.IsIgnoredAsync("$SYS.REQ.SERVER.PING.HEALTHZ", body)).ShouldBe(!answers);
        (await talk.IsIgnoredAsync("$SYS.REQ.SERVER.PING.STATSZ", body)).ShouldBe(!answers);
    }

    [Theory]
    [InlineData("VARZ", "[]", "json: cannot unmarshal array into Go value of type server.VarzEventOptions")]
    [InlineData("CONNZ", """{"sort":5}""", "json: cannot unmarshal number into Go struct field ConnzEventOptions.sort of type server.SortOpt")]
    [InlineData("HEALTHZ", """{"tags":"x"}""", "json: cannot unmarshal string into Go struct field HealthzEventOptions.tags of type []string")]
    [InlineData("STATSZ", "{", "unexpected end of JSON input")]
    public async Task A_body_that_cannot_be_read_is_an_error(string name, string body, string description)
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        JsonElement answer = await talk.RequestJsonAsync($"$SYS.REQ.SERVER.PING.{name}", body);
        answer.EnumerateObject().Select(member => member.Name).ShouldBe(["server", "error"]);
        answer.GetProperty("error").GetProperty("code").GetInt32().ShouldBe(400);
        answer.GetProperty("error").GetProperty("description").GetString().ShouldBe(description);
    }

    [Theory]
    [InlineData("SUBSZ", """{"test":"a..b"}""", "invalid test subject, must be valid publish subject: a..b")]
    [InlineData("CONNZ", """{"filter_subject":"a"}""", "filter by subject only valid with account filtering")]
    [InlineData("CONNZ", """{"sort":"stop"}""", "sort by stop only valid on closed connections")]
    public async Task What_cannot_be_answered_is_an_error_with_empty_data(string name, string body, string description)
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        JsonElement answer = await talk.RequestJsonAsync($"$SYS.REQ.SERVER.@ID.{name}", body);
        answer.GetProperty("data").ValueKind.ShouldBe(JsonValueKind.Null);
        answer.GetProperty("error").GetRawText().ShouldBe($$"""{"code":500,"description":"{{description}}"}""");
    }

    [Fact]
    public async Task Connections_are_filtered_by_the_options_in_the_body()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        Dialogue one = await talk.ConnectAsync("\"name\":\"one\""), two = await talk.ConnectAsync("\"name\":\"two\"");
        two.Send("SUB x 1");
        await two.FenceAsync();
        (await NamesAsync("""{"acc":"A"}""")).ShouldBe(["one", "two"]);
        (await NamesAsync("""{"acc":"A","sort":"subs","limit":1}""")).ShouldBe(["two"]);
        (await NamesAsync("""{"acc":"A","filter_subject":"x"}""")).ShouldBe(["two"]);
        await one.DisposeAsync();
        await Eventually.HoldsAsync(async () => (await NamesAsync("""{"acc":"A","state":1}""")).SequenceEqual(["one"]), "the closed connection shows");
        (await NamesAsync("""{"acc":"A","state":2}""")).ShouldBe(["one", "two"], ignoreOrder: true);
        (await NamesAsync("""{"acc":"A","state":7}""")).ShouldBeEmpty();

        async Task<IEnumerable<string>> NamesAsync(string body)
        {
            JsonElement answer = await talk.RequestJsonAsync("$SYS.REQ.SERVER.@ID.CONNZ", body);
            return answer.GetProperty("data").GetProperty("connections").EnumerateArray().Select(connection => connection.GetProperty("name").GetString()!);
        }
    }

    [Fact]
    public async Task An_answer_is_compressed_where_that_is_accepted_but_no_error_and_no_statistics()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        talk.System.Send("SUB in 9");
        Request("HEALTHZ", "gzip", "");
        string header = (await talk.System.ReadLineAsync())!;
        int size = int.Parse(header.Split(' ')[4]), headerSize = int.Parse(header.Split(' ')[3]);
        await talk.System.ExpectAsync("NATS/1.0", "Content-Encoding: gzip", "");
        byte[] compressed = await talk.System.ReadBytesAsync(size - headerSize);
        using var gzip = new GZipStream(new MemoryStream(compressed), CompressionMode.Decompress);
        (await new StreamReader(gzip).ReadToEndAsync(TestContext.Current.CancellationToken)).ShouldEndWith("""{"status":"ok","status_code":200}}""");

        Request("HEALTHZ", "br", "");
        (await talk.System.ReadLineAsync())!.ShouldStartWith("HMSG in 9 ");
        await talk.System.ExpectAsync("NATS/1.0", "Content-Encoding: identity", "");
        (await talk.System.ReadLineAsync())!.ShouldStartWith("{\"server\"");
        foreach ((string name, string body) in new[] { ("HEALTHZ", "{"), ("STATSZ", "") })
        {
            Request(name, "gzip", body);
            (await talk.System.ReadLineAsync())!.ShouldStartWith("MSG in 9 ");
            (await talk.System.ReadLineAsync())!.ShouldStartWith("{\"server\"");
        }

        void Request(string name, string accepted, string body)
        {
            string block = $"NATS/1.0\r\nAccept-Encoding: {accepted}\r\n\r\n";
            talk.System.Send($"HPUB $SYS.REQ.SERVER.PING.{name} in {block.Length} {block.Length + body.Length}", block + body);
        }
    }

    [Fact]
    public async Task A_request_for_another_server_or_of_an_unknown_name_has_no_responders()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        talk.System.Send("PUB $SYS.REQ.SERVER.NOBODY.VARZ inbox.a 0", "", "PUB $SYS.REQ.SERVER.PING.NOPE inbox.b 0", "");
        List<string> lines = await talk.System.FenceAsync();
        lines.Count(line => line == "NATS/1.0 503").ShouldBe(2);
    }

    [Fact]
    public async Task A_client_is_kicked_by_its_id()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        await talk.ListenAsync("$SYS.ACCOUNT.A.DISCONNECT");
        Dialogue client = await talk.ConnectAsync();
        ulong id = JsonDocument.Parse(client.Infos[0]).RootElement.GetProperty("client_id").GetUInt64();
        string kick = $"$SYS.REQ.SERVER.{talk.ServerId}.KICK";
        (await talk.IsIgnoredAsync(kick, "")).ShouldBeTrue();
        (await talk.IsIgnoredAsync(kick, """{"cid":"x"}""")).ShouldBeTrue();
        (await talk.IsIgnoredAsync(kick, $$"""{"cid":{{id}},"server_name":"other"}""")).ShouldBeTrue();
        talk.System.Send($"PUB {kick} inbox.k {10 + (id > 9 ? 0 : -1)}", $$"""{"cid":{{id}}}""");
        // What a request brings about is told before it is answered.
        (string subject, string payload) = await talk.NextAsync();
        subject.ShouldBe("$SYS.ACCOUNT.A.DISCONNECT");
        payload.ShouldContain("\"reason\":\"Kicked\"");
        (await talk.NextAsync()).Subject.ShouldBe("inbox.k");
        await client.ExpectClosedAsync();
    }

    [Fact]
    public async Task A_client_is_asked_to_go_elsewhere_if_it_understands_that()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        Dialogue client = await talk.ConnectAsync();
        await client.FenceAsync();
        ulong id = JsonDocument.Parse(client.Infos[0]).RootElement.GetProperty("client_id").GetUInt64();
        JsonElement answer = await talk.RequestJsonAsync("$SYS.REQ.SERVER.@ID.LDM", $$"""{"cid":{{id}}}""");
        answer.EnumerateObject().Select(member => member.Name).ShouldBe(["server"]);
        await client.FenceAsync();
        JsonDocument.Parse(client.Infos[^1]).RootElement.GetProperty("ldm").GetBoolean().ShouldBeTrue();

        Dialogue old = talk.Server.OpenTcp();
        await old.ReadInfoAsync();
        old.Send("""CONNECT {"user":"a","pass":"a","verbose":false}""");
        await old.FenceAsync();
        id = JsonDocument.Parse(old.Infos[0]).RootElement.GetProperty("client_id").GetUInt64();
        answer = await talk.RequestJsonAsync("$SYS.REQ.SERVER.@ID.LDM", $$"""{"cid":{{id}}}""");
        answer.GetProperty("error").GetProperty("description").GetString()
            .ShouldBe("client does not support Lame Duck Mode or is not ready to receive the notification");
    }

    [Fact]
    public async Task A_reload_is_the_hosts_to_make_and_its_error_is_the_answer()
    {
        int reloads = 0;
        var host = new NatsServerDependencies { ReloadRequested = () => ++reloads == 1 ? Task.CompletedTask : throw new ReloadException("not now") };
        await using SystemConversation talk = await SystemConversation.StartAsync(dependencies: host);
        (await talk.RequestJsonAsync("$SYS.REQ.SERVER.@ID.RELOAD")).EnumerateObject().Select(member => member.Name).ShouldBe(["server"]);
        (await talk.RequestJsonAsync("$SYS.REQ.SERVER.@ID.RELOAD")).GetProperty("error").GetRawText().ShouldBe("""{"code":500,"description":"not now"}""");
        (await talk.IsIgnoredAsync("$SYS.REQ.SERVER.@ID.RELOAD", """{"server_name":"other"}""")).ShouldBeTrue();
        reloads.ShouldBe(2);
    }

    [Fact]
    public async Task Options_from_code_cannot_be_read_again()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        (await talk.RequestJsonAsync("$SYS.REQ.SERVER.@ID.RELOAD")).GetProperty("error").GetProperty("description").GetString()
            .ShouldBe("can only reload config when a file is provided using -c or --config");
    }

    [Fact]
    public async Task Equivalents_of_Gos_profiles_and_variables_are_told()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        foreach (string name in (string[])["goroutine", "heap", "allocs", "threadcreate", "mutex"])
        {
            JsonElement data = (await talk.RequestJsonAsync("$SYS.REQ.SERVER.@ID.PROFILEZ", $$"""{"name":"{{name}}"}""")).GetProperty("data");
            data.GetProperty("profile").GetBytesFromBase64().Length.ShouldBeGreaterThan(10);
            data.GetProperty("error").GetString().ShouldBe("");
        }

        JsonElement variables = (await talk.RequestJsonAsync("$SYS.REQ.SERVER.@ID.EXPVARZ")).GetProperty("data");
        variables.EnumerateObject().Select(member => member.Name).ShouldBe(["memstats", "cmdline"]);
        variables.GetProperty("memstats").GetProperty("HeapAlloc").GetInt64().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task The_queue_that_answers_shows_itself_at_work()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        (await talk.RequestJsonAsync("$SYS.REQ.SERVER.@ID.IPQUEUESZ")).GetProperty("data").GetProperty("System recvQ").GetRawText()
            .ShouldBe("""{"pending":0,"in_progress":1}""");
        JsonElement all = (await talk.RequestJsonAsync("$SYS.REQ.SERVER.@ID.IPQUEUESZ", """{"all":true,"filter":"send"}""")).GetProperty("data");
        all.EnumerateObject().Select(member => member.Name).ShouldBe(["System sendQ"]);
    }
}
