using System.Text.Json;
using DotNats;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Advisories;

public sealed class AdvisoryTests
{
    [Fact]
    public async Task Who_listens_is_told_of_streams_and_of_requests()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        Dialogue listener = await server.ConnectAsync();
        listener.Send("SUB $JS.EVENT.ADVISORY.> 1");
        await listener.FenceAsync();
        await client.CreateStreamAsync("S");
        Dictionary<string, JsonElement> told = [];
        while (told.Count < 2)
        {
            string[] line = (await listener.ReadLineAsync())!.Split(' ');
            told[line[1]] = JsonDocument.Parse(await listener.ReadBytesAsync(int.Parse(line[^1], System.Globalization.CultureInfo.InvariantCulture))).RootElement;
        }

        JsonElement created = told["$JS.EVENT.ADVISORY.STREAM.CREATED.S"];
        created.GetProperty("type").GetString().ShouldBe("io.nats.jetstream.advisory.v1.stream_action");
        created.GetProperty("action").GetString().ShouldBe("create");
        JsonElement audit = told["$JS.EVENT.ADVISORY.API"];
        audit.GetProperty("subject").GetString().ShouldBe("$JS.API.STREAM.CREATE.S");
        audit.GetProperty("client").GetProperty("acc").GetString().ShouldBe("$G");
        audit.GetProperty("request").GetString().ShouldBe("""{"name":"S","storage":"memory"}""");
    }

    [Fact]
    public async Task What_the_server_asks_for_an_account_is_told_with_the_server_s_name()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        Dialogue listener = await server.ConnectAsync();
        await client.CreateStreamAsync("O", "\"subjects\":[\"o\"]");
        listener.Send("SUB $JS.EVENT.ADVISORY.API 1");
        await listener.FenceAsync();
        await client.CreateStreamAsync("M", "\"mirror\":{\"name\":\"O\"}");
        await Eventually.HoldsAsync(
            () =>
            {
                if (server.Stream("O").Consumers.Count == 1) return true;
                server.Time.Advance(TimeSpan.FromMilliseconds(250));
                return false;
            },
            "the mirror has its consumer");
        JsonElement audit;
        do
        {
            string[] line = (await listener.ReadLineAsync())!.Split(' ');
            audit = JsonDocument.Parse(await listener.ReadBytesAsync(int.Parse(line[^1], System.Globalization.CultureInfo.InvariantCulture))).RootElement;
        }
        while (audit.GetProperty("subject").GetString() != "$JS.API.CONSUMER.CREATE.O");

        audit.GetProperty("client").GetProperty("server").GetString().ShouldBe(server.Core.Name);
        audit.GetProperty("client").GetProperty("acc").GetString().ShouldBe("$G");
    }

    [Fact]
    public async Task A_limit_of_the_account_refuses_what_goes_beyond()
    {
        NatsServerOptions Limited(NatsServerOptions options) => options with
        {
            Accounts = [new AccountOptions { Name = "A", JetStream = new AccountJetStreamOptions { MaxMemoryBytes = 100, MaxStreams = 1 }, Users = [new UserOptions { Username = "a", Password = "p" }] }],
        };
        await using StreamServer server = await StreamServer.StartAsync(Limited);
        Dialogue client = await server.ConnectAsync("\"user\":\"a\",\"pass\":\"p\"");
        (await client.CreateStreamAsync("S")).ErrorCode().ShouldBe(0);
        (await client.CreateStreamAsync("T")).ErrorCode().ShouldBe(10027);
        (await client.AskAsync("S", new string('x', 50))).ErrorCode().ShouldBe(0);
        (await client.AskAsync("S", new string('x', 50))).ErrorCode().ShouldBe(10002);
        JsonElement info = await client.AskAsync("$JS.API.INFO");
        info.GetProperty("memory").GetInt64().ShouldBe(67);
        info.GetProperty("api").GetProperty("errors").GetInt64().ShouldBe(1);
    }
}
