using DotNats.JetStream;
using DotNats.JetStream.Consumers;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers;

/// <summary>What makes delivery wait for a time: rates, replay, pauses, backoff and refusals with a delay.</summary>
public sealed class PaceTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "dotnats-pace-" + Guid.NewGuid().ToString("N"));

    [Fact]
    public async Task A_rate_limit_holds_back_what_is_beyond_it()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectPingedAsync();
        // As much as the largest message may go out at once.
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"],\"max_msg_size\":1000");
        string body = new('x', 800);
        await client.StoreAsync(server, "S", $"a {body}", $"a {body}");
        long stored = server.Now();
        client.Send("SUB dlv 7");
        (await client.FenceAsync()).ShouldBeEmpty();
        LiveConsumer consumer = await server.StartConsumerAsync("S", TestConsumers.Push("C", "dlv") with { RateLimitBits = 8000 });
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.1.1.T.1", body);
        await Eventually.HoldsAsync(async () => (await consumer.DescribeAsync()).Obstacle == "rate limit reached", "the second waits");
        server.Time.Advance(TimeSpan.FromSeconds(0.5));
        (await client.FenceAsync()).ShouldBeEmpty();
        server.Time.Advance(TimeSpan.FromSeconds(0.5));
        await client.ExpectAsync($"MSG a 7 $JS.ACK.S.C.1.2.2.{stored}.0 800", body);
    }

    [Fact]
    public async Task A_replay_takes_the_time_that_lay_between_messages()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectPingedAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        await client.StoreAsync(server, "S", "a 1");
        long first = server.Now();
        server.Time.Advance(TimeSpan.FromSeconds(10));
        await client.StoreAsync(server, "S", "a 2");
        long second = server.Now();
        client.Send("SUB dlv 7");
        (await client.FenceAsync()).ShouldBeEmpty();
        LiveConsumer consumer = await server.StartConsumerAsync("S", TestConsumers.Push("C", "dlv") with { ReplayPolicy = ReplayPolicy.Original });
        await client.ExpectAsync($"MSG a 7 $JS.ACK.S.C.1.1.1.{first}.1 1", "1");
        await Eventually.HoldsAsync(async () => (await consumer.DescribeAsync()).Obstacle == "replay waits for the time between messages", "the second waits");
        server.Time.Advance(TimeSpan.FromSeconds(9));
        (await client.FenceAsync()).ShouldBeEmpty();
        server.Time.Advance(TimeSpan.FromSeconds(1.1));
        await client.ExpectAsync($"MSG a 7 $JS.ACK.S.C.1.2.2.{second}.0 1", "2");
        // What came later than the consumer comes at once.
        await client.StoreAsync(server, "S", "a 3");
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.3.3.T.0", "3");
    }

    [Fact]
    public async Task A_pause_outlasts_a_restart_and_ends_in_time()
    {
        long stored;
        await using (StreamServer server = await StreamServer.StartAsync(directory: _directory))
        {
            Dialogue client = await server.ConnectPingedAsync();
            await client.AskAsync("$JS.API.STREAM.CREATE.S", """{"name":"S","subjects":["a"]}""");
            await client.StoreAsync(server, "S", "a 1");
            stored = server.Now();
            await client.AskAsync("$JS.API.CONSUMER.CREATE.S.C", """{"stream_name":"S","config":{"name":"C","durable_name":"C","ack_policy":"explicit"}}""");
            (await client.AskAsync("$JS.API.CONSUMER.PAUSE.S.C", """{"pause_until":"2026-03-01T12:01:00Z"}""")).GetProperty("paused").GetBoolean().ShouldBeTrue();
        }

        await using (StreamServer server = await StreamServer.StartAsync(directory: _directory))
        {
            Dialogue client = await server.ConnectPingedAsync();
            client.Send("SUB in 7", "SUB $JS.EVENT.ADVISORY.CONSUMER.PAUSE.> 8", "PUB $JS.API.CONSUMER.MSG.NEXT.S.C in 1", "1");
            await Eventually.HoldsAsync(
                async () => await server.Stream("S").Consumers.Find("C")!.DescribeAsync() is { Obstacle: "paused", IsPaused: true, Waiting: 1 }, "it is paused");
            (await client.FenceAsync()).ShouldBeEmpty();
            server.Time.Advance(TimeSpan.FromSeconds(61));
            List<string> lines = [(await client.ReadLineAsync())!, (await client.ReadLineAsync())!, (await client.ReadLineAsync())!, (await client.ReadLineAsync())!];
            lines.ShouldContain($"MSG a 7 $JS.ACK.S.C.1.1.1.{stored}.0 1");
            lines.ShouldContain(line => line.StartsWith("MSG $JS.EVENT.ADVISORY.CONSUMER.PAUSE.S.C 8 ", StringComparison.Ordinal));
            lines.ShouldContain(line => line.Contains("\"paused\":false", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Backoff_says_how_long_each_delivery_may_take_and_a_refusal_with_a_delay_how_long_to_wait()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectPingedAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        await client.StoreAsync(server, "S", "a 1");
        long stored = server.Now();
        client.Send("SUB dlv 7");
        (await client.FenceAsync()).ShouldBeEmpty();
        LiveConsumer consumer = await server.StartConsumerAsync("S", TestConsumers.Push("C", "dlv") with { BackOff = [TestConsumers.Second, 10 * TestConsumers.Second] });
        await client.ExpectAsync($"MSG a 7 $JS.ACK.S.C.1.1.1.{stored}.0 1", "1");
        (await consumer.DescribeAsync()).Obstacle.ShouldBe("everything is delivered; what is pending waits for its acknowledgement or its next delivery");
        server.Time.Advance(TimeSpan.FromSeconds(1.1));
        await client.ExpectAsync($"MSG a 7 $JS.ACK.S.C.2.1.2.{stored}.0 1", "1");
        await consumer.DescribeAsync();
        server.Time.Advance(TimeSpan.FromSeconds(9));
        (await client.FenceAsync()).ShouldBeEmpty();
        client.Send("PUB $JS.ACK.S.C.2.1.2.5.0 dlv 28", "-NAK {\"delay\":  30000000000}");
        await client.ExpectAsync("MSG dlv 7 0", "");
        server.Time.Advance(TimeSpan.FromSeconds(29));
        (await client.FenceAsync()).ShouldBeEmpty();
        server.Time.Advance(TimeSpan.FromSeconds(1.1));
        await client.ExpectAsync($"MSG a 7 $JS.ACK.S.C.3.1.3.{stored}.0 1", "1");
    }

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }
}
