using DotNats.JetStream;
using DotNats.JetStream.Consumers;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
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
