using DotNats.Storage;
using Fuzz.Harness;
using Storage.Tests.Conformance;
using Xunit;

namespace Fuzz.Storage;

/// <summary>A file log with small blocks and a cache that holds few of them under random operations.</summary>
public sealed class FileLogFuzz : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"dotnats-fuzz-{Guid.NewGuid():N}");

    [Fact]
    public void It_answers_as_a_list_would() => FuzzRun.Repeat(random =>
    {
        string directory = Path.Combine(_directory, $"{random.Next()}-{Guid.NewGuid():N}");
        using FileStore store = FileStore.Open(new FileStoreOptions { Directory = directory, SyncThreads = 1, CacheBytes = random.Next(1, 200_000) });
        var plain = new LogOptions
        {
            Name = "S",
            Inspector = new HeaderInspector(),
            FirstSequence = random.Next(4) == 0 ? (ulong)random.Next(2, 1000) : 0,
            BlockBytes = random.Next(300, 20_000),
            Durability = (LogDurability)random.Next(3),
        };
        LogOptions options = RandomLogRun.Options(random, plain);
        var listener = new RecordingListener();
        FileLog log = store.Create("A", "S", "{}"u8).OpenLog(options, listener);
        var model = new ModelLog(options, m => 30 + m.Subject.Length + m.Headers.Length + (m.Headers.Length > 0 ? 4 : 0) + m.Payload.Length);
        new RandomLogRun(random, log, listener, model).Run(steps: random.Next(1, 200));
        log.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Directory.Delete(directory, recursive: true);
    });

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }
}
