using DotNats.JetStream;
using DotNats.JetStream.Consumers;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers;

public sealed class PushTests
{
    [Fact]
    public async Task Messages_go_to_whoever_listens_from_then_on()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a.*\"]");
        await client.StoreAsync(server, "S", "a.1 one");
        LiveConsumer consumer = await server.StartConsumerAsync("S", TestConsumers.Push("C", "dlv"));
        (await consumer.DescribeAsync()).Obstacle.ShouldBe("no interest in the deliver subject");
        client.Send("SUB dlv 7");
        await client.ExpectDeliveryAsync(server, "a.1", "7", "S.C.1.1.1.T.0", "one");
        client.Send("PUB a.2 3", "two");
        await client.ExpectDeliveryAsync(server, "a.2", "7", "S.C.1.2.2.T.0", "two");
        (await consumer.DescribeAsync()).IsPushBound.ShouldBeTrue();
        client.Send("UNSUB 7", "PUB a.1 5", "three");
        await Eventually.HoldsAsync(async () => (await consumer.DescribeAsync()) is { IsPushBound: false, Pending: 1 }, "nobody listens");
    }

    [Fact]
    public async Task Nothing_goes_out_beyond_what_may_be_unacknowledged()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        await client.StoreAsync(server, "S", "a 1", "a 2", "a 3");
        client.Send("SUB dlv 7");
        (await client.FenceAsync()).ShouldBeEmpty();
        LiveConsumer consumer = await server.StartConsumerAsync("S", TestConsumers.Push("C", "dlv") with { MaxAckPending = 2 });
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.1.1.T.2", "1");
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.2.2.T.1", "2");
        (await consumer.DescribeAsync()).Obstacle.ShouldBe("max_ack_pending reached");
        (await client.FenceAsync()).ShouldBeEmpty();
        client.Send("PUB $JS.ACK.S.C.1.2.2.5.1 0", "");
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.3.3.T.0", "3");
    }

    [Fact]
    public async Task Refused_messages_come_again_and_terminated_ones_do_not()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        await client.StoreAsync(server, "S", "a 1", "a 2");
        client.Send("SUB dlv 7", "SUB $JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.> 8");
        (await client.FenceAsync()).ShouldBeEmpty();
        LiveConsumer consumer = await server.StartConsumerAsync("S", TestConsumers.Push("C", "dlv"));
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.1.1.T.1", "1");
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.2.2.T.0", "2");
        client.Send("PUB $JS.ACK.S.C.1.1.1.5.1 4", "-NAK");
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.2.1.3.T.0", "1");
        client.Send("PUB $JS.ACK.S.C.2.1.3.5.1 9", "+TERM bad");
        (await client.ReadLineAsync())!.ShouldStartWith("MSG $JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.S.C 8 ");
        (await client.ReadLineAsync())!.ShouldEndWith("\"stream\":\"S\",\"consumer\":\"C\",\"consumer_seq\":3,\"stream_seq\":1,\"deliveries\":2,\"reason\":\"bad\"}");
        (await consumer.DescribeAsync()).AckPending.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_refused_with_a_delay_of_nothing_comes_a_little_later_in_the_order_of_the_stream()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectPingedAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        await client.StoreAsync(server, "S", "a 1", "a 2", "a 3");
        client.Send("SUB dlv 7");
        (await client.FenceAsync()).ShouldBeEmpty();
        await server.StartConsumerAsync("S", TestConsumers.Push("C", "dlv"));
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.1.1.T.2", "1");
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.2.2.T.1", "2");
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.3.3.T.0", "3");
        client.Send("PUB $JS.ACK.S.C.1.2.2.5.0 17", "-NAK {\"delay\":-1}", "PUB $JS.ACK.S.C.1.3.3.5.0 4", "-NAK", "PUB $JS.ACK.S.C.1.1.1.5.0 7", "-NAK 0s");
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.2.3.4.T.0", "3");
        (await client.FenceAsync()).ShouldBeEmpty();
        server.Time.Advance(TimeSpan.FromMilliseconds(20));
        (await client.ReadLineAsync())!.ShouldStartWith("MSG a 7 $JS.ACK.S.C.2.1.5.");
        (await client.ReadLineAsync()).ShouldBe("1");
        (await client.ReadLineAsync())!.ShouldStartWith("MSG a 7 $JS.ACK.S.C.2.2.6.");
        (await client.ReadLineAsync()).ShouldBe("2");
    }

    [Fact]
    public async Task A_heartbeat_that_is_due_in_centuries_is_not_sent_now()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        await client.StoreAsync(server, "S", "a 1");
        client.Send("SUB dlv 7");
        (await client.FenceAsync()).ShouldBeEmpty();
        LiveConsumer consumer = await server.StartConsumerAsync("S", TestConsumers.Push("C", "dlv") with { HeartbeatNanoseconds = long.MaxValue });
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.1.1.T.0", "1");
        await consumer.DescribeAsync();
        (await client.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Heartbeats_say_where_it_is_when_nothing_is_sent()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        await client.StoreAsync(server, "S", "a 1");
        client.Send("SUB dlv 7");
        (await client.FenceAsync()).ShouldBeEmpty();
        LiveConsumer consumer = await server.StartConsumerAsync("S", TestConsumers.Push("C", "dlv") with { HeartbeatNanoseconds = TestConsumers.Second });
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.1.1.T.0", "1");
        await consumer.DescribeAsync();
        server.Time.Advance(TimeSpan.FromSeconds(1.1));
        await client.ExpectAsync("HMSG dlv 7 75 75", "NATS/1.0 100 Idle Heartbeat", "Nats-Last-Consumer: 1", "Nats-Last-Stream: 1", "", "");
    }

    [Fact]
    public async Task Only_the_last_message_of_each_subject_and_then_everything()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a.*\"]");
        await client.StoreAsync(server, "S", "a.1 one", "a.2 two", "a.1 three", "a.3 four");
        client.Send("SUB dlv 7");
        (await client.FenceAsync()).ShouldBeEmpty();
        LiveConsumer consumer = await server.StartConsumerAsync("S", TestConsumers.Push("C", "dlv") with { DeliverPolicy = DeliverPolicy.LastPerSubject, FilterSubject = "a.>", AckPolicy = AckPolicy.None });
        await client.ExpectDeliveryAsync(server, "a.2", "7", "S.C.1.2.1.T.2", "two");
        await client.ExpectDeliveryAsync(server, "a.1", "7", "S.C.1.3.2.T.1", "three");
        await client.ExpectDeliveryAsync(server, "a.3", "7", "S.C.1.4.3.T.0", "four");
        client.Send("PUB a.1 4", "five");
        await client.ExpectDeliveryAsync(server, "a.1", "7", "S.C.1.5.4.T.0", "five");
        (await consumer.DescribeAsync()).AckFloor.StreamSequence.ShouldBe(5ul);
    }

    [Fact]
    public async Task An_acknowledged_message_of_a_work_queue_is_gone()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"],\"retention\":\"workqueue\"");
        await client.StoreAsync(server, "S", "a 1", "a 2");
        client.Send("SUB dlv 7", "SUB in 8");
        (await client.FenceAsync()).ShouldBeEmpty();
        await server.StartConsumerAsync("S", TestConsumers.Push("C", "dlv"));
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.1.1.T.1", "1");
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.2.2.T.0", "2");
        client.Send("PUB $JS.ACK.S.C.1.2.2.5.1 in 0", "");
        await client.ExpectAsync("MSG in 8 0", "");
        server.Stream("S").Log.State.Messages.ShouldBe(1ul);
    }

    [Fact]
    public async Task A_message_of_an_interest_stream_goes_when_all_who_want_it_are_done()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a.*\"],\"retention\":\"interest\"");
        client.Send("SUB one 1", "SUB two 2", "SUB in 8");
        (await client.FenceAsync()).ShouldBeEmpty();
        LiveConsumer all = await server.StartConsumerAsync("S", TestConsumers.Push("C1", "one"));
        await server.StartConsumerAsync("S", TestConsumers.Push("C2", "two") with { FilterSubject = "a.2" });
        client.Send("PUB a.1 1", "x", "PUB a.2 1", "y");
        await Eventually.HoldsAsync(async () => (await all.DescribeAsync()).AckPending == 2, "both are delivered");
        await client.FenceAsync();
        client.Send("PUB $JS.ACK.S.C1.1.1.1.5.1 in 0", "", "PUB $JS.ACK.S.C1.1.2.2.5.1 in 0", "");
        await client.ExpectAsync("MSG in 8 0", "", "MSG in 8 0", "");
        server.Stream("S").Log.State.Messages.ShouldBe(1ul);
        client.Send("PUB $JS.ACK.S.C2.1.2.1.5.1 in 0", "");
        await client.ExpectAsync("MSG in 8 0", "");
        server.Stream("S").Log.State.Messages.ShouldBe(0ul);
    }
}
