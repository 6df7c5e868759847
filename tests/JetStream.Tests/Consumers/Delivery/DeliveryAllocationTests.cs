using System.Text;
using DotNats.JetStream;
using DotNats.JetStream.Consumers;
using DotNats.JetStream.Streams;
using DotNats.Server.Connections;
using DotNats.Server.Routing;
using JetStream.Tests.Harness;
using JetStream.Tests.Ingest;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers;

/// <summary>Allocations of the whole process are looked at: nothing else may run.</summary>
[Collection(nameof(PublishAllocationTests))]
public sealed class DeliveryAllocationTests
{
    private const int Batch = 100;

    [Fact]
    public async Task Delivering_and_acknowledging_allocates_nothing_for_a_message()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        Session session = TestSession.Connect(server.Core);
        DeliveryContext context = server.Core.Contexts.Create();
        TestSession.Receive(session, context, "SUB in 1\r\n"u8);
        byte[] publishes = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("PUB a 16\r\n0123456789abcdef\r\n", 500)));
        LiveStream stream = server.Stream("S");
        for (int i = 0; i < 200; i++)
        {
            TestSession.Receive(session, context, publishes);
            await Eventually.HoldsAsync(() => stream.Log.State.LastSequence == (ulong)(i + 1) * 500, "everything is stored");
        }

        LiveConsumer consumer = await server.StartConsumerAsync("S", TestConsumers.Durable("C"));
        byte[] pull = Encoding.ASCII.GetBytes("PUB $JS.API.CONSUMER.MSG.NEXT.S.C in 3\r\n100\r\n");
        byte[][] acks = [.. Enumerable.Range(0, 1000).Select(AcksOf)];
        ulong done = 0;
        for (int i = 0; i < 200; i++) done = Consume(session, context, consumer, pull, acks[i], done);
        long least = long.MaxValue;
        // Until the threads that may be wanted for syncs are there.
        for (int round = 0; round < 8 && least >= 10_000; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            for (int i = 0; i < 100; i++) done = Consume(session, context, consumer, pull, acks[200 + (round * 100) + i], done);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        // 10,000 messages; what the runtime and the waiting in between take is far below a byte for each.
        least.ShouldBeLessThan(10_000);
        (await consumer.DescribeAsync()).AckFloor.StreamSequence.ShouldBe(done);
    }

    private static byte[] AcksOf(int batch) => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range((batch * Batch) + 1, Batch)
        .Select(static sequence => $"PUB $JS.ACK.S.C.1.{sequence}.{sequence}.1772366400000000000.{100_000 - sequence} 0\r\n\r\n")));

    private static ulong Consume(Session session, DeliveryContext context, LiveConsumer consumer, byte[] pull, byte[] acks, ulong done)
    {
        TestSession.Receive(session, context, pull);
        SpinUntil(consumer, done + Batch, pending: Batch);
        TestSession.Receive(session, context, acks);
        SpinUntil(consumer, done + Batch, pending: 0);
        return done + Batch;
    }

    private static void SpinUntil(LiveConsumer consumer, ulong delivered, int pending)
    {
        SpinWait wait = default;
        while (consumer.Progress != (delivered, pending)) wait.SpinOnce();
    }
}
