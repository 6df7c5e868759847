using System.Text;
using System.Text.Json;
using DotNats;
using DotNats.Storage;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Recovery;

public sealed class StreamRecoveryTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "dotnats-rec-" + Guid.NewGuid().ToString("N"));

    private string StreamDirectory => Path.Combine(_directory, "jetstream", "$G", "streams", "S");

    [Fact]
    public async Task Streams_in_files_are_there_again_and_go_on_where_they_were()
    {
        await using (StreamServer server = await StreamServer.StartAsync(directory: _directory))
        {
            Dialogue client = await server.ConnectAsync();
            await client.AskAsync("$JS.API.STREAM.CREATE.S", """{"name":"S","subjects":["a"],"metadata":{"k":"v"}}""");
            await client.CreateStreamAsync("M");
            (await client.RequestAsync("a", "one")).ShouldBe("""{"stream":"S","seq":1}""");
            (await client.RequestAsync("a", "two")).ShouldBe("""{"stream":"S","seq":2}""");
        }

        await using (StreamServer server = await StreamServer.StartAsync(directory: _directory))
        {
            Dialogue client = await server.ConnectAsync();
            (await client.AskAsync("$JS.API.STREAM.NAMES")).GetProperty("streams").GetRawText().ShouldBe("""["S"]""");
            JsonElement info = await client.AskAsync("$JS.API.STREAM.INFO.S");
            info.GetProperty("state").GetProperty("messages").GetInt64().ShouldBe(2);
            info.GetProperty("config").GetProperty("metadata").GetProperty("k").GetString().ShouldBe("v");
            (await client.RequestAsync("a", "three")).ShouldBe("""{"stream":"S","seq":3}""");
            server.Log.Lines.ShouldContain(line => line.Contains("Restored 2 messages for stream '$G > S'", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task With_a_key_nothing_readable_is_on_disk_and_everything_is_there_again()
    {
        static NatsServerOptions Encrypted(NatsServerOptions options) => options with { JetStream = options.JetStream with { EncryptionKey = "a key", Cipher = "aes" } };
        await using (StreamServer server = await StreamServer.StartAsync(Encrypted, _directory))
        {
            Dialogue client = await server.ConnectAsync();
            await client.AskAsync("$JS.API.STREAM.CREATE.S", """{"name":"S","subjects":["a"]}""");
            (await client.RequestAsync("a", "readable")).ShouldBe("""{"stream":"S","seq":1}""");
        }

        foreach (string file in Directory.EnumerateFiles(_directory, "*", SearchOption.AllDirectories))
            (await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)).AsSpan().IndexOf("readable"u8).ShouldBe(-1, file);
        await using (StreamServer server = await StreamServer.StartAsync(Encrypted, _directory))
        {
            Dialogue client = await server.ConnectAsync();
            (await client.AskAsync("$JS.API.STREAM.MSG.GET.S", """{"seq":1}""")).GetProperty("message").GetProperty("data").GetString().ShouldBe("cmVhZGFibGU=");
        }
    }

    [Fact]
    public async Task A_stream_that_needs_a_newer_server_is_kept_and_named_and_not_touched()
    {
        byte[] meta = Encoding.UTF8.GetBytes("""{"name":"S","subjects":["a"],"metadata":{"_nats.req.level":"99"},"created":"2026-03-01T00:00:00Z"}""");
        using (FileStore store = FileStore.Open(new FileStoreOptions { Directory = Path.Combine(_directory, "jetstream") })) store.Create("$G", "S", meta);
        await using StreamServer server = await StreamServer.StartAsync(directory: _directory);
        Dialogue client = await server.ConnectAsync();
        JsonElement list = await client.AskAsync("$JS.API.STREAM.LIST");
        list.GetProperty("missing")[0].GetString().ShouldBe("S");
        list.GetProperty("offline").GetProperty("S").GetString().ShouldBe("unsupported - required API level: 99, current API level: 5");
        (await client.AskAsync("$JS.API.STREAM.INFO.S")).ErrorCode().ShouldBe(10194);
        (await File.ReadAllBytesAsync(Path.Combine(StreamDirectory, "meta.inf"), TestContext.Current.CancellationToken)).ShouldBe(meta);
    }

    [Fact]
    public async Task What_cannot_be_read_is_named_and_left_as_it_is()
    {
        await MakeStreamAsync("""{"name":"S","subjects":["a"]}""");
        string meta = Path.Combine(StreamDirectory, "meta.inf");
        byte[] bytes = await File.ReadAllBytesAsync(meta, TestContext.Current.CancellationToken);
        bytes[10] ^= 1;
        await File.WriteAllBytesAsync(meta, bytes, TestContext.Current.CancellationToken);
        await using StreamServer server = await StreamServer.StartAsync(directory: _directory);
        Dialogue client = await server.ConnectAsync();
        (await client.AskAsync("$JS.API.STREAM.INFO.S")).ErrorCode().ShouldBe(10059);
        server.Log.Lines.ShouldContain(line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains(StreamDirectory, StringComparison.Ordinal));
        (await File.ReadAllBytesAsync(meta, TestContext.Current.CancellationToken)).ShouldBe(bytes);
    }

    [Fact]
    public async Task A_stream_with_a_field_that_is_not_known_is_kept_and_named_and_not_touched()
    {
        byte[] meta = Encoding.UTF8.GetBytes("""{"Created":"2026-03-01T00:00:00Z","name":"S","subjects":["a"],"allow_time_travel":true,"metadata":{"_nats.req.level":"0"}}""");
        using (FileStore store = FileStore.Open(new FileStoreOptions { Directory = Path.Combine(_directory, "jetstream") })) store.Create("$G", "S", meta);
        await using StreamServer server = await StreamServer.StartAsync(directory: _directory);
        Dialogue client = await server.ConnectAsync();
        (await client.AskAsync("$JS.API.STREAM.INFO.S")).GetProperty("error").GetProperty("description").GetString()
            .ShouldBe("stream is offline: decoding error: json: unknown field \"allow_time_travel\"");
        (await client.AskAsync("$JS.API.STREAM.UPDATE.S", """{"name":"S","subjects":["b"]}""")).ErrorCode().ShouldBe(10194);
        (await File.ReadAllBytesAsync(Path.Combine(StreamDirectory, "meta.inf"), TestContext.Current.CancellationToken)).ShouldBe(meta);
    }

    [Fact]
    public async Task What_earlier_servers_derived_from_blocks_is_cleared_away()
    {
        await MakeStreamAsync("""{"name":"S","subjects":["a"]}""");
        string messages = Path.Combine(StreamDirectory, "msgs");
        foreach (string name in (string[])["1.idx", "1.fss", "index.db", "thw.db", "notes.idx"]) await File.WriteAllTextAsync(Path.Combine(messages, name), "stale", TestContext.Current.CancellationToken);
        await using StreamServer server = await StreamServer.StartAsync(directory: _directory);
        Directory.EnumerateFiles(messages).Select(Path.GetFileName).Where(name => name!.EndsWith(".idx") || name.EndsWith(".fss") || name.Contains(".db"))
            .ShouldBe(["notes.idx", "dotnats.idx"], ignoreOrder: true);
    }

    private async Task MakeStreamAsync(string config)
    {
        await using StreamServer server = await StreamServer.StartAsync(directory: _directory);
        Dialogue client = await server.ConnectAsync();
        (await client.AskAsync("$JS.API.STREAM.CREATE.S", config)).ErrorCode().ShouldBe(0);
    }

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }
}
