using DotNats.Storage;

namespace Storage.Tests.Conformance;

public sealed class MemoryLogConformanceTests : MessageLogSuite
{
    private protected override int RecordedColumn => 0;

    private protected override IMessageLog Open(LogOptions options, ILogListener listener) => new MemoryLog(options, listener);

    private protected override int BytesOf(int subjectLength, int headersLength, int payloadLength) => 16 + subjectLength + headersLength + payloadLength;
}
