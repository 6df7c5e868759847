using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;
using Xunit;
using static Interop.Tests.NatsNetClient;

namespace Interop.Tests;

/// <summary>NATS.Net: streams and consumers.</summary>
public sealed class NatsNetJetStreamTests
{
    [Fact]
    public async Task Published_messages_are_acknowledged_once()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.JetStream);
        await using NatsConnection nats = await ConnectAsync(server);
        var js = new NatsJSContext(nats);
        await js.CreateStreamAsync(new StreamConfig("S", ["s.>"]));
        (await js.PublishAsync("s.1", "one", opts: new NatsJSPubOpts { MsgId = "a" })).Seq.ShouldBe(1UL);
        PubAckResponse again = await js.PublishAsync("s.1", "one", opts: new NatsJSPubOpts { MsgId = "a" });
        again.Duplicate.ShouldBeTrue();
        PubAckResponse refused = await js.PublishAsync("s.1", "two", opts: new NatsJSPubOpts { ExpectedLastSequence = 7 });
        refused.Error!.ErrCode.ShouldBe(10071);
        INatsJSStream stream = await js.GetStreamAsync("S");
        stream.Info.State.Messages.ShouldBe(1L);
        (await stream.PurgeAsync(new StreamPurgeRequest())).Purged.ShouldBe(1L);
    }

    [Fact]
    public async Task Fetch_consume_and_next_deliver_and_acknowledgements_count()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.JetStream);
        await using NatsConnection nats = await ConnectAsync(server);
        var js = new NatsJSContext(nats);
        await js.CreateStreamAsync(new StreamConfig("S", ["s.>"]));
        for (int i = 0; i < 30; i++) (await js.PublishAsync("s.1", $"m{i}")).EnsureSuccess();
        INatsJSConsumer consumer = await js.CreateOrUpdateConsumerAsync("S", new ConsumerConfig("C"));
        List<string> got = [];
        await foreach (INatsJSMsg<string> message in consumer.FetchAsync<string>(new NatsJSFetchOpts { MaxMsgs = 10 }))
        {
            got.Add(message.Data!);
            await message.AckAsync();
        }

        await foreach (INatsJSMsg<string> message in consumer.ConsumeAsync<string>(opts: new NatsJSConsumeOpts { MaxMsgs = 5 }))
        {
            got.Add(message.Data!);
            await message.AckAsync(new AckOpts { DoubleAck = true });
            if (got.Count == 29) break;
        }

        INatsJSMsg<string>? last = null;
        for (int i = 0; i < 5 && last is null; i++) last = await consumer.NextAsync<string>(opts: new NatsJSNextOpts { Expires = TimeSpan.FromSeconds(31) });
        got.Add(last!.Data!);
        await last.AckAsync(new AckOpts { DoubleAck = true });
        got.Distinct().Count().ShouldBe(30);
        await consumer.RefreshAsync();
        consumer.Info.NumPending.ShouldBe(0UL);
    }

    [Fact]
    public async Task Ordered_consumer_reads_in_order()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.JetStream);
        await using NatsConnection nats = await ConnectAsync(server);
        var js = new NatsJSContext(nats);
        await js.CreateStreamAsync(new StreamConfig("S", ["s.>"]));
        for (int i = 0; i < 200; i++) await js.PublishAsync("s.1", i);
        INatsJSConsumer ordered = await js.CreateOrderedConsumerAsync("S");
        int expected = 0;
        await foreach (INatsJSMsg<int> message in ordered.ConsumeAsync<int>())
        {
            message.Data.ShouldBe(expected);
            if (++expected == 200) break;
        }
    }

    [Fact]
    public async Task Consumers_are_listed_paused_and_deleted()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.JetStream);
        await using NatsConnection nats = await ConnectAsync(server);
        var js = new NatsJSContext(nats);
        await js.CreateStreamAsync(new StreamConfig("S", ["s.>"]));
        foreach (string name in (string[])["A", "B", "C"]) await js.CreateConsumerAsync("S", new ConsumerConfig(name));
        List<string> names = [];
        await foreach (string name in js.ListConsumerNamesAsync("S")) names.Add(name);
        names.ShouldBe(["A", "B", "C"]);
        (await js.PauseConsumerAsync("S", "A", DateTimeOffset.UtcNow.AddMinutes(1))).IsPaused.ShouldBeTrue();
        (await js.ResumeConsumerAsync("S", "A")).ShouldBeTrue();
        (await js.DeleteConsumerAsync("S", "B")).ShouldBeTrue();
        NatsJSApiException missing = await Should.ThrowAsync<NatsJSApiException>(async () => await js.GetConsumerAsync("S", "B"));
        missing.Error.ErrCode.ShouldBe(10014);
    }
}
