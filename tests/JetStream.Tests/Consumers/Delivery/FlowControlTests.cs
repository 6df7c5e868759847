using DotNats.JetStream;
using DotNats.JetStream.Consumers;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers;

public sealed class FlowControlTests
{
    private const int FirstWindow = 2 * 1024 * 1024;

    [Fact]
    public void Half_a_window_asks_a_whole_one_stalls_and_an_answer_doubles_it()
    {
        var flow = new FlowControl("$JS.FC.S.C.");
        flow.OnSent(FirstWindow / 2, isFull: false).ShouldBeFalse();
        flow.OnSent(1, isFull: false).ShouldBeTrue();
        byte[] answer = System.Text.Encoding.UTF8.GetBytes(flow.Ask());
        flow.OnSent(FirstWindow / 2, isFull: false).ShouldBeFalse();
        flow.IsStalled.ShouldBeTrue();
        flow.TryAnswer("$JS.FC.S.C.none"u8).ShouldBeFalse();
        flow.TryAnswer(answer).ShouldBeTrue();
        flow.TryAnswer(answer).ShouldBeFalse();
        flow.Awaited.ShouldBeNull();
        // What was sent after the question counts on: half of the doubled window.
        flow.OnSent(FirstWindow / 2, isFull: false).ShouldBeFalse();
        flow.OnSent(1, isFull: false).ShouldBeTrue();
    }

    [Fact]
    public async Task Delivery_stops_until_the_client_answers_and_heartbeats_say_so()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectPingedAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        string body = new('x', 600_000);
        await client.StoreAsync(server, "S", [.. Enumerable.Repeat($"a {body}", 5)]);
        client.Send("SUB dlv 7");
        (await client.FenceAsync()).ShouldBeEmpty();
        LiveConsumer consumer = await server.StartConsumerAsync(
            "S", TestConsumers.Push("C", "dlv") with { AckPolicy = AckPolicy.None, FlowControl = true, HeartbeatNanoseconds = 5 * TestConsumers.Second });
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.1.1.T.4", body);
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.2.2.T.3", body);
        string asked = (await client.ReadLineAsync())!;
        asked.ShouldStartWith("HMSG dlv 7 $JS.FC.S.C.");
        asked.ShouldEndWith(" 36 36");
        string answer = asked.Split(' ')[3];
        await client.ExpectAsync("NATS/1.0 100 FlowControl Request", "", "");
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.3.3.T.2", body);
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.4.4.T.1", body);
        await Eventually.HoldsAsync(async () => (await consumer.DescribeAsync()).Obstacle?.StartsWith("flow control stalled", StringComparison.Ordinal) == true, "it is stalled");
        long stored = server.Now();
        server.Time.Advance(TimeSpan.FromSeconds(5.1));
        await client.ExpectAsync("HMSG dlv 7 115 115", "NATS/1.0 100 Idle Heartbeat", "Nats-Last-Consumer: 4", "Nats-Last-Stream: 4", $"Nats-Consumer-Stalled: {answer}", "", "");
        client.Send($"PUB {answer} 0", "");
        await client.ExpectAsync($"MSG a 7 $JS.ACK.S.C.1.5.5.{stored}.0 {body.Length}", body);
    }

    [Fact]
    public async Task A_deliver_group_is_served_by_its_members_alone()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectPingedAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        await client.StoreAsync(server, "S", "a 1");
        client.Send("SUB dlv 6");
        (await client.FenceAsync()).ShouldBeEmpty();
        LiveConsumer consumer = await server.StartConsumerAsync("S", TestConsumers.Push("C", "dlv") with { DeliverGroup = "g" });
        (await consumer.DescribeAsync()).Obstacle.ShouldBe("no interest in the deliver subject");
        client.Send("UNSUB 6", "SUB dlv g 7");
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.1.1.T.0", "1");
        (await consumer.DescribeAsync()).IsPushBound.ShouldBeTrue();
    }

    [Fact]
    public async Task Another_deliver_group_has_nothing_delivered_again_and_the_former_still_counts()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectPingedAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        await client.StoreAsync(server, "S", "a 1");
        ConsumerConfig config = TestConsumers.Push("C", "dlv") with { DeliverGroup = "g" };
        LiveConsumer consumer = await server.StartConsumerAsync("S", config);
        client.Send("SUB dlv g 7");
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.1.1.T.0", "1");
        await consumer.UpdateAsync(config with { DeliverGroup = "h" });
        ConsumerSnapshot snapshot = await consumer.DescribeAsync();
        (snapshot.IsPushBound, snapshot.AckPending, snapshot.Redelivered).ShouldBe((true, 1, 0));
        (await client.FenceAsync()).ShouldBeEmpty();
        client.Send("UNSUB 7");
        (await client.FenceAsync()).ShouldBeEmpty();
        // A turn under way may have looked before.
        await Eventually.HoldsAsync(async () => !(await consumer.DescribeAsync()).IsPushBound, "nobody listens");
        client.Send("SUB dlv h 8");
        (await client.FenceAsync()).ShouldBeEmpty();
        await Eventually.HoldsAsync(async () => (await consumer.DescribeAsync()).IsPushBound, "somebody listens");
    }

    [Fact]
    public async Task Headers_alone_say_how_long_the_payload_is()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectPingedAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        await client.StoreAsync(server, "S", "a 12345");
        client.Send("SUB dlv 7");
        (await client.FenceAsync()).ShouldBeEmpty();
        await server.StartConsumerAsync("S", TestConsumers.Push("C", "dlv") with { HeadersOnly = true });
        (await client.ReadLineAsync())!.ShouldStartWith("HMSG a 7 $JS.ACK.S.C.1.1.1.");
        await client.ExpectAsync("NATS/1.0", "Nats-Msg-Size: 5", "", "");
    }
}
