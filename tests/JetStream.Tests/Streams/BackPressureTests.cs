using System.Text;
using DotNats.JetStream;
using DotNats.JetStream.Service;
using DotNats.JetStream.Streams;
using DotNats.Protocol.Text;
using DotNats.Server.Connections;
using DotNats.Server.Routing;
using DotNats.Storage;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Streams;

public sealed class BackPressureTests
{
    private const int PayloadBytes = 1024 * 1024;

    [Fact]
    public async Task What_nobody_waits_for_does_not_fill_the_memory_when_the_disk_stalls()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        using var files = new StalledFiles();
        string directory = Path.Combine(Path.GetTempPath(), $"dotnats-stall-{Guid.NewGuid():N}");
        using FileStore store = FileStore.Open(new FileStoreOptions { Directory = directory, Files = files, CommitsTold = server.Service.Stores.Sender.Send });
        var config = StreamCreateRules.Judge(
            new StreamConfigRequest { Config = new StreamConfig { Name = "S", Subjects = ["s"] } }, "S", server.Streams.Describe(server.Core.Options)).Config!;
        var listener = new StreamLogListener();
        StreamDirectory home = store.Create("$G", "S", "{}"u8);
        FileLog log = home.OpenLog(StreamLogOptions.Of(config, server.Core.Options.JetStream), listener);
        var stream = new LiveStream(server.Core, server.Streams, config, "", GoTime.From(server.Time.GetUtcNow()), new StreamHome(log, null), listener);
        server.Streams.Add(stream);
        stream.Start();
        files.Stall();

        Session publisher = TestSession.Connect(server.Core);
        DeliveryContext context = server.Core.Contexts.Create();
        byte[] publish = Encoding.ASCII.GetBytes($"PUB s {PayloadBytes}\r\n{new string('x', PayloadBytes)}\r\n");
        int published = 0;
        for (; published < 400 && stream.Ingest.Refused == 0; published++) TestSession.Receive(publisher, context, publish);
        try
        {
            // A queue that fills faster than the stream stores refuses before the log has taken all it may.
            await Eventually.HoldsAsync(() => log.IsCongested, "the log takes no more");
        }
        finally
        {
            // Nothing ends while the disk stalls.
            files.LetGo();
        }

        stream.Ingest.Refused.ShouldBeGreaterThan(0);
        // 64 MiB may wait in the log, with the batch that passed them, and 128 MiB in the queue.
        published.ShouldBeLessThanOrEqualTo(64 + 128 + 64);

        ulong taken = (ulong)published - (ulong)stream.Ingest.Refused;
        await Eventually.HoldsAsync(() => log.State.Messages == taken && !log.IsCongested && stream.Runner.Records.Count == 0, "what was taken is stored");
        TestSession.Receive(publisher, context, publish);
        await Eventually.HoldsAsync(() => log.State.Messages == taken + 1, "the stream goes on");
        await stream.StopAsync();
        Directory.Delete(directory, recursive: true);
    }

    /// <summary>The machine's files, whose syncs wait while they are stalled.</summary>
    private sealed class StalledFiles : PassingFiles, IDisposable
    {
        private readonly ManualResetEventSlim _isFree = new(true);

        public void Stall() => _isFree.Reset();

        public void LetGo() => _isFree.Set();

        public void Dispose() => _isFree.Dispose();

        public override IStorageFile Open(string path, bool create) => new StalledFile(base.Open(path, create), _isFree);
    }

    private sealed class StalledFile(IStorageFile file, ManualResetEventSlim isFree) : PassingFile(file)
    {
        public override void Sync() => isFree.Wait();
    }
}
