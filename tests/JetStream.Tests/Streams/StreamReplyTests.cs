using System.Text.Json;
using DotNats.JetStream;
using DotNats.JetStream.Service;
using DotNats.JetStream.Streams;
using DotNats.Protocol.Text;
using DotNats.Storage;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Streams;

public sealed class StreamReplyTests
{
    [Fact]
    public async Task A_duplicate_is_acknowledged_once_the_first_copy_is_safe()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        var config = StreamCreateRules.Judge(
            new StreamConfigRequest { Config = new StreamConfig { Name = "S", Subjects = ["s"], Storage = StorageType.Memory, AllowBatchPublish = true } },
            "S",
            server.Streams.Describe(server.Core.Options)).Config!;
        var listener = new StreamLogListener();
        var held = new HeldWord(listener);
        var log = new MemoryLog(StreamLogOptions.Of(config, server.Core.Options.JetStream), held);
        var stream = new LiveStream(server.Core, server.Streams, config, "", GoTime.From(server.Time.GetUtcNow()), new StreamHome(log, null), listener);
        server.Streams.Add(stream);
        stream.Open();
        stream.Listen();
        const string Id = "NATS/1.0\r\nNats-Msg-Id: 1\r\n\r\n";
        foreach (string reply in (string[])["in.1", "in.2", "in.b.9.fail.1.2.$FI"]) client.Send($"HPUB s {reply} {Id.Length} {Id.Length}", Id);
        client.Send("SUB in.> 1");
        await Eventually.HoldsAsync(() => log.State.Messages == 1 && held.Position > 0, "the first copy is stored");
        (await client.FenceAsync()).ShouldBeEmpty();
        held.Release();
        server.Service.Stores.Sender.Send();
        await client.ExpectAsync("MSG in.1 1 22", """{"stream":"S","seq":1}""");
        await client.ExpectAsync("MSG in.2 1 40", """{"stream":"S","seq":1,"duplicate": true}""");
        await client.ExpectAsync("MSG in.b.9.fail.1.2.$FI 1 62", """{"stream":"S","seq":1,"duplicate": true,"batch":"b","count":1}""");
    }

    [Theory]
    [InlineData("", "file", "synced")]
    [InlineData("", "memory", "memory")]
    [InlineData("lazy", "file", "written")]
    [InlineData("async", "file", "buffered")]
    public async Task What_an_acknowledgement_means_is_behind_the_version_in_the_metadata(string mode, string storage, string contract)
    {
        await using StreamServer server = await StreamServer.StartAsync(options => mode != "lazy"
            ? options
            : options with { JetStream = options.JetStream with { SyncIsSet = true, SyncInterval = TimeSpan.FromMinutes(2) } });
        Dialogue client = await server.ConnectAsync();
        string persist = mode == "async" ? ",\"persist_mode\":\"async\"" : "";
        await client.AskAsync("$JS.API.STREAM.CREATE.S", $$"""{"name":"S","storage":"{{storage}}"{{persist}}}""");
        JsonElement info = await client.AskAsync("$JS.API.STREAM.INFO.S");
        info.GetProperty("config").GetProperty("metadata").GetProperty("_nats.ver").GetString().ShouldBe("2.15.1+" + contract);
        server.Service.Describe(new() { Streams = true }, out _)!.AccountDetails![0].StreamDetail![0].Durability.ShouldBe(contract);
        // Only told, never stored.
        server.Stream("S").Config.Metadata.Keys.ShouldNotContain("_nats.ver");
    }

    [Fact]
    public async Task What_nobody_is_interested_in_goes_when_interest_begins_to_count()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"s\"]");
        await client.RequestAsync("s", "x");
        JsonElement state = (await client.AskAsync("$JS.API.STREAM.UPDATE.S", """{"name":"S","subjects":["s"],"storage":"memory","retention":"interest"}""")).GetProperty("state");
        (state.GetProperty("messages").GetInt64(), state.GetProperty("first_seq").GetInt64()).ShouldBe((0, 2));
        server.Time.Advance(TimeSpan.FromSeconds(1));
        (await client.RequestAsync("s", "y")).ShouldBe("""{"stream":"S","seq":2}""");
        (await client.AskAsync("$JS.API.STREAM.INFO.S")).GetProperty("state").GetProperty("last_ts").GetString().ShouldBe("2026-03-01T12:00:01Z");
    }

    [Fact]
    public async Task A_stream_that_republishes_everything_as_it_is_does_not_store_it_again()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"s.>\"],\"republish\":{}");
        JsonElement updated = await client.AskAsync("$JS.API.STREAM.UPDATE.S", """{"name":"S","subjects":["s.>"],"storage":"memory","republish":{}}""");
        updated.GetProperty("config").GetProperty("republish").GetProperty("dest").GetString().ShouldBe(">");
        (await client.RequestAsync("s.1", "x")).ShouldBe("""{"stream":"S","seq":1}""");
        (await client.RequestAsync("s.1", "x")).ShouldBe("""{"stream":"S","seq":2}""");
        JsonElement refused = await client.AskAsync("$JS.API.STREAM.UPDATE.S", """{"name":"S","subjects":["s.>"],"storage":"memory","republish":{"src":"s.1"}}""");
        refused.GetProperty("error").GetProperty("description").GetString().ShouldBe("stream configuration for republish from 's.1' to '>': invalid subject");
    }

    /// <summary>Keeps a log's word of what is safe until the test lets it through.</summary>
    private sealed class HeldWord(ILogListener listener) : ILogListener
    {
        private volatile bool _isReleased;

        public long Position { get; private set; }

        public void Release()
        {
            _isReleased = true;
            listener.OnCommitted(Position);
        }

        public void OnCommitted(long position)
        {
            Position = position;
            if (_isReleased) listener.OnCommitted(position);
        }

        public void OnFailed(LogStatus status, string reason) => listener.OnFailed(status, reason);

        public void OnRemoved(ulong sequence, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, int bytes, RemovalReason reason, bool isLastOfSubject) =>
            listener.OnRemoved(sequence, subject, headers, bytes, reason, isLastOfSubject);
    }
}
