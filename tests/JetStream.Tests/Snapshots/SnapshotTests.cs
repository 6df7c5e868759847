using System.Text.Json;
using DotNats;
using DotNats.JetStream.Snapshots;
using DotNats.Storage;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Snapshots;

public sealed class SnapshotTests
{
    private const string Config = """{"name":"S","subjects":["s.>"],"allow_msg_ttl":true,"max_msgs_per_subject":100}""";

    [Theory]
    [InlineData("", "")]
    [InlineData(""","storage":"memory" """, ""","storage":"memory" """)]
    [InlineData(""","compression":"s2" """, "")]
    [InlineData("", ""","storage":"memory" """)]
    public async Task A_backup_restored_elsewhere_has_every_message_number_and_time(string from, string to)
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await FillAsync(client, Config.Replace("}", from + "}"));
        (JsonElement answer, byte[] archive, string status) = await client.BackUpAsync("S", "\"chunk_size\":1024");
        status.ShouldBe("NATS/1.0 204\r\n\r\n");
        answer.GetProperty("config").GetProperty("name").GetString().ShouldBe("S");
        answer.GetProperty("state").GetProperty("num_deleted").GetInt32().ShouldBe(4);
        string before = await client.DumpAsync("S");

        await using StreamServer other = await StreamServer.StartAsync(static options => options with { JetStream = options.JetStream with { EncryptionKey = "a key" } });
        Dialogue second = await other.ConnectAsync();
        JsonElement restored = await second.RestoreAsync("S", Config.Replace("}", to + "}"), archive);
        restored.ErrorCode().ShouldBe(0);
        restored.GetProperty("type").GetString().ShouldBe("io.nats.jetstream.api.v1.stream_create_response");
        restored.GetProperty("state").GetProperty("messages").GetInt32().ShouldBe(199);
        (await second.DumpAsync("S")).ShouldBe(before);
        (await second.AskAsync("s.1", "next")).GetProperty("seq").GetInt32().ShouldBe(204);
        Directory.GetFileSystemEntries(other.Directory, "snap-*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_restored_stream_is_there_after_a_restart()
    {
        string directory = Path.Combine(Path.GetTempPath(), "dotnats-snap-" + Guid.NewGuid().ToString("N"));
        try
        {
            string before;
            await using (StreamServer server = await StreamServer.StartAsync(directory: directory))
            {
                Dialogue client = await server.ConnectAsync();
                await FillAsync(client, Config);
                byte[] archive = (await client.BackUpAsync("S")).Archive;
                before = await client.DumpAsync("S");
                await client.AskAsync("$JS.API.STREAM.DELETE.S");
                (await client.RestoreAsync("S", Config, archive)).ErrorCode().ShouldBe(0);
            }

            await using StreamServer again = await StreamServer.StartAsync(directory: directory);
            (await (await again.ConnectAsync()).DumpAsync("S")).ShouldBe(before);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task What_is_published_while_a_backup_is_taken_is_not_in_it()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        Dialogue publisher = await server.ConnectAsync();
        await FillAsync(client, Config);
        client.Send("SUB snap 1", "SUB reply 2", """PUB $JS.API.STREAM.SNAPSHOT.S reply 57""", """{"deliver_subject":"snap","chunk_size":1,"window_size":1}""");
        JsonDocument.Parse((await client.ReadMessageAsync()).Payload).RootElement.ErrorCode().ShouldBe(0);
        var archive = new MemoryStream();
        while (await client.ReadMessageAsync() is { Payload.Length: > 0 } chunk)
        {
            archive.Write(chunk.Payload);
            if (chunk.Reply.Length == 0) continue;
            chunk.Payload.Length.ShouldBe(1024);
            chunk.Reply.ShouldStartWith("$JS.SNAPSHOT.ACK.S.");
            (await publisher.AskAsync("s.7", "later")).ErrorCode().ShouldBe(0);
            client.Send($"PUB {chunk.Reply} 0", "");
        }

        await client.AskAsync("$JS.API.STREAM.DELETE.S");
        (await client.RestoreAsync("S", Config, archive.ToArray())).GetProperty("state").GetProperty("last_seq").GetInt32().ShouldBe(203);
    }

    [Fact]
    public async Task A_backup_holds_a_chunk_and_a_piece_however_large_the_stream_is()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"s\"]");
        IMessageLog log = server.Stream("S").Log;
        byte[] payload = new byte[500_000];
        for (int i = 0; i < 30; i++)
        {
            Random.Shared.NextBytes(payload);
            log.Append(new NewMessage { Timestamp = i, Subject = "s"u8, Payload = payload });
        }

        // Nobody listens, so all of it goes at once.
        var request = new SnapshotRequest { DeliverSubject = "nobody", ChunkSize = 1024, WindowSize = 32 * 1024 * 1024 };
        var sender = new SnapshotSender(server.Core, server.Stream("S"), request, "id");
        Task<string?> sent = sender.SendAsync(new StreamArchive(log, log.State, [], 0), TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync(
            () =>
            {
                server.Time.Advance(TimeSpan.FromMilliseconds(100));
                return sent.IsCompleted;
            },
            "all is sent");
        (await sent).ShouldBeNull();
        sender.RoomBytes.ShouldBeLessThan(3 * 1024 * 1024);
    }

    [Fact]
    public async Task Whoever_listens_to_a_wildcard_is_waited_for_like_nobody()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await FillAsync(client, Config);
        client.Send("SUB in.* 1", "SUB reply 2", "PUB $JS.API.STREAM.SNAPSHOT.S reply 26", "{\"deliver_subject\":\"in.x\"}");
        await client.ReadMessageAsync();
        (await client.FenceAsync()).ShouldBeEmpty();
        Task<(string Reply, string Headers, byte[] Payload)> first = client.ReadMessageAsync();
        await Eventually.HoldsAsync(
            () =>
            {
                server.Time.Advance(TimeSpan.FromMilliseconds(500));
                return first.IsCompleted;
            },
            "it is sent nevertheless");
        (await first).Payload.Length.ShouldBeGreaterThan(0);
    }

    // Its own answers to what it stores acknowledge the chunks.
    [Fact]
    public async Task A_backup_that_goes_into_its_own_stream_ends()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await FillAsync(client, Config);
        ulong before = server.Stream("S").Log.State.LastSequence;
        client.Send("SUB $JS.EVENT.ADVISORY.STREAM.SNAPSHOT_COMPLETE.> 3", "SUB reply 2", """PUB $JS.API.STREAM.SNAPSHOT.S reply 56""", """{"deliver_subject":"s.x","chunk_size":1,"window_size":1}""");
        await client.ReadMessageAsync();
        await TurnAsync(server, "Completed snapshot");
        (await ReadAdvisoryAsync(client)).TryGetProperty("error", out _).ShouldBeFalse();
        // At a window of one chunk, chunks and the end.
        server.Stream("S").Log.State.LastSequence.ShouldBeInRange(before + 3, before + 100);
    }

    [Fact]
    public async Task A_receiver_that_is_gone_and_one_that_acknowledges_nothing_end_a_backup()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await FillAsync(client, Config);
        client.Send("SUB $JS.EVENT.ADVISORY.STREAM.SNAPSHOT_COMPLETE.> 3", "SUB gone 1", "SUB reply 2", """PUB $JS.API.STREAM.SNAPSHOT.S reply 57""", """{"deliver_subject":"gone","chunk_size":1,"window_size":1}""");
        await client.ReadMessageAsync();
        await client.ReadMessageAsync();
        client.Send("UNSUB 1");
        await client.FenceAsync();
        await TurnAsync(server, "failed after");
        (await ReadAdvisoryAsync(client)).GetProperty("error").GetString().ShouldBe("no interest");

        client.Send("SUB slow 1", """PUB $JS.API.STREAM.SNAPSHOT.S reply 57""", """{"deliver_subject":"slow","chunk_size":1,"window_size":1}""");
        await client.ReadMessageAsync();
        (await client.ReadMessageAsync()).Payload.Length.ShouldBe(1024);
        await TurnAsync(server, "no flow response");
        (await client.ReadMessageAsync()).Headers.ShouldBe("NATS/1.0 408 No Flow Response\r\n\r\n");
        (await ReadAdvisoryAsync(client)).GetProperty("error").GetString().ShouldBe("no flow response");
    }

    [Fact]
    public async Task Backups_and_restores_are_announced()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        Dialogue watcher = await server.ConnectAsync();
        await client.AskAsync("$JS.API.STREAM.CREATE.S", Config);
        watcher.Send("SUB $JS.EVENT.ADVISORY.STREAM.> 1");
        await watcher.FenceAsync();
        byte[] archive = (await client.BackUpAsync("S")).Archive;
        JsonElement created = await ReadAdvisoryAsync(watcher);
        created.GetProperty("type").GetString().ShouldBe("io.nats.jetstream.advisory.v1.snapshot_create");
        created.GetProperty("state").GetProperty("consumer_count").GetInt32().ShouldBe(0);
        created.GetProperty("client").GetProperty("acc").GetString().ShouldBe("$G");
        (await ReadAdvisoryAsync(watcher)).GetProperty("type").GetString().ShouldBe("io.nats.jetstream.advisory.v1.snapshot_complete");
        await client.AskAsync("$JS.API.STREAM.DELETE.S");
        await ReadAdvisoryAsync(watcher);
        (await client.RestoreAsync("S", Config, archive)).ErrorCode().ShouldBe(0);
        (await ReadAdvisoryAsync(watcher)).GetProperty("type").GetString().ShouldBe("io.nats.jetstream.advisory.v1.restore_create");
        (await ReadAdvisoryAsync(watcher)).GetProperty("action").GetString().ShouldBe("create");
        JsonElement complete = await ReadAdvisoryAsync(watcher);
        complete.GetProperty("type").GetString().ShouldBe("io.nats.jetstream.advisory.v1.restore_complete");
        complete.GetProperty("bytes").GetInt64().ShouldBe(archive.Length);
    }

    [Theory]
    [InlineData("NOPE", """{"deliver_subject":"d"}""", 10059)]
    [InlineData("S", "", 10003)]
    [InlineData("S", "{}", 10003)]
    [InlineData("S", """{"deliver_subject":""}""", 10015)]
    [InlineData("S", """{"deliver_subject":"a..b"}""", 10015)]
    [InlineData("S", """{"deliver_subject":"a.*"}""", 10015)]
    [InlineData("S", """{"deliver_subject":"a b"}""", 10015)]
    [InlineData("S", """{"deliver_subject":7}""", 10025)]
    public async Task Requests_for_a_backup_that_make_no_sense_are_refused(string stream, string body, int code)
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S");
        (await client.AskAsync($"$JS.API.STREAM.SNAPSHOT.{stream}", body)).ErrorCode().ShouldBe(code);
    }

    [Fact]
    public async Task A_server_that_stops_breaks_off_what_is_under_way()
    {
        StreamServer server = await StreamServer.StartAsync();
        string directory = server.Directory;
        Dialogue client = await server.ConnectAsync();
        await FillAsync(client, Config);
        client.Send("SUB snap 1", "SUB reply 2", """PUB $JS.API.STREAM.SNAPSHOT.S reply 57""", """{"deliver_subject":"snap","chunk_size":1,"window_size":1}""");
        await client.ReadMessageAsync();
        Dialogue second = await server.ConnectAsync();
        (await second.AskAsync("$JS.API.STREAM.RESTORE.T", """{"config":{"name":"T"},"state":{}}""")).ErrorCode().ShouldBe(0);
        await server.DisposeAsync();
        Directory.Exists(directory).ShouldBeFalse();
    }

    // Messages with and without headers, some with a time of their own, and holes.
    private static async Task FillAsync(Dialogue client, string config)
    {
        (await client.AskAsync("$JS.API.STREAM.CREATE.S", config)).ErrorCode().ShouldBe(0);
        for (int i = 1; i <= 200; i++)
        {
            string payload = $"payload {i} {Guid.NewGuid()}{Guid.NewGuid()}";
            if (i % 3 == 0) client.Send($"HPUB s.{i % 5} 28 {28 + payload.Length}", $"NATS/1.0\r\nNats-TTL: {i + 300}s", "", payload);
            else client.Send($"PUB s.{i % 5} {payload.Length}", payload);
        }

        await client.FenceAsync();
        await client.AskAsync("s.1", "last");
        foreach (int sequence in (int[])[17, 18, 100]) (await client.AskAsync("$JS.API.STREAM.MSG.DELETE.S", $$"""{"seq":{{sequence}}}""")).ErrorCode().ShouldBe(0);
        await client.AskAsync("s.1", "very last");
        await client.AskAsync("s.1", "of all");
        (await client.AskAsync("$JS.API.STREAM.MSG.DELETE.S", """{"seq":203}""")).ErrorCode().ShouldBe(0);
    }

    private static async Task<JsonElement> ReadAdvisoryAsync(Dialogue client) => JsonDocument.Parse((await client.ReadMessageAsync()).Payload).RootElement;

    private static Task TurnAsync(StreamServer server, string logged) => Eventually.HoldsAsync(
        () =>
        {
            server.Time.Advance(TimeSpan.FromMilliseconds(200));
            return server.Log.Lines.Any(line => line.Contains(logged, StringComparison.Ordinal));
        },
        logged);
}
