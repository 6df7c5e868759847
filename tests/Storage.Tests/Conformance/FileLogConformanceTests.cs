using DotNats.Storage;

namespace Storage.Tests.Conformance;

public sealed class FileLogConformanceTests : MessageLogSuite, IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"dotnats-conformance-{Guid.NewGuid():N}");
    private readonly LogServices _services = new(new DiskFiles(), TimeProvider.System, syncThreads: 1, cacheBytes: 40_000);
    private int _logs;

    private protected override int RandomRuns => 100;

    // Small blocks and a cache that holds two of them: most reads have to load.
    private protected override IMessageLog Open(LogOptions options, ILogListener listener)
    {
        int number = _logs++;
        LogDurability durability = number % 3 == 0 ? LogDurability.Synced : LogDurability.Written;
        return FileLog.Open(
            _services, Path.Combine(_directory, number.ToString()), options with { BlockBytes = 300 + (number % 7 * 400), Durability = durability }, listener);
    }

    private protected override int BytesOf(int subjectLength, int headersLength, int payloadLength) =>
        (int)BlockFormat.RecordBytes(subjectLength, headersLength, payloadLength);

    public void Dispose()
    {
        _services.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
