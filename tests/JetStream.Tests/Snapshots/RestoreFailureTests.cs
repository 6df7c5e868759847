using System.Text;
using System.Text.Json;
using DotNats.JetStream.Snapshots;
using DotNats.Storage;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Snapshots;

/// <summary>What goes wrong in the middle of a restore: nothing is left of it, and the server goes on.</summary>
public sealed class RestoreFailureTests
{
    private const string Config = """{"name":"S","subjects":["s.>"]}""";
    private const int ChunkBytes = 100_000;

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    [InlineData(3_000_000)]
    public async Task A_disk_that_fills_in_the_middle_leaves_nothing_and_the_server_goes_on(long room)
    {
        var files = new SmallDisk { Room = room };
        await using StreamServer server = await StreamServer.StartAsync(files: files);
        Dialogue client = await server.ConnectAsync();
        await client.AskAsync("$JS.API.STREAM.CREATE.OTHER", """{"name":"OTHER","subjects":["o"]}""");
        byte[] archive = Archives.OfMessages(4_000, 1_000);
        JsonElement refused = await client.RestoreAsync("S", Config, archive, ChunkBytes);
        refused.GetProperty("error").GetProperty("description").GetString()!.ShouldStartWith("restore failed: ");
        refused.ToString().ShouldContain("no space left on device");
        Directory.GetFileSystemEntries(server.Directory, "snap-*", SearchOption.AllDirectories).ShouldBeEmpty();
        (await client.AskAsync("$JS.API.STREAM.NAMES")).GetProperty("streams").ToString().ShouldBe("""["OTHER"]""");
        server.Service.Resources.Used.Store.ShouldBe((long)server.Stream("OTHER").Log.State.Bytes);
        (await client.AskAsync("o", "still taken")).GetProperty("seq").GetInt32().ShouldBe(1);

        files.Room = long.MaxValue;
        (await client.RestoreAsync("S", Config, archive, ChunkBytes)).GetProperty("state").GetProperty("messages").GetInt32().ShouldBe(4_000);
    }

    [Fact]
    public async Task Chunks_that_are_missing_repeated_or_out_of_order_are_found_out()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        byte[][] chunks = [.. Archives.OfMessages(300, 1_000).Chunk(10_000)];
        foreach ((byte[][] sent, string why) in ((byte[][], string)[])
        [
            ([.. chunks[..3], chunks[4], chunks[3], .. chunks[5..]], "s2: corrupt input, crc mismatch"),
            ([.. chunks[..5], chunks[5], .. chunks[5..]], "s2: corrupt input, crc mismatch"),
            ([.. chunks[1..]], "s2: corrupt input"),
            ([.. chunks[..^1]], "s2: corrupt input"),
        ])
        {
            JsonElement outcome = await client.RestoreAsync("S", Config, [.. sent.SelectMany(static chunk => chunk)], 10_000);
            outcome.GetProperty("error").GetProperty("description").GetString().ShouldBe($"restore failed: {why}");
            Archives.AssertNothingIsLeft(server);
            server.Service.Resources.Used.Store.ShouldBe(0);
        }

        // What comes behind a whole archive is nobody's.
        (await client.RestoreAsync("S", Config, [.. chunks.SelectMany(static chunk => chunk), .. chunks[^1]], 10_000)).ErrorCode().ShouldBe(0);
    }

    [Fact]
    public async Task A_restore_that_is_abandoned_in_the_middle_leaves_nothing_and_its_name_to_others()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        byte[] archive = Archives.OfMessages(4_000, 1_000);
        await SendHalfAsync(server, client, archive);
        server.Service.Resources.Used.Store.ShouldBeGreaterThan(0);
        await Eventually.HoldsAsync(
            () =>
            {
                server.Time.Advance(TimeSpan.FromSeconds(1));
                return server.Log.Lines.Any(static line => line.Contains("is stalled", StringComparison.Ordinal));
            },
            "stalled");
        await Eventually.HoldsAsync(() => server.Service.Resources.Used.Store == 0, "the room is given back");
        Archives.AssertNothingIsLeft(server);
        server.Service.Transfers.Waiting.Bytes.ShouldBe(0);
        client = await server.ConnectAsync();
        (await client.RestoreAsync("S", Config, archive, ChunkBytes)).GetProperty("state").GetProperty("messages").GetInt32().ShouldBe(4_000);
    }

    [Fact]
    public async Task A_name_that_is_being_restored_is_refused_to_a_second_restore()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        byte[] archive = Archives.OfMessages(4_000, 1_000);
        string first = await SendHalfAsync(server, client, archive);
        (await client.RestoreAsync("S", Config, archive, ChunkBytes)).ErrorCode().ShouldBe(10130);
        byte[] rest = archive[(archive.Length / 2)..];
        (await client.SendArchiveAsync(first, rest, ChunkBytes)).GetProperty("state").GetProperty("messages").GetInt32().ShouldBe(4_000);
    }

    [Fact]
    public void A_sender_that_does_not_wait_breaks_its_own_restore_and_no_other()
    {
        const int share = 8 * 1024 * 1024;
        var waiting = new WaitingChunks();
        long[] of = new long[6];
        for (int i = 0; i < 8; i++) waiting.TryAdd(ref of[0], share).ShouldBeTrue();
        waiting.TryAdd(ref of[0], 1).ShouldBeFalse();
        for (int i = 0; i < 24; i++) waiting.TryAdd(ref of[1 + (i / 8)], share).ShouldBeTrue();
        // There is no more for who takes more than a share.
        waiting.TryAdd(ref of[4], share).ShouldBeTrue();
        waiting.TryAdd(ref of[4], 1).ShouldBeFalse();
        waiting.TryAdd(ref of[5], share).ShouldBeTrue();
        waiting.Remove(ref of[0], share);
        waiting.Remove(ref of[1], share);
        waiting.Remove(ref of[2], share);
        waiting.TryAdd(ref of[4], 1).ShouldBeTrue();
        waiting.Bytes.ShouldBe(of.Sum());
    }

    [Fact]
    public async Task A_restored_stream_must_be_one_that_could_be_made_here()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        byte[] archive = Archives.OfMessages(10, 100);
        JsonElement refused = await client.RestoreAsync("S", """{"name":"S","subjects":["s.>"],"num_replicas":3}""", archive);
        refused.GetProperty("error").GetProperty("description").GetString().ShouldBe("restore failed: error adding stream: replicas > 1 not supported in non-clustered mode (10074)");
        Archives.AssertNothingIsLeft(server);
        JsonElement mirror = await client.RestoreAsync("S", """{"name":"S","mirror":{"name":"X"}}""", archive);
        mirror.TryGetProperty("mirror", out _).ShouldBeFalse();
        (await client.AskAsync("$JS.API.STREAM.INFO.S")).GetProperty("mirror").GetProperty("name").GetString().ShouldBe("X");
    }

    [Theory]
    [InlineData("file")]
    [InlineData("memory")]
    public async Task A_stream_without_messages_knows_where_it_begins_and_gets_no_metadata_that_nobody_gave_it(string storage)
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        string config = $$$"""{"name":"S","subjects":["s.>"],"storage":"{{{storage}}}","metadata":{"a":"b"}}""";
        JsonElement restored = await client.RestoreAsync("S", config, Archives.Compress(Archives.Make("E:state.json={}|end")));
        JsonElement state = restored.GetProperty("state");
        (state.GetProperty("first_seq").GetInt32(), state.GetProperty("last_seq").GetInt32()).ShouldBe((1, 0));
        restored.GetProperty("config").GetProperty("metadata").EnumerateObject().Select(static member => member.Name).ShouldBe(["_nats.level", "_nats.ver", "a"], ignoreOrder: true);
        (await client.AskAsync("s.1", "first")).GetProperty("seq").GetInt32().ShouldBe(1);
    }

    // All that was sent was read.
    private static async Task<string> SendHalfAsync(StreamServer server, Dialogue client, byte[] archive)
    {
        string subject = (await client.AskAsync("$JS.API.STREAM.RESTORE.S", $$$"""{"config":{{{Config}}},"state":{}}""")).GetProperty("deliver_subject").GetString()!;
        client.Send("SUB half 96");
        foreach (byte[] chunk in archive[..(archive.Length / 2)].Chunk(ChunkBytes))
        {
            client.SendBytes([.. Encoding.ASCII.GetBytes($"PUB {subject} half {chunk.Length}\r\n"), .. chunk, .. "\r\n"u8]);
            await client.ReadMessageAsync();
        }

        client.Send("UNSUB 96");
        Directory.GetFileSystemEntries(server.Directory, "snap-*", SearchOption.AllDirectories).Length.ShouldBe(1);
        return subject;
    }

    /// <summary>A disk with so much room for what is put together aside.</summary>
    private sealed class SmallDisk : PassingFiles
    {
        private long _written;

        public long Room { get; set; }

        public override IStorageFile Open(string path, bool create)
        {
            IStorageFile file = base.Open(path, create);
            return path.Contains("snap-", StringComparison.Ordinal) ? new SmallFile(this, file, path) : file;
        }

        private sealed class SmallFile(SmallDisk disk, IStorageFile file, string path) : PassingFile(file)
        {
            public override void Write(ReadOnlySpan<byte> bytes, long offset)
            {
                if (Interlocked.Add(ref disk._written, bytes.Length) > disk.Room) throw new DiskFullException(path);
                base.Write(bytes, offset);
            }
        }
    }
}
