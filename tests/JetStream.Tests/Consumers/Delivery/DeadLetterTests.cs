using System.Text;
using System.Text.Json;
using DotNats.JetStream;
using DotNats.JetStream.Consumers;
using DotNats.Server.InternalClients;
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
    public async Task What_a_stream_refused_is_not_done_with_because_a_subscriber_takes_it()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue watcher = await WatchLettersAsync(server);
        Dialogue client = await StartWithLettersAsync(server, "limits");
        await GiveUpAsync(server, client, "terminated");
        await NextLetterAsync(watcher);
        await WaitForRefusalAsync(server);
        await client.AskAsync("$JS.API.STREAM.DELETE.T");
        server.Time.Advance(TimeSpan.FromSeconds(2.5));
        await NextLetterAsync(watcher);
        (await FloorAsync(server)).ShouldBe(0ul);
        await client.AskAsync("$JS.API.STREAM.CREATE.T", """{"name":"T","subjects":["dead"]}""");
        server.Time.Advance(TimeSpan.FromSeconds(5));
        await Eventually.HoldsAsync(async () => await FloorAsync(server) == 1);
        (await ReadStoredLetterAsync(client)).ShouldBe(("terminated", "no use", "1"));
    }

    [Fact]
    public async Task A_letter_that_no_stream_was_there_for_five_times_is_given_up_and_told_of()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue watcher = await WatchLettersAsync(server);
        Dialogue client = await StartWithLettersAsync(server, "limits");
        await GiveUpAsync(server, client, "terminated");
        await NextLetterAsync(watcher);
        await WaitForRefusalAsync(server);
        await client.AskAsync("$JS.API.STREAM.DELETE.T");
        for (int attempt = 1; attempt <= 5; attempt++)
        {
            (await FloorAsync(server)).ShouldBe(0ul);
            server.Time.Advance(TimeSpan.FromSeconds(70));
            await NextLetterAsync(watcher);
        }

        await server.Log.ContainsAsync("Warning", "Dead letter of consumer '$G > S > C' for message 1 is given up (1 so far): no stream takes it");
        await Eventually.HoldsAsync(async () => await FloorAsync(server) == 1);
    }

    [Fact]
    public async Task Only_a_stream_that_was_sent_a_letter_says_that_it_is_stored()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue watcher = await WatchLettersAsync(server);
        Dialogue other = await StartWithLettersAsync(server, "limits");
        await GiveUpAsync(server, other, "terminated");
        string answerTo = await NextLetterAsync(watcher);
        answerTo.ShouldStartWith("$JS.LETTER.S.C.1.");
        await WaitForRefusalAsync(server);
        const string answer = """{"stream":"T","seq":1}""";
        other.Send($"PUB {answerTo} {answer.Length}", answer, $"PUB a {answerTo} 1", "1");
        (await other.FenceAsync()).ShouldBe([$"-ERR 'Permissions Violation for Publish with Reply of \"{answerTo}\"'"]);
        Answer("$JS.LETTER.S.C.1.7");
        (await FloorAsync(server)).ShouldBe(0ul);
        Answer(answerTo);
        (await FloorAsync(server)).ShouldBe(1ul);

        void Answer(string subject) =>
            InternalPublisher.Publish(server.Core, server.Core.Accounts.Global, Encoding.UTF8.GetBytes(subject), default, default, Encoding.UTF8.GetBytes(answer));
    }

    [Fact]
    public async Task A_letter_with_more_headers_than_a_stream_takes_is_sent_without_those_of_its_message()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectPingedAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        await client.CreateStreamAsync("T", "\"subjects\":[\"dead\"]");
        await client.AskAsync("$JS.API.CONSUMER.CREATE.S.C", Config);
        string headers = $"NATS/1.0\r\nFill: {new string('x', 65_450)}\r\n\r\n";
        client.Send("SUB in 1", "PUB $JS.API.CONSUMER.MSG.NEXT.S.C in 1", "1", $"HPUB a {headers.Length} {headers.Length + 1}", headers + "1");
        string[] line = (await client.ReadLineAsync())!.Split(' ');
        await client.ReadBytesAsync(int.Parse(line[^1], System.Globalization.CultureInfo.InvariantCulture));
        client.Send($"PUB {line[3]} 12", "+TERM no use");
        await Eventually.HoldsAsync(async () => await FloorAsync(server) == 1);
        (await ReadStoredLetterAsync(client)).ShouldBe(("terminated", "no use", "1"));
    }

    [Fact]
    public async Task After_a_restart_a_stored_letter_leaves_its_message_in_the_stream_though_floors_pass_it()
    {
        await using (StreamServer server = await StreamServer.StartAsync(directory: _directory))
        {
            Dialogue client = await StartWithLettersAsync(server, "interest");
            await client.StoreAsync(server, "S", "a two");
            client.Send("PUB $JS.API.CONSUMER.MSG.NEXT.S.C in 1", "1");
            await client.ExpectDeliveryAsync(server, "a", "1", "S.C.1.2.2.T.0", "two");
            client.Send("PUB $JS.ACK.S.C.1.2.2.5.0 ack 4", "+ACK");
            await client.ExpectAsync("MSG ack 3 0", "");
            await GiveUpAsync(server, client, "max_deliveries");
        }

        await using (StreamServer server = await StreamServer.StartAsync(directory: _directory))
        {
            Dialogue client = await server.ConnectPingedAsync();
            await client.AskAsync("$JS.API.STREAM.PURGE.T");
            server.Time.Advance(TimeSpan.FromSeconds(5));
            await Eventually.HoldsAsync(async () => await FloorAsync(server) == 2);
            ConsumerNeeds needs = server.Stream("S").Wakeups.All[0].Needs;
            await Eventually.HoldsAsync(() => needs.Floor == 2);
            needs.Has(1).ShouldBeTrue();
        }
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

    private static async Task<Dialogue> WatchLettersAsync(StreamServer server)
    {
        Dialogue watcher = await server.ConnectPingedAsync();
        watcher.Send("SUB dead 2");
        (await watcher.FenceAsync()).ShouldBeEmpty();
        return watcher;
    }

    // Where it is to be answered.
    private static async Task<string> NextLetterAsync(Dialogue watcher)
    {
        string line;
        do
        {
            line = await watcher.ReadLineAsync() ?? throw new InvalidOperationException("closed");
            if (line == "PING") watcher.Send("PONG");
        }
        while (!line.StartsWith("HMSG dead 2 ", StringComparison.Ordinal));
        return line.Split(' ')[3];
    }

    private static Task WaitForRefusalAsync(StreamServer server) =>
        server.Log.ContainsAsync("Warning", "Dead letter of consumer '$G > S > C' for message 1 is refused");

    private static async Task<ulong> FloorAsync(StreamServer server) => (await server.Stream("S").Consumers.Find("C")!.DescribeAsync()).AckFloor.StreamSequence;

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
