using System.Buffers;
using System.Formats.Tar;
using System.Text;
using System.Text.Json;
using DotNats;
using DotNats.Primitives;
using DotNats.Storage;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Snapshots;

public sealed class RestoreTests
{
    private const string Config = """{"name":"S","subjects":["s.>"]}""";
    private const string State = """{"messages":2,"bytes":70,"first_seq":3,"last_seq":9,"consumer_count":0}""";

    private static readonly string Recordings = SourceTree.At("tests/JetStream.Tests/Snapshots/Recordings");

    [Fact]
    public async Task What_nats_server_backed_up_is_restored_with_its_consumers()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        JsonElement recorded = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Recordings, "orders.json"), TestContext.Current.CancellationToken)).RootElement;
        byte[] archive = await File.ReadAllBytesAsync(Path.Combine(Recordings, "orders.archive"), TestContext.Current.CancellationToken);
        JsonElement restored = await client.RestoreAsync("ORDERS", recorded.GetProperty("config").GetRawText(), archive, chunkBytes: 100);
        restored.ErrorCode().ShouldBe(0, restored.ToString());
        JsonElement state = recorded.GetProperty("state");
        foreach (string name in (string[])["messages", "bytes", "first_seq", "first_ts", "last_seq", "num_subjects", "num_deleted"])
            restored.GetProperty("state").GetProperty(name).ToString().ShouldBe(state.GetProperty(name).ToString(), name);
        // Of a last sequence without a message the time is not in an archive.
        JsonElement message = (await client.AskAsync("$JS.API.STREAM.MSG.GET.ORDERS", """{"seq":12}""")).GetProperty("message");
        Encoding.UTF8.GetString(message.GetProperty("data").GetBytesFromBase64()).ShouldBe("order 11");
        Encoding.UTF8.GetString(message.GetProperty("hdrs").GetBytesFromBase64()).ShouldContain("Nats-TTL: 1000000h");
        server.Stream("ORDERS").Directory!.ConsumerNames().Order().ShouldBe(["dur", "push"]);
        ConsumerDirectory consumer = server.Stream("ORDERS").Directory!.Consumer("dur");
        Encoding.UTF8.GetString(consumer.ReadMeta(out _)!).ShouldContain("\"durable_name\":\"dur\"");
        JsonElement info = await client.AskAsync("$JS.API.CONSUMER.INFO.ORDERS.dur");
        info.GetProperty("ack_floor").GetProperty("consumer_seq").GetInt32().ShouldBe(6);
        info.GetProperty("delivered").GetProperty("consumer_seq").GetInt32().ShouldBe(9);
        info.GetProperty("num_ack_pending").GetInt32().ShouldBe(3);
    }

    [Fact]
    public async Task A_stream_restored_into_memory_has_the_consumers_of_its_archive()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        JsonElement recorded = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Recordings, "orders.json"), TestContext.Current.CancellationToken)).RootElement;
        byte[] archive = await File.ReadAllBytesAsync(Path.Combine(Recordings, "orders.archive"), TestContext.Current.CancellationToken);
        string config = recorded.GetProperty("config").GetRawText().Replace("\"file\"", "\"memory\"", StringComparison.Ordinal);
        JsonElement restored = await client.RestoreAsync("ORDERS", config, archive, chunkBytes: 1000);
        restored.ErrorCode().ShouldBe(0, restored.ToString());
        server.Stream("ORDERS").Directory.ShouldBeNull();
        JsonElement info = await client.AskAsync("$JS.API.CONSUMER.INFO.ORDERS.dur");
        info.GetProperty("ack_floor").GetProperty("consumer_seq").GetInt32().ShouldBe(6);
        info.GetProperty("delivered").GetProperty("consumer_seq").GetInt32().ShouldBe(9);
        info.GetProperty("num_ack_pending").GetInt32().ShouldBe(3);
        (await client.AskAsync("$JS.API.CONSUMER.NAMES.ORDERS")).GetProperty("total").GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task An_archive_of_files_is_restored_as_servers_before_2_15_made_them()
    {
        await using StreamServer server = await StreamServer.StartAsync(static options => options with { JetStream = options.JetStream with { EncryptionKey = "a key" } });
        Dialogue client = await server.ConnectAsync();
        (byte[] archive, string before) = await MakeTarAsync();
        JsonElement restored = await client.RestoreAsync("S", Config, archive);
        restored.ErrorCode().ShouldBe(0, restored.ToString());
        restored.GetProperty("created").GetString().ShouldBe("2026-03-01T12:00:00Z");
        (await client.DumpAsync("S")).ShouldBe(before);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(server.Directory, "jetstream"), "*", SearchOption.AllDirectories))
            (await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)).AsSpan().IndexOf("readable"u8).ShouldBe(-1, file);

        await client.AskAsync("$JS.API.STREAM.DELETE.S");
        (await client.RestoreAsync("S", """{"name":"S","subjects":["s.>"],"storage":"memory"}""", archive)).ErrorCode().ShouldBe(0);
        (await client.DumpAsync("S")).ShouldBe(before);
    }

    [Fact]
    public async Task An_archive_of_files_is_refused_whose_name_another_restore_has()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        (byte[] archive, string before) = await MakeTarAsync();
        server.Streams.TryClaim("S").ShouldBeTrue();
        (await client.RestoreAsync("S", Config, archive)).ErrorCode().ShouldBe(10130);
        Archives.AssertNothingIsLeft(server);
        // It was refused what another one has, and has not given that back.
        server.Streams.TryClaim("S").ShouldBeFalse();
        server.Streams.Unclaim("S");
        (await client.RestoreAsync("S", Config, archive)).ErrorCode().ShouldBe(0);
        (await client.DumpAsync("S")).ShouldBe(before);
        server.Streams.TryClaim("S").ShouldBeTrue();
    }

    [Theory]
    [InlineData("../out.txt", "unexpected content (account=$G)")]
    [InlineData("msgs/../../out.txt", "unexpected content (account=$G)")]
    [InlineData("meta.inf", "unexpected content (account=$G)")]
    [InlineData("msgs/1.blk", "unexpected content (account=$G)")]
    [InlineData("obs/c/o.dat", "error restoring consumer [\"c\"]: <nil>")]
    public async Task Files_that_have_no_place_in_a_stream_are_refused_and_nothing_is_left(string name, string why)
    {
        (byte[] archive, _) = await MakeTarAsync(name);
        (await RefusalAsync(archive)).ShouldBe($"restore failed: {why}");
    }

    [Fact]
    public async Task Links_in_a_tar_are_refused()
    {
        var target = new MemoryStream();
        await using (var writer = new TarWriter(target, TarEntryFormat.Pax, leaveOpen: true))
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, "msgs") { LinkName = "/" }, TestContext.Current.CancellationToken);
        (await RefusalAsync(Archives.Compress(target.ToArray()))).ShouldBe("restore failed: unexpected content (account=$G)");
    }

    [Fact]
    public async Task Files_of_other_servers_are_passed_over()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        (byte[] archive, string before) = await MakeTarAsync("msgs/index.db", "meta.key", "msgs/dotnats.idx", "/etc/passwd");
        (await client.RestoreAsync("S", Config, archive)).ErrorCode().ShouldBe(0);
        (await client.DumpAsync("S")).ShouldBe(before);
        Directory.GetFiles(server.Directory, "meta.key", SearchOption.AllDirectories).ShouldBeEmpty();
        Directory.GetFiles(server.Directory, "passwd", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    public static TheoryData<string, string> Hostile => new()
    {
        { "E:first", "expected state.json first" },
        { "E:state.json=nonsense", "error in state.json: invalid character 'o' in literal null (expecting 'u')" },
        { "E:state.json={}", "EOF" },
        { """E:state.json={"consumer_count":1}|3:s.1=x""", "expected consumer, found \"s.1\"" },
        { """E:state.json={"consumer_count":1}|E:consumers/../c={"config":{},"state":{}}""", "failed to add consumer \"../c\": consumer durable name can not contain '.', '*', '>', '\\', '/' (10052)" },
        { """E:state.json={"consumer_count":1}|E:consumers/c={"state":{}}""", "consumer \"c\" is missing config" },
        { """E:state.json={"consumer_count":1}|E:consumers/c={"config":{}}""", "consumer \"c\" is missing state" },
        { """E:state.json={"consumer_count":1}|E:consumers/c={"config":{"ack_policy":"explicit"},"state":{"ack_floor":{"consumer_seq":2}}}""", "failed to set consumer \"c\" state: bad ack floor for consumer" },
        { $"E:state.json={State}|3:s.1=one|3:s.1=again", "message sequence 3 out of order" },
        { $"E:state.json={State}|2:s.1=one", "message sequence 2 out of order" },
        { $"E:state.json={State}|0:s.1=one", "expected message sequence" },
        { $"E:state.json={State}|3:s.*=one", "message sequence 3 has an invalid subject" },
        { $"E:state.json={State}|3:s.1=one|9:s.2=two", "EOF" },
        { """E:state.json={"bytes":18446744073709551615}""", "-" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Archives_that_cannot_be_are_refused_and_nothing_is_left(string entries, string why)
    {
        string refusal = await RefusalAsync(Archives.Compress(Archives.Make(entries)));
        if (why == "-") refusal.ShouldBe("insufficient storage resources available");
        else refusal.ShouldBe($"restore failed: {why}");
    }

    [Fact]
    public async Task Lengths_that_lie_make_no_room()
    {
        var target = new ArrayBufferWriter<byte>();
        target.Write(Archives.Make($"E:state.json={State}"));
        ArchiveFormat.WriteEntry(target, "s.1"u8, new ArchiveEntry(1, 3, 0, long.MaxValue));
        (await RefusalAsync(Archives.Compress(target.WrittenSpan.ToArray()))).ShouldBe("restore failed: message sequence 3 exceeds maximum payload size");
        target.ResetWrittenCount();
        target.Write(ArchiveFormat.Magic);
        ArchiveFormat.WriteEntry(target, "state.json"u8, new ArchiveEntry(1, 0, 0, long.MaxValue));
        (await RefusalAsync(Archives.Compress(target.WrittenSpan.ToArray()))).ShouldBe("restore failed: archive: invalid archive stream");
    }

    [Fact]
    public async Task Bytes_that_are_no_archive_are_refused()
    {
        (await RefusalAsync([])).ShouldBe("restore failed: EOF");
        (await RefusalAsync("not compressed"u8.ToArray())).ShouldBe("restore failed: s2: corrupt input");
        byte[] archive = Archives.Compress(Archives.Make($"E:state.json={State}|3:s.1=one|9:s.2=two|end"));
        foreach (int length in (int[])[1, 10, 50, archive.Length - 1]) (await RefusalAsync(archive[..length])).ShouldStartWith("restore failed: ");
        archive[^8] ^= 1;
        (await RefusalAsync(archive)).ShouldBe("restore failed: s2: corrupt input, crc mismatch");
    }

    [Fact]
    public async Task A_bomb_ends_where_the_accounts_room_does()
    {
        static NatsServerOptions Small(NatsServerOptions options) => options with { JetStream = options.JetStream with { MaxStoreBytes = 1024 * 1024 } };
        var target = new ArrayBufferWriter<byte>();
        target.Write(Archives.Make("""E:state.json={"bytes":100}"""));
        byte[] payload = new byte[100_000];
        for (ulong i = 1; i <= 50; i++)
        {
            ArchiveFormat.WriteEntry(target, "s.1"u8, new ArchiveEntry(1, i, 0, payload.Length));
            target.Write(payload);
        }

        (await RefusalAsync(Archives.Compress(target.WrittenSpan.ToArray()), Small)).ShouldBe("insufficient storage resources available");
        (byte[] tar, _) = await MakeTarAsync("msgs/index.db:2000000");
        tar.Length.ShouldBeLessThan(100_000);
        (await RefusalAsync(tar, Small)).ShouldBe("insufficient storage resources available");
    }

    [Fact]
    public async Task A_sender_that_says_nothing_any_more_is_given_up_and_so_is_one_that_wants_no_answers()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        string subject = (await client.AskAsync("$JS.API.STREAM.RESTORE.S", $$$"""{"config":{{{Config}}},"state":{}}""")).GetProperty("deliver_subject").GetString()!;
        await Eventually.HoldsAsync(
            () =>
            {
                server.Time.Advance(TimeSpan.FromSeconds(1));
                return server.Log.Lines.Any(static line => line.Contains("is stalled", StringComparison.Ordinal));
            },
            "stalled");
        await Eventually.HoldsAsync(() => !server.Core.Accounts.Global.Subscriptions.HasInterest(Encoding.ASCII.GetBytes(subject)), "unsubscribed");

        client = await server.ConnectAsync();
        client.Send("SUB $JS.EVENT.ADVISORY.STREAM.RESTORE_COMPLETE.S 1");
        subject = (await client.AskAsync("$JS.API.STREAM.RESTORE.S", $$$"""{"config":{{{Config}}},"state":{}}""")).GetProperty("deliver_subject").GetString()!;
        client.Send($"PUB {subject} 3", "abc");
        (await client.ReadMessageAsync()).Payload.Length.ShouldBeGreaterThan(0);
        await Eventually.HoldsAsync(() => !server.Core.Accounts.Global.Subscriptions.HasInterest(Encoding.ASCII.GetBytes(subject)), "unsubscribed");
        (await client.AskAsync("$JS.API.STREAM.INFO.S")).ErrorCode().ShouldBe(10059);
    }

    [Theory]
    [InlineData("S", "", 10003)]
    [InlineData("S", """{"config":{"name":"T"},"state":{}}""", 10056)]
    [InlineData("OLD", """{"config":{"name":"OLD"},"state":{}}""", 10130)]
    [InlineData("S", """{"config":{"name":"S","subjects":["a..b"]},"state":{}}""", 10052)]
    [InlineData("S", """{"config":7}""", 10025)]
    public async Task Requests_to_restore_that_make_no_sense_are_refused(string stream, string body, int code)
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("OLD");
        JsonElement answer = await client.AskAsync($"$JS.API.STREAM.RESTORE.{stream}", body);
        answer.ErrorCode().ShouldBe(code);
        answer.GetProperty("deliver_subject").GetString().ShouldBe("");
    }

    [Fact]
    public async Task A_stream_whose_subjects_another_one_has_is_not_restored()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("OTHER", "\"subjects\":[\"s.1\"]");
        byte[] archive = Archives.Compress(Archives.Make($"E:state.json={State}|3:s.1=one|end"));
        JsonElement outcome = await client.RestoreAsync("S", Config, archive);
        outcome.GetProperty("error").GetProperty("description").GetString().ShouldBe("restore failed: error adding stream: subjects overlap with an existing stream (10065)");
        Archives.AssertNothingIsLeft(server);
        (await client.RestoreAsync("S", """{"name":"S","subjects":["t.>"]}""", archive)).GetProperty("state").GetProperty("last_seq").GetInt32().ShouldBe(9);
    }

    private static async Task<string> RefusalAsync(byte[] archive, Func<NatsServerOptions, NatsServerOptions>? change = null)
    {
        await using StreamServer server = await StreamServer.StartAsync(change);
        Dialogue client = await server.ConnectAsync();
        JsonElement outcome = await client.RestoreAsync("S", Config, archive);
        Archives.AssertNothingIsLeft(server);
        server.Streams.Usage.Sum(static tier => tier.Value.Store + tier.Value.Memory).ShouldBe(0);
        server.Service.Resources.Used.Store.ShouldBe(0);
        (await client.AskAsync("$JS.API.STREAM.INFO.S")).ErrorCode().ShouldBe(10059);
        return outcome.GetProperty("error").GetProperty("description").GetString()!;
    }

    // A stream of ours as nats-server 2.14 would have put it into a tar, with more files behind it.
    private static async Task<(byte[] Archive, string Dump)> MakeTarAsync(params string[] more)
    {
        StreamServer server = await StreamServer.StartAsync();
        string directory = server.Directory, before;
        byte[] tar;
        string aside = directory + "-aside";
        Dialogue client = await server.ConnectAsync();
        await client.AskAsync("$JS.API.STREAM.CREATE.S", Config);
        for (int i = 0; i < 20; i++) await client.RequestAsync($"s.{i % 3}", $"readable {i}");
        await client.AskAsync("$JS.API.STREAM.MSG.DELETE.S", """{"seq":20}""");
        await client.AskAsync("$JS.API.STREAM.MSG.DELETE.S", """{"seq":7}""");
        before = await client.DumpAsync("S");
        await server.Core.DisposeAsync();
        Directory.Move(Path.Combine(directory, "jetstream", "$G", "streams", "S"), aside);
        await server.DisposeAsync();
        try
        {
            var target = new MemoryStream();
            await using (var writer = new TarWriter(target, TarEntryFormat.Pax, leaveOpen: true))
            {
                foreach (string file in (string[])["meta.inf", "meta.sum", "msgs/1.blk"]) await writer.WriteEntryAsync(Path.Combine(aside, file), file);
                foreach (string name in more)
                {
                    string[] parts = name.Split(':');
                    byte[] content = new byte[parts.Length > 1 ? int.Parse(parts[1]) : 9];
                    await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, parts[0]) { DataStream = new MemoryStream(content) });
                }
            }

            tar = target.ToArray();
        }
        finally
        {
            Directory.Delete(aside, recursive: true);
        }

        return (Archives.Compress(tar), before);
    }
}
