using System.Text;
using System.Text.Json;
using DotNats.Storage;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Recovery;

public sealed class ConsumerRecoveryTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "dotnats-crec-" + Guid.NewGuid().ToString("N"));

    [Fact]
    public async Task Consumers_in_files_are_there_again_and_those_in_memory_are_not()
    {
        string created;
        await using (StreamServer server = await StreamServer.StartAsync(directory: _directory))
        {
            Dialogue client = await server.ConnectAsync();
            await client.AskAsync("$JS.API.STREAM.CREATE.S", """{"name":"S","subjects":["a"]}""");
            created = (await CreateAsync(client, "D", "\"durable_name\":\"D\",\"metadata\":{\"k\":\"v\"}")).GetProperty("created").GetString()!;
            await CreateAsync(client, "E", "\"inactive_threshold\":3600000000000");
            await CreateAsync(client, "M", "\"mem_storage\":true,\"durable_name\":\"M\"");
            await client.AskAsync("$JS.API.CONSUMER.PAUSE.S.D", """{"pause_until":"2027-01-01T00:00:00Z"}""");
        }

        await using (StreamServer server = await StreamServer.StartAsync(directory: _directory))
        {
            Dialogue client = await server.ConnectAsync();
            (await client.AskAsync("$JS.API.CONSUMER.NAMES.S")).GetProperty("consumers").GetRawText().ShouldBe("""["D","E"]""");
            JsonElement info = await client.AskAsync("$JS.API.CONSUMER.INFO.S.D");
            info.GetProperty("created").GetString().ShouldBe(created);
            info.GetProperty("config").GetProperty("pause_until").GetString().ShouldBe("2027-01-01T00:00:00Z");
            info.GetProperty("config").GetProperty("metadata").GetProperty("k").GetString().ShouldBe("v");
            (await client.AskAsync("$JS.API.STREAM.INFO.S")).GetProperty("state").GetProperty("consumer_count").GetInt32().ShouldBe(2);
            server.Log.Lines.ShouldContain(line => line.Contains("Recovering 2 consumers for stream - '$G > S'", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task One_that_wants_the_last_of_each_subject_counts_one_of_each_and_is_given_all()
    {
        await using (StreamServer server = await StreamServer.StartAsync(directory: _directory))
        {
            Dialogue client = await server.ConnectPingedAsync();
            await client.AskAsync("$JS.API.STREAM.CREATE.S", """{"name":"S","subjects":["a.*"]}""");
            await client.StoreAsync(server, "S", "a.1 1", "a.2 2", "a.1 3");
            JsonElement info = await CreateAsync(client, "D", "\"durable_name\":\"D\",\"deliver_policy\":\"last_per_subject\",\"filter_subject\":\"a.*\"");
            info.GetProperty("num_pending").GetInt32().ShouldBe(2);
            await client.StoreAsync(server, "S", "a.1 4", "a.1 5");
        }

        await using (StreamServer server = await StreamServer.StartAsync(directory: _directory))
        {
            Dialogue client = await server.ConnectPingedAsync();
            (await PendingAsync(client)).ShouldBe(2);
            client.Send("SUB in 1", "PUB $JS.API.CONSUMER.MSG.NEXT.S.D in 1", "4");
            await client.ExpectDeliveryAsync(server, "a.2", "1", "S.D.1.2.1.T.1", "2");
            await client.ExpectDeliveryAsync(server, "a.1", "1", "S.D.1.3.2.T.0", "3");
            await client.ExpectDeliveryAsync(server, "a.1", "1", "S.D.1.4.3.T.0", "4");
            await client.ExpectDeliveryAsync(server, "a.1", "1", "S.D.1.5.4.T.0", "5");
            await client.StoreAsync(server, "S", "a.1 6", "a.1 7");
            (await PendingAsync(client)).ShouldBe(2);
        }
    }

    [Fact]
    public async Task What_was_deleted_does_not_come_back()
    {
        await using (StreamServer server = await StreamServer.StartAsync(directory: _directory))
        {
            Dialogue client = await server.ConnectAsync();
            await client.AskAsync("$JS.API.STREAM.CREATE.S", """{"name":"S","subjects":["a"]}""");
            await CreateAsync(client, "D", "\"durable_name\":\"D\"");
            (await client.AskAsync("$JS.API.CONSUMER.DELETE.S.D")).ErrorCode().ShouldBe(0);
            await CreateAsync(client, "D", "\"durable_name\":\"D\",\"max_deliver\":5");
            await CreateAsync(client, "E", "\"durable_name\":\"E\"");
            (await client.AskAsync("$JS.API.CONSUMER.DELETE.S.E")).ErrorCode().ShouldBe(0);
        }

        await using (StreamServer server = await StreamServer.StartAsync(directory: _directory))
        {
            server.Stream("S").Consumers.Public.Select(consumer => consumer.Name).ShouldBe(["D"]);
            server.Stream("S").Consumers.Find("D")!.Config.MaxDeliver.ShouldBe(5);
        }
    }

    [Fact]
    public async Task A_consumer_that_needs_a_newer_server_stops_its_stream_and_both_are_named()
    {
        byte[] meta = Encoding.UTF8.GetBytes("""{"Created":"2026-03-01T00:00:00Z","Name":"C","name":"C","durable_name":"C","metadata":{"_nats.req.level":"99"}}""");
        using (FileStore store = FileStore.Open(new FileStoreOptions { Directory = Path.Combine(_directory, "jetstream") }))
            store.Create("$G", "S", """{"name":"S","subjects":["a"]}"""u8).Consumer("C").WriteMeta(meta);
        await using StreamServer server = await StreamServer.StartAsync(directory: _directory);
        Dialogue client = await server.ConnectAsync();
        (await client.AskAsync("$JS.API.STREAM.INFO.S")).GetProperty("error").GetProperty("description").GetString().ShouldBe("stream is offline: stopped - unsupported consumer \"C\"");
        JsonElement list = await client.AskAsync("$JS.API.CONSUMER.LIST.S");
        list.GetProperty("missing")[0].GetString().ShouldBe("C");
        list.GetProperty("offline").GetProperty("C").GetString().ShouldBe("unsupported - required API level: 99, current API level: 5");
        (await client.AskAsync("$JS.API.CONSUMER.INFO.S.C")).ErrorCode().ShouldBe(10195);
        (await client.AskAsync("$JS.API.CONSUMER.CREATE.S.D", """{"stream_name":"S","config":{}}""")).ErrorCode().ShouldBe(10194);
        client.Send("SUB in 1", "PUB $JS.API.CONSUMER.PAUSE.S.C in 0", "");
        (await client.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_consumer_that_cannot_be_read_is_named_and_left_as_it_is_and_the_others_go_on()
    {
        await using (StreamServer server = await StreamServer.StartAsync(directory: _directory))
        {
            Dialogue client = await server.ConnectAsync();
            await client.AskAsync("$JS.API.STREAM.CREATE.S", """{"name":"S","subjects":["a"]}""");
            await CreateAsync(client, "D", "\"durable_name\":\"D\"");
            await CreateAsync(client, "E", "\"durable_name\":\"E\"");
        }

        string meta = Path.Combine(_directory, "jetstream", "$G", "streams", "S", "obs", "D", "meta.inf");
        byte[] bytes = await File.ReadAllBytesAsync(meta, TestContext.Current.CancellationToken);
        bytes[10] ^= 1;
        await File.WriteAllBytesAsync(meta, bytes, TestContext.Current.CancellationToken);
        await using (StreamServer server = await StreamServer.StartAsync(directory: _directory))
        {
            server.Stream("S").Consumers.Public.Select(consumer => consumer.Name).ShouldBe(["E"]);
            server.Log.Lines.ShouldContain(line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains(Path.GetDirectoryName(meta)!, StringComparison.Ordinal));
        }

        (await File.ReadAllBytesAsync(meta, TestContext.Current.CancellationToken)).ShouldBe(bytes);
    }

    private static Task<JsonElement> CreateAsync(Dialogue client, string name, string config) =>
        client.AskAsync($"$JS.API.CONSUMER.CREATE.S.{name}", $$$"""{"stream_name":"S","config":{"name":"{{{name}}}","ack_policy":"explicit",{{{config}}}}}""");

    private static async Task<int> PendingAsync(Dialogue client) => (await client.AskAsync("$JS.API.CONSUMER.INFO.S.D")).GetProperty("num_pending").GetInt32();

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }
}
