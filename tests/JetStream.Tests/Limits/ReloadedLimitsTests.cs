using System.Text.Json;
using DotNats;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Limits;

/// <summary>What accounts may use by the configuration, and what becomes of their streams when that changes while everybody stays connected.</summary>
public sealed class ReloadedLimitsTests
{
    private const string LoginA = "\"user\":\"a\",\"pass\":\"p\"";
    private const string LoginB = "\"user\":\"b\",\"pass\":\"p\"";

    [Fact]
    public async Task Streams_count_against_the_limits_of_their_account()
    {
        var limits = new AccountJetStreamOptions { MaxMemoryBytes = 1000, MaxStoreBytes = 2000, MaxStreams = 3, StoreMaxStreamBytes = 1500, MaxBytesRequired = true };
        await using StreamServer server = await StreamServer.StartAsync(options => With(options, limits, null));
        Dialogue client = await server.ConnectAsync(LoginA);
        (await CreateAsync(client, "A", "")).ErrorCode().ShouldBe(10113);
        (await CreateAsync(client, "A", ",\"max_bytes\":1600")).ErrorCode().ShouldBe(10122);
        (await CreateAsync(client, "A", ",\"max_bytes\":1200")).ErrorCode().ShouldBe(0);
        (await CreateAsync(client, "B", ",\"max_bytes\":900")).ErrorCode().ShouldBe(10047);
        (await CreateAsync(client, "B", ",\"max_bytes\":800")).ErrorCode().ShouldBe(0);
        (await CreateAsync(client, "M", ",\"max_bytes\":1001,\"storage\":\"memory\"")).ErrorCode().ShouldBe(10028);
        (await CreateAsync(client, "M", ",\"max_bytes\":400,\"storage\":\"memory\"")).ErrorCode().ShouldBe(0);
        (await CreateAsync(client, "D", ",\"max_bytes\":1")).ErrorCode().ShouldBe(10027);
        (await client.AskAsync("$JS.API.STREAM.UPDATE.B", """{"name":"B","max_bytes":900}""")).ErrorCode().ShouldBe(10047);
        JsonElement info = await client.AskAsync("$JS.API.INFO");
        (info.GetProperty("reserved_storage").GetInt64(), info.GetProperty("reserved_memory").GetInt64(), info.GetProperty("streams").GetInt32()).ShouldBe((2000, 400, 3));
        info.GetProperty("limits").GetProperty("max_bytes_required").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task Changed_limits_hold_for_the_next_message()
    {
        await using StreamServer server = await StreamServer.StartAsync(options => With(options, new AccountJetStreamOptions(), null));
        Dialogue client = await server.ConnectAsync(LoginA);
        await client.CreateStreamAsync("S");
        (await client.RequestAsync("S", new string('x', 100))).ShouldBe("""{"stream":"S","seq":1}""");
        await ReloadAsync(server, new AccountJetStreamOptions { MaxMemoryBytes = 200, MaxStreams = 1 }, null);
        (await client.AskAsync("S", new string('x', 100))).ErrorCode().ShouldBe(10002);
        (await client.CreateStreamAsync("T")).ErrorCode().ShouldBe(10027);
        (await client.AskAsync("$JS.API.INFO")).GetProperty("limits").GetProperty("max_memory").GetInt64().ShouldBe(200);
        await ReloadAsync(server, new AccountJetStreamOptions(), null);
        (await client.RequestAsync("S", new string('x', 100))).ShouldBe("""{"stream":"S","seq":2}""");
        (await client.CreateStreamAsync("T")).ErrorCode().ShouldBe(0);
    }

    [Fact]
    public async Task An_account_that_loses_jetstream_has_its_streams_again_when_it_gets_it_back()
    {
        await using StreamServer server = await StreamServer.StartAsync(options => With(options, new AccountJetStreamOptions(), null));
        Dialogue a = await server.ConnectAsync(LoginA), b = await server.ConnectAsync(LoginB);
        (await CreateAsync(a, "S", "")).ErrorCode().ShouldBe(0);
        (await a.RequestAsync("S", "one")).ShouldBe("""{"stream":"S","seq":1}""");
        (await b.AskAsync("$JS.API.INFO")).ErrorCode().ShouldBe(10039);
        await ReloadAsync(server, null, new AccountJetStreamOptions());
        (await a.AskAsync("$JS.API.STREAM.NAMES")).ErrorCode().ShouldBe(10039);
        await NobodyListensAsync(a, "S");
        (await CreateAsync(b, "S", "")).ErrorCode().ShouldBe(0);
        await ReloadAsync(server, new AccountJetStreamOptions(), null);
        (await b.AskAsync("$JS.API.INFO")).ErrorCode().ShouldBe(10039);
        (await a.RequestAsync("S", "two")).ShouldBe("""{"stream":"S","seq":2}""");
        await ReloadAsync(server, new AccountJetStreamOptions(), new AccountJetStreamOptions());
        (await b.RequestAsync("S", "its own")).ShouldBe("""{"stream":"S","seq":1}""");
    }

    [Fact]
    public async Task Jetstream_is_turned_off_and_on_by_a_reload()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        (await CreateAsync(client, "S", "")).ErrorCode().ShouldBe(0);
        (await client.RequestAsync("S", "one")).ShouldBe("""{"stream":"S","seq":1}""");
        NatsServerOptions on = server.Core.Options;
        await server.Core.ApplyOptionsAsync(on with { JetStream = on.JetStream with { Enabled = false } });
        (await server.ConnectAsync()).Infos[^1].ShouldNotContain("\"jetstream\":true");
        await NobodyListensAsync(client, "S");
        // Compat: requests to the API are not answered at all.
        client.Send("PUB $JS.API.INFO none 0", "", "PUB $JS.API.STREAM.INFO.S none 0", "");
        (await client.FenceAsync()).ShouldBeEmpty();
        client.Send("UNSUB 7");
        await server.Core.ApplyOptionsAsync(on);
        (await server.ConnectAsync()).Infos[^1].ShouldContain("\"jetstream\":true");
        (await client.RequestAsync("S", "two")).ShouldBe("""{"stream":"S","seq":2}""");
        (await client.AskAsync("$JS.API.STREAM.INFO.S")).GetProperty("state").GetProperty("messages").GetInt64().ShouldBe(2);
    }

    [Fact]
    public async Task However_often_jetstream_is_turned_off_and_on_one_part_listens_to_its_API()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        NatsServerOptions on = server.Core.Options;
        for (int i = 0; i < 3; i++)
        {
            Listeners(server).ShouldBe(1);
            await server.Core.ApplyOptionsAsync(on with { JetStream = on.JetStream with { Enabled = false } });
            Listeners(server).ShouldBe(1);
            await server.Core.ApplyOptionsAsync(on);
        }

        Listeners(server).ShouldBe(1);
    }

    private static int Listeners(StreamServer server) =>
        server.Core.Accounts.System!.Subscriptions.Snapshot().Count(static entry => entry.Subject.AsSpan().SequenceEqual("$JS.API.>"u8));

    private static async Task NobodyListensAsync(Dialogue client, string subject)
    {
        client.Send("SUB none 7", $"PUB {subject} none 1", "x");
        (await client.ReadLineAsync())!.ShouldStartWith("HMSG none 7 ");
        (await client.ReadLineAsync()).ShouldBe("NATS/1.0 503");
        (await client.FenceAsync()).ShouldNotContain("<closed>");
    }

    private static Task<JsonElement> CreateAsync(Dialogue client, string name, string more) =>
        client.AskAsync("$JS.API.STREAM.CREATE." + name, $$"""{"name":"{{name}}"{{more}}}""");

    private static Task ReloadAsync(StreamServer server, AccountJetStreamOptions? a, AccountJetStreamOptions? b) => server.Core.ApplyOptionsAsync(With(server.Core.Options, a, b));

    private static NatsServerOptions With(NatsServerOptions options, AccountJetStreamOptions? a, AccountJetStreamOptions? b) => options with
    {
        Accounts =
        [
            new AccountOptions { Name = "A", JetStream = a, Users = [new UserOptions { Username = "a", Password = "p" }] },
            new AccountOptions { Name = "B", JetStream = b, Users = [new UserOptions { Username = "b", Password = "p" }] },
        ],
    };
}
