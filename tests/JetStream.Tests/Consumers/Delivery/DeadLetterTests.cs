using System.Text;
using System.Text.Json;
using DotNats.JetStream;
using DotNats.JetStream.Consumers;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using TestSupport;
using Xunit;

namespace JetStream.Tests.Consumers;

/// <summary>What becomes of messages that are given up, and what samples of acknowledgements say.</summary>
public sealed class DeadLetterTests : IDisposable
{
    private const string Config =
        """{"stream_name":"S","config":{"name":"C","durable_name":"C","ack_policy":"explicit","ack_wait":1000000000,"max_deliver":1,"metadata":{"dotnats.dead_letter":"dead"}}}""";

    private readonly string _directory = Path.Combine(Path.GetTempPath(), "dotnats-dead-" + Guid.NewGuid().ToString("N"));

    [Fact]
    public async Task What_is_given_up_is_published_once_and_not_again_after_a_restart()
    {
        await using (StreamServer server = await StreamServer.StartAsync(directory: _directory))
        {
            Dialogue client = await server.ConnectPingedAsync();
            await client.AskAsync("$JS.API.STREAM.CREATE.S", """{"name":"S","subjects":["a"]}""");
            await client.AskAsync("$JS.API.CONSUMER.CREATE.S.C", Config);
            await client.StoreAsync(server, "S", "a one", "a two");
            client.Send("SUB in 1", "SUB dead 2", "PUB $JS.API.CONSUMER.MSG.NEXT.S.C in 1", "2");
            await client.ExpectDeliveryAsync(server, "a", "1", "S.C.1.1.1.T.1", "one");
            await client.ExpectDeliveryAsync(server, "a", "1", "S.C.1.2.2.T.0", "two");
            client.Send("PUB $JS.ACK.S.C.1.2.2.5.0 12", "+TERM no use");
            Dictionary<string, string> letter = await ReadLetterAsync(client, "two");
            (letter["Reason"], letter["Description"], letter["Stream"], letter["Consumer"], letter["Subject"], letter["Sequence"], letter["Deliveries"])
                .ShouldBe(("terminated", "no use", "S", "C", "a", "2", "1"));
            await server.Stream("S").Consumers.Find("C")!.DescribeAsync();
            server.Time.Advance(TimeSpan.FromSeconds(1.1));
            letter = await ReadLetterAsync(client, "one");
            (letter["Reason"], letter["Sequence"], letter["Deliveries"]).ShouldBe(("max_deliveries", "1", "1"));
        }

        await using (StreamServer server = await StreamServer.StartAsync(directory: _directory))
        {
            Dialogue client = await server.ConnectPingedAsync();
            client.Send("SUB dead 2");
            ConsumerSnapshot snapshot = await server.Stream("S").Consumers.Find("C")!.DescribeAsync();
            (snapshot.AckPending, snapshot.Pending).ShouldBe((0, 0ul));
            server.Time.Advance(TimeSpan.FromSeconds(5));
            await server.Stream("S").Consumers.Find("C")!.DescribeAsync();
            (await client.FenceAsync()).ShouldBeEmpty();
        }
    }

    [Theory]
    [InlineData("terminated")]
    [InlineData("max_deliveries")]
    public async Task A_letter_that_no_stream_has_yet_is_owed_also_after_a_crash(string reason)
    {
        string killed = Path.Combine(_directory, "killed");
        await using (StreamServer server = await StreamServer.StartAsync(directory: Path.Combine(_directory, "store")))
        {
            Dialogue client = await StartWithLettersAsync(server, "workqueue");
            await GiveUpAsync(server, client, reason);
            ConsumerSnapshot snapshot = await server.Stream("S").Consumers.Find("C")!.DescribeAsync();
            (snapshot.AckPending, snapshot.Pending, snapshot.AckFloor.StreamSequence).ShouldBe((0, 0ul, 0ul));
            server.Stream("S").Log.State.Messages.ShouldBe(1ul);
            // As a kill leaves it. Nobody waits for what became due: it is written a little later.
            if (reason == "max_deliveries") await server.DisposeAsync();
            CopyDirectory(Path.Combine(_directory, "store"), killed);
        }

        await using (StreamServer server = await StreamServer.StartAsync(directory: killed))
        {
            Dialogue client = await server.ConnectPingedAsync();
            await client.AskAsync("$JS.API.STREAM.PURGE.T");
            (await client.AskAsync("$JS.API.CONSUMER.INFO.S.C")).GetProperty("num_ack_pending").GetInt32().ShouldBe(0);
            server.Time.Advance(TimeSpan.FromSeconds(5));
            await Eventually.HoldsAsync(() => server.Stream("T").Log.State.Messages == 1);
            (await ReadStoredLetterAsync(client)).ShouldBe((reason, reason == "terminated" ? "no use" : "", "1"));
            // Compat: what was delivered as often as allowed stays in a work queue.
            await Eventually.HoldsAsync(async () => (await server.Stream("S").Consumers.Find("C")!.DescribeAsync()).AckFloor.StreamSequence == (reason == "terminated" ? 1ul : 0ul));
            await Eventually.HoldsAsync(() => server.Stream("S").Log.State.Messages == (reason == "terminated" ? 0ul : 1ul));
            server.Time.Advance(TimeSpan.FromSeconds(200));
            await server.Stream("S").Consumers.Find("C")!.DescribeAsync();
            server.Stream("T").Log.State.LastSequence.ShouldBe(2ul);
        }
    }

    [Fact]
    public async Task A_stream_that_refuses_letters_holds_nobody_up()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await StartWithLettersAsync(server, "limits", ",\"max_ack_pending\":1");
        await GiveUpAsync(server, client, "terminated");
        await client.StoreAsync(server, "S", "a two");
        client.Send("PUB $JS.API.CONSUMER.MSG.NEXT.S.C in 1", "1");
        await client.ExpectDeliveryAsync(server, "a", "1", "S.C.1.2.2.T.0", "two");
        client.Send("PUB $JS.ACK.S.C.1.2.2.5.0 ack 4", "+ACK");
        await client.ExpectAsync("MSG ack 3 0", "");
        server.Time.Advance(TimeSpan.FromSeconds(2.5));
        await server.Log.ContainsAsync("Warning", "Dead letter of consumer '$G > S > C' for message 1 is refused");
        await client.AskAsync("$JS.API.STREAM.PURGE.T");
        server.Time.Advance(TimeSpan.FromSeconds(70));
        await Eventually.HoldsAsync(async () => (await server.Stream("S").Consumers.Find("C")!.DescribeAsync()).AckFloor.StreamSequence == 2);
        (await ReadStoredLetterAsync(client)).ShouldBe(("terminated", "no use", "1"));
    }

    [Fact]
    public async Task A_sampled_acknowledgement_tells_how_long_it_took()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectPingedAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        await client.StoreAsync(server, "S", "a 1");
        await server.StartConsumerAsync("S", TestConsumers.Durable("C") with { SampleFrequency = "100%" });
        client.Send("SUB in 1", "SUB $JS.EVENT.METRIC.> 2", "PUB $JS.API.CONSUMER.MSG.NEXT.S.C in 1", "1");
        await client.ExpectDeliveryAsync(server, "a", "1", "S.C.1.1.1.T.0", "1");
        server.Time.Advance(TimeSpan.FromSeconds(3));
        client.Send("PUB $JS.ACK.S.C.1.1.1.5.0 0", "");
        (await client.ReadLineAsync())!.ShouldStartWith("MSG $JS.EVENT.METRIC.CONSUMER.ACK.S.C 2 ");
        (await client.ReadLineAsync())!.ShouldEndWith("\"stream\":\"S\",\"consumer\":\"C\",\"consumer_seq\":1,\"stream_seq\":1,\"ack_time\":3000000000,\"deliveries\":1}");
    }

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    // T takes dead letters and has no room for any.
    private static async Task<Dialogue> StartWithLettersAsync(StreamServer server, string retention, string more = "")
    {
        Dialogue client = await server.ConnectPingedAsync();
        await client.AskAsync("$JS.API.STREAM.CREATE.S", $$"""{"name":"S","subjects":["a"],"retention":"{{retention}}"}""");
        await client.AskAsync("$JS.API.STREAM.CREATE.T", """{"name":"T","subjects":["dead"],"max_msgs":1,"discard":"new"}""");
        await client.AskAsync("$JS.API.CONSUMER.CREATE.S.C", Config.Replace(",\"metadata", more + ",\"metadata", StringComparison.Ordinal));
        await client.StoreAsync(server, "T", "dead before");
        await client.StoreAsync(server, "S", "a one");
        client.Send("SUB in 1", "SUB ack 3", "PUB $JS.API.CONSUMER.MSG.NEXT.S.C in 1", "1");
        await client.ExpectDeliveryAsync(server, "a", "1", "S.C.1.1.1.T.0", "one");
        return client;
    }

    private static async Task GiveUpAsync(StreamServer server, Dialogue client, string reason)
    {
        if (reason == "terminated")
        {
            client.Send("PUB $JS.ACK.S.C.1.1.1.5.0 ack 12", "+TERM no use");
            await client.ExpectAsync("MSG ack 3 0", "");
            return;
        }

        server.Time.Advance(TimeSpan.FromSeconds(1.1));
        await Eventually.HoldsAsync(async () => (await server.Stream("S").Consumers.Find("C")!.DescribeAsync()).AckPending == 0);
    }

    private static async Task<(string Reason, string Description, string Sequence)> ReadStoredLetterAsync(Dialogue client)
    {
        JsonElement message = (await client.AskAsync("$JS.API.STREAM.MSG.GET.T", "{\"last_by_subj\":\"dead\"}")).GetProperty("message");
        string[] headers = Encoding.UTF8.GetString(message.GetProperty("hdrs").GetBytesFromBase64()).Split("\r\n");
        string Find(string name) => Array.Find(headers, header => header.StartsWith($"Nats-Dead-Letter-{name}: ", StringComparison.Ordinal))?.Split(": ")[1] ?? "";
        return (Find("Reason"), Find("Description"), Find("Sequence"));
    }

    private static void CopyDirectory(string from, string to)
    {
        foreach (string directory in Directory.GetDirectories(from, "*", SearchOption.AllDirectories)) Directory.CreateDirectory(directory.Replace(from, to, StringComparison.Ordinal));
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories)) File.Copy(file, file.Replace(from, to, StringComparison.Ordinal));
    }

    // Members without their common beginning.
    private static async Task<Dictionary<string, string>> ReadLetterAsync(Dialogue client, string body)
    {
        const string prefix = "Nats-Dead-Letter-";
        (await client.ReadLineAsync())!.ShouldStartWith("HMSG dead 2 ");
        Dictionary<string, string> members = [];
        while ((await client.ReadLineAsync())! is { Length: > 0 } header)
        {
            if (header.StartsWith(prefix, StringComparison.Ordinal)) members[header[prefix.Length..header.IndexOf(':')]] = header[(header.IndexOf(':') + 2)..];
        }

        (await client.ReadLineAsync()).ShouldBe(body);
        return members;
    }
}
