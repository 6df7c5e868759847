using DotNats.JetStream;
using DotNats.JetStream.Consumers;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers;

public sealed class PullTests
{
    [Fact]
    public async Task A_request_that_is_over_before_anybody_could_look_is_given_nothing()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectPingedAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        await client.StoreAsync(server, "S", "a 1");
        await server.StartConsumerAsync("S", TestConsumers.Durable("C"));
        client.Send("SUB in 1", "PUB $JS.API.CONSUMER.MSG.NEXT.S.C in 23", "{\"batch\":1,\"expires\":1}");
        (await client.ReadLineAsync())!.ShouldStartWith("HMSG in 1 ");
        await client.ExpectAsync("NATS/1.0 408 Request Timeout", "Nats-Pending-Messages: 1", "Nats-Pending-Bytes: 0");
    }

    private const string Next = "$JS.API.CONSUMER.MSG.NEXT.S.C";

    [Fact]
    public async Task A_request_gets_messages_and_their_acknowledgements_settle_them()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a.*\"]");
        await client.StoreAsync(server, "S", "a.1 one", "a.2 two", "a.1 three");
        LiveConsumer consumer = await server.StartConsumerAsync("S", Consumers("C"));
        client.Send("SUB in 7", $"PUB {Next} in 1", "2");
        await client.ExpectDeliveryAsync(server, "a.1", "7", "S.C.1.1.1.T.2", "one");
        await client.ExpectDeliveryAsync(server, "a.2", "7", "S.C.1.2.2.T.1", "two");
        ConsumerSnapshot snapshot = await consumer.DescribeAsync();
        (snapshot.Pending, snapshot.AckPending, snapshot.Delivered.StreamSequence, snapshot.AckFloor.StreamSequence).ShouldBe((1ul, 2, 2ul, 0ul));
        client.Send("PUB $JS.ACK.S.C.1.2.2.5.1 in 0", "", "PUB $JS.ACK.S.C.1.1.1.5.1 in 4", "+ACK");
        await client.ExpectAsync("MSG in 7 0", "", "MSG in 7 0", "");
        snapshot = await consumer.DescribeAsync();
        (snapshot.AckPending, snapshot.AckFloor.ConsumerSequence, snapshot.AckFloor.StreamSequence).ShouldBe((0, 2ul, 2ul));
    }

    [Theory]
    [InlineData("+ACK")]
    [InlineData("+TERM")]
    public async Task With_policy_all_an_acknowledgement_of_no_delivery_settles_nothing_and_is_answered(string said)
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        await client.StoreAsync(server, "S", "a one", "a two");
        LiveConsumer consumer = await server.StartConsumerAsync("S", Consumers("C") with { AckPolicy = AckPolicy.All });
        client.Send("SUB in 7", $"PUB {Next} in 1", "2");
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.1.1.T.1", "one");
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.2.2.T.0", "two");
        client.Send($"PUB $JS.ACK.S.C.1.2.0.5.1 in {said.Length}", said);
        await client.ExpectAsync("MSG in 7 0", "");
        ConsumerSnapshot snapshot = await consumer.DescribeAsync();
        (snapshot.AckPending, snapshot.AckFloor.StreamSequence).ShouldBe((2, 0ul));
        client.Send("PUB $JS.ACK.S.C.1.1.99.5.1 in 4", "+ACK", "PUB $JS.ACK.S.C.1.2.2.5.1 in 4", "+ACK");
        await client.ExpectAsync("MSG in 7 0", "", "MSG in 7 0", "");
        (await consumer.DescribeAsync()).AckPending.ShouldBe(0);
    }

    [Theory]
    [InlineData("limits", true)]
    [InlineData("interest", false)]
    public async Task An_acknowledgement_of_no_message_is_answered_where_the_stream_does_not_ask_its_consumers(string retention, bool isAnswered)
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", $"\"subjects\":[\"a\"],\"retention\":\"{retention}\"");
        LiveConsumer consumer = await server.StartConsumerAsync("S", Consumers("C"));
        await client.StoreAsync(server, "S", "a one");
        client.Send("SUB in 7", $"PUB {Next} in 1", "1");
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.1.1.T.0", "one");
        client.Send("PUB $JS.ACK.S.C.1.0.1.5.1 in 4", "+ACK");
        if (isAnswered) await client.ExpectAsync("MSG in 7 0", "");
        (await consumer.DescribeAsync()).AckPending.ShouldBe(1);
        client.Send("PUB $JS.ACK.S.C.1.1.1.5.1 in 4", "+ACK");
        await client.ExpectAsync("MSG in 7 0", "");
        (await client.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_request_waits_for_what_is_published_later()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a.*\"]");
        LiveConsumer consumer = await server.StartConsumerAsync("S", Consumers("C") with { FilterSubject = "a.2" });
        client.Send("SUB in 7", $"PUB {Next} in 37", "{\"batch\":2,\"expires\":30000000000    }");
        await Eventually.HoldsAsync(async () => (await consumer.DescribeAsync()).Waiting == 1, "the request waits");
        await client.StoreAsync(server, "S", "a.1 other");
        client.Send("PUB a.2 5", "first");
        await client.ExpectDeliveryAsync(server, "a.2", "7", "S.C.1.2.1.T.0", "first");
        client.Send("PUB a.2 6", "second");
        await client.ExpectDeliveryAsync(server, "a.2", "7", "S.C.1.3.2.T.0", "second");
        (await consumer.DescribeAsync()).Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task Requests_end_with_a_status_that_says_why()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        LiveConsumer consumer = await server.StartConsumerAsync("S", Consumers("C"));
        client.Send("SUB in 7", $"PUB {Next} in 16", "{\"no_wait\":true}");
        await client.ExpectAsync("HMSG in 7 28 28", "NATS/1.0 404 No Messages", "", "");
        client.Send($"PUB {Next} in 32", "{\"batch\":3,\"expires\":1000000000}");
        await Eventually.HoldsAsync(async () => (await consumer.DescribeAsync()).Waiting == 1, "the request waits");
        server.Time.Advance(TimeSpan.FromSeconds(2));
        await client.ExpectAsync("HMSG in 7 81 81", "NATS/1.0 408 Request Timeout", "Nats-Pending-Messages: 3", "Nats-Pending-Bytes: 0", "", "");
        client.Send($"PUB {Next} in 4", "junk", "PUB a 1", "x");
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.1.1.T.0", "x");
    }

    [Fact]
    public async Task What_is_not_acknowledged_in_time_comes_again()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        LiveConsumer consumer = await server.StartConsumerAsync("S", Consumers("C") with { MaxDeliver = 2, AckWaitNanoseconds = TestConsumers.Second / 2 });
        long published = server.Now();
        client.Send("SUB in 7", "SUB $JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.> 8", "PUB a 1", "x", $"PUB {Next} in 1", "5");
        await client.ExpectAsync($"MSG a 7 $JS.ACK.S.C.1.1.1.{published}.0 1", "x");
        await consumer.DescribeAsync();
        server.Time.Advance(TimeSpan.FromSeconds(0.6));
        await client.ExpectAsync($"MSG a 7 $JS.ACK.S.C.2.1.2.{published}.0 1", "x");
        await consumer.DescribeAsync();
        server.Time.Advance(TimeSpan.FromSeconds(0.6));
        (await client.ReadLineAsync())!.ShouldStartWith("MSG $JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.S.C 8 ");
        (await client.ReadLineAsync())!.ShouldEndWith("\"stream\":\"S\",\"consumer\":\"C\",\"stream_seq\":1,\"deliveries\":2}");
        ConsumerSnapshot snapshot = await consumer.DescribeAsync();
        (snapshot.AckPending, snapshot.Redelivered).ShouldBe((0, 1));
    }

    [Fact]
    public async Task Deleting_a_consumer_tells_who_waits()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        LiveConsumer consumer = await server.StartConsumerAsync("S", Consumers("C"));
        client.Send("SUB in 7", $"PUB {Next} in 1", "1");
        await Eventually.HoldsAsync(async () => (await consumer.DescribeAsync()).Waiting == 1, "the request waits");
        await consumer.StopAsync(ConsumerEnd.Deleted);
        await client.ExpectAsync("HMSG in 7 33 33", "NATS/1.0 409 Consumer Deleted", "", "");
        await Should.ThrowAsync<ConsumerGoneException>(() => consumer.DescribeAsync());
        client.Send("PUB $JS.ACK.S.C.1.1.1.5.1 in 0", "");
        await client.ExpectAsync("HMSG in 7 53 53", "NATS/1.0 503", "Nats-Subject: $JS.ACK.S.C.1.1.1.5.1", "", "");
    }

    private static ConsumerConfig Consumers(string name) => Harness.TestConsumers.Durable(name);
}
