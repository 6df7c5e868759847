using DotNats.JetStream;
using DotNats.JetStream.Consumers;
using DotNats.JetStream.Service;
using DotNats.JetStream.Streams;
using DotNats.Protocol.Text;
using DotNats.Storage;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using TestSupport;
using Xunit;

namespace JetStream.Tests.Consumers;

public sealed class LiveConsumerTests
{
    [Fact]
    public async Task A_consumer_whose_beginning_cannot_be_kept_leaves_no_interest_behind()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        string directory = Path.Combine(Path.GetTempPath(), $"dotnats-begin-{Guid.NewGuid():N}");
        var files = new FullForStates();
        using FileStore store = FileStore.Open(new FileStoreOptions { Directory = directory, Files = files, CommitsTold = server.Service.Stores.Sender.Send });
        var config = StreamCreateRules.Judge(
            new StreamConfigRequest { Config = new StreamConfig { Name = "S", Subjects = ["s"], Retention = RetentionPolicy.Interest } }, "S", server.Streams.Describe(server.Core.Options)).Config!;
        var listener = new StreamLogListener();
        StreamDirectory home = store.Create("$G", "S", "{}"u8);
        var stream = new LiveStream(
            server.Core, server.Streams, config, "", GoTime.From(server.Time.GetUtcNow()), new StreamHome(home.OpenLog(StreamLogOptions.Of(config, server.Core.Options.JetStream), listener), home), listener);
        server.Streams.Add(stream);
        stream.Start();

        ConsumerConfig wanted = TestConsumers.Durable("C");
        ConsumerResult refused = await stream.Consumers.CreateAsync(wanted, new ConsumerConfigRequest { Stream = "S", Config = wanted });
        refused.Error.ShouldNotBeNull();
        stream.Consumers.Count.ShouldBe(0);
        stream.Wakeups.HasAny.ShouldBeFalse();

        files.IsFull = false;
        (await stream.Consumers.CreateAsync(wanted, new ConsumerConfigRequest { Stream = "S", Config = wanted })).Error.ShouldBeNull();
        stream.Wakeups.HasAny.ShouldBeTrue();
        await stream.StopAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_consumer_that_has_everything_says_where_its_stream_takes_no_more()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectPingedAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        LiveConsumer consumer = await server.StartConsumerAsync("S", TestConsumers.Durable("C"));
        (await consumer.DescribeAsync()).Obstacle.ShouldBeNull();
        server.Stream("S").OnFailed("write error");
        (await consumer.DescribeAsync()).Obstacle.ShouldBe("the stream's storage has failed, and it takes no messages");
    }

    [Fact]
    public async Task Who_asks_where_a_consumer_is_has_said_before_what_he_said_before()
    {
        const int count = 100;
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectPingedAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        await client.StoreAsync(server, "S", [.. Enumerable.Repeat("a 1", count)]);
        LiveConsumer consumer = await server.StartConsumerAsync("S", TestConsumers.Durable("C"));
        client.Send("SUB in 1", "PUB $JS.API.CONSUMER.MSG.NEXT.S.C in 3", $"{count}");
        await Eventually.HoldsAsync(() => consumer.Progress.Pending == count);
        for (int i = 1; i <= count; i++)
        {
            consumer.Post(context: null, ConsumerRecordKind.Ack, (ulong)i, (ulong)i, 1, default, default);
            (await consumer.DescribeAsync()).AckPending.ShouldBe(count - i);
        }
    }

    /// <summary>There is room for everything but consumers' states.</summary>
    private sealed class FullForStates : PassingFiles
    {
        public bool IsFull { get; set; } = true;

        public override IStorageFile Open(string path, bool create) =>
            IsFull && path.Contains("o.dat", StringComparison.Ordinal) ? throw new DiskFullException(path) : base.Open(path, create);
    }
}
