using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;
using Xunit;
using static Interop.Tests.NatsNetClient;

namespace Interop.Tests;

/// <summary>NATS.Net: consume, fetch and next with what can be chosen.</summary>
public sealed class NatsNetConsumeTests
{
    private const int Count = 300;

    [Fact]
    public async Task Consume_goes_by_messages_and_by_bytes()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.JetStream);
        await using NatsConnection nats = await ConnectAsync(server);
        NatsJSContext js = await FillAsync(nats);
        foreach (NatsJSConsumeOpts options in (NatsJSConsumeOpts[])
        [
            new() { MaxMsgs = 7, ThresholdMsgs = 3, Expires = TimeSpan.FromSeconds(2), IdleHeartbeat = TimeSpan.FromSeconds(1) },
            new() { MaxBytes = 2_000, ThresholdBytes = 500, Expires = TimeSpan.FromSeconds(2), IdleHeartbeat = TimeSpan.FromSeconds(1) },
            new() { MaxMsgs = 1_000 },
        ])
        {
            INatsJSConsumer consumer = await js.CreateOrUpdateConsumerAsync("S", new ConsumerConfig { AckPolicy = ConsumerConfigAckPolicy.Explicit });
            List<string> got = [];
            await foreach (INatsJSMsg<string> message in consumer.ConsumeAsync<string>(opts: options))
            {
                got.Add(message.Data!);
                await message.AckAsync(new AckOpts { DoubleAck = got.Count == Count });
                if (got.Count == Count) break;
            }

            got.ShouldBe(Enumerable.Range(0, Count).Select(static i => $"m{i}"));
            await consumer.RefreshAsync();
            consumer.Info.AckFloor.StreamSeq.ShouldBe((ulong)Count);
        }
    }

    [Fact]
    public async Task Fetch_ends_with_its_batch_its_bytes_or_its_time()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.JetStream);
        await using NatsConnection nats = await ConnectAsync(server);
        NatsJSContext js = await FillAsync(nats);
        var consumer = (NatsJSConsumer)await js.CreateOrUpdateConsumerAsync("S", new ConsumerConfig("C") { AckPolicy = ConsumerConfigAckPolicy.None });
        (await FetchAsync(consumer.FetchAsync<string>(new NatsJSFetchOpts { MaxMsgs = 100 }))).ShouldBe(100);
        (await FetchAsync(consumer.FetchAsync<string>(new NatsJSFetchOpts { MaxBytes = 1_000, Expires = TimeSpan.FromSeconds(2) }))).ShouldBeInRange(1, 40);
        (await FetchAsync(consumer.FetchNoWaitAsync<string>(new NatsJSFetchOpts { MaxMsgs = 1_000 }))).ShouldBeGreaterThan(150);
        (await FetchAsync(consumer.FetchNoWaitAsync<string>(new NatsJSFetchOpts { MaxMsgs = 10 }))).ShouldBe(0);
        (await FetchAsync(consumer.FetchAsync<string>(new NatsJSFetchOpts { MaxMsgs = 10, Expires = TimeSpan.FromSeconds(1), IdleHeartbeat = TimeSpan.FromMilliseconds(500) }))).ShouldBe(0);
        (await consumer.NextAsync<string>(opts: new NatsJSNextOpts { Expires = TimeSpan.FromSeconds(1) })).ShouldBeNull();
        await js.PublishAsync("s.1", "late");
        INatsJSMsg<string>? next = await consumer.NextAsync<string>(opts: new NatsJSNextOpts { Expires = TimeSpan.FromSeconds(31) });
        next!.Data.ShouldBe("late");
        next.Metadata!.Value.NumPending.ShouldBe(0UL);
    }

    [Fact]
    public async Task Messages_are_put_back_delayed_and_ended()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.JetStream);
        await using NatsConnection nats = await ConnectAsync(server);
        NatsJSContext js = await FillAsync(nats, 3);
        INatsJSConsumer consumer = await js.CreateOrUpdateConsumerAsync("S", new ConsumerConfig("C") { AckWait = TimeSpan.FromSeconds(30), MaxDeliver = 5 });
        List<string> got = [];
        await foreach (INatsJSMsg<string> message in consumer.ConsumeAsync<string>())
        {
            got.Add($"{message.Data} {message.Metadata!.Value.NumDelivered}");
            if (message.Metadata.Value.NumDelivered > 1) await message.AckAsync(new AckOpts { DoubleAck = true });
            else if (message.Data == "m0") await message.NakAsync(delay: TimeSpan.FromMilliseconds(300));
            else if (message.Data == "m1") await message.AckTerminateAsync();
            else await message.AckProgressAsync();
            if (message.Data == "m2") await message.NakAsync();
            if (got.Count == 5) break;
        }

        got.Take(3).ShouldBe(["m0 1", "m1 1", "m2 1"]);
        got[3..].ShouldBe(["m2 2", "m0 2"]);
        await Eventually.HoldsAsync(
            async () =>
            {
                await consumer.RefreshAsync();
                return consumer.Info is { NumAckPending: 0, AckFloor.StreamSeq: 3 };
            },
            "everything is settled");
    }

    [Fact]
    public async Task Ordered_consumers_begin_where_they_are_told_and_see_what_they_filter()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.JetStream);
        await using NatsConnection nats = await ConnectAsync(server);
        NatsJSContext js = await FillAsync(nats);
        (await FirstAsync(js, new NatsJSOrderedConsumerOpts { DeliverPolicy = ConsumerConfigDeliverPolicy.ByStartSequence, OptStartSeq = 100 }, 3)).ShouldBe(["m99", "m100", "m101"]);
        (await FirstAsync(js, new NatsJSOrderedConsumerOpts { DeliverPolicy = ConsumerConfigDeliverPolicy.Last }, 1)).ShouldBe([$"m{Count - 1}"]);
        (await FirstAsync(js, new NatsJSOrderedConsumerOpts { FilterSubjects = ["s.3"] }, 2)).ShouldBe(["m3", "m13"]);
        (await FirstAsync(js, new NatsJSOrderedConsumerOpts { DeliverPolicy = ConsumerConfigDeliverPolicy.LastPerSubject, FilterSubjects = ["s.1", "s.2"] }, 2)).ShouldBe(["m291", "m292"]);
        (await FirstAsync(js, new NatsJSOrderedConsumerOpts { HeadersOnly = true }, 2)).ShouldBe(["", ""]);
    }

    private static async Task<NatsJSContext> FillAsync(NatsConnection nats, int count = Count)
    {
        var js = new NatsJSContext(nats);
        await js.CreateStreamAsync(new StreamConfig("S", ["s.>"]));
        for (int i = 0; i < count; i++) await nats.PublishAsync($"s.{i % 10}", $"m{i}");
        await Eventually.HoldsAsync(async () => (await js.GetStreamAsync("S")).Info.State.Messages == count, "stored");
        return js;
    }

    private static async Task<int> FetchAsync(IAsyncEnumerable<INatsJSMsg<string>> messages)
    {
        int count = 0;
        await foreach (INatsJSMsg<string> _ in messages) count++;
        return count;
    }

    private static async Task<string[]> FirstAsync(NatsJSContext js, NatsJSOrderedConsumerOpts options, int count)
    {
        INatsJSConsumer consumer = await js.CreateOrderedConsumerAsync("S", options);
        List<string> got = [];
        await foreach (INatsJSMsg<string> message in consumer.ConsumeAsync<string>())
        {
            got.Add(message.Data ?? "");
            if (got.Count == count) break;
        }

        return [.. got];
    }
}
