using CsCheck;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Conformance;

public sealed class FileLogConformanceTests : MessageLogSuite, IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"dotnats-conformance-{Guid.NewGuid():N}");
    private readonly LogServices _services = new(new FileStoreOptions { Directory = Path.GetTempPath(), SyncThreads = 1, CacheBytes = 40_000 });
    private int _logs;

    [Fact]
    public void It_answers_the_same_after_it_was_closed_and_opened() => Gen.Int[0, int.MaxValue].Sample(seed =>
    {
        var random = new Random(seed);
        LogOptions options = RandomLogRun.Options(random, Plain with { BlockBytes = 300 + random.Next(3000) });
        string directory = Path.Combine(_directory, $"closed-{_logs++}");
        var listener = new RecordingListener();
        FileLog log = FileLog.Open(_services, null, directory, options, listener);
        var model = new ModelLog(options, m => BytesOf(m.Subject.Length, m.Headers.Length, m.Payload.Length));
        new RandomLogRun(random, log, listener, model).Run(steps: 80);
        log.DisposeAsync().AsTask().GetAwaiter().GetResult();
        log = FileLog.Open(_services, null, directory, model.Options, listener);
        log.Damage.ShouldBeEmpty();
        new RandomLogRun(random, log, listener, model).CompareAll();
        log.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }, iter: 15, threads: 1);

    private protected override int RandomRuns => 15;

    // Small blocks and a cache that holds two of them: most reads have to load.
    private protected override IMessageLog Open(LogOptions options, ILogListener listener)
    {
        int number = _logs++;
        LogDurability durability = number % 3 == 0 ? LogDurability.Synced : LogDurability.Written;
        return FileLog.Open(
            _services, null, Path.Combine(_directory, number.ToString()), options with { BlockBytes = 300 + (number % 7 * 400), Durability = durability }, listener);
    }

    private protected override int BytesOf(int subjectLength, int headersLength, int payloadLength) =>
        (int)BlockFormat.RecordBytes(subjectLength, headersLength, payloadLength);

    public void Dispose()
    {
        _services.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
