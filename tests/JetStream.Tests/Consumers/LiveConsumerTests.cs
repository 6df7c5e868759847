using DotNats.JetStream;
using DotNats.JetStream.Consumers;
using DotNats.JetStream.Service;
using DotNats.JetStream.Streams;
using DotNats.Protocol.Text;
using DotNats.Storage;
using JetStream.Tests.Harness;
using Shouldly;
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

    /// <summary>There is room for everything but consumers' states.</summary>
    private sealed class FullForStates : PassingFiles
    {
        public bool IsFull { get; set; } = true;

        public override IStorageFile Open(string path, bool create) =>
            IsFull && path.Contains("o.dat", StringComparison.Ordinal) ? throw new DiskFullException(path) : base.Open(path, create);
    }
}
