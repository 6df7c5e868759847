using Microsoft.Extensions.Logging;

namespace DotNats.Logging;

/// <summary>Log lines into a stream the caller opened, such as standard error. The stream stays the caller's and is left open.</summary>
public sealed class StreamLogDestination(Stream stream, LogLineFormat format) : LogDestination
{
    internal override void BeginEntry(ref LogEntryBuffer entry, LogLevel level) => format.AppendHeader(ref entry, level);

    private protected override void WriteEntry(ReadOnlySpan<byte> entry)
    {
        try
        {
            stream.Write(entry);
            stream.Flush();
        }
        catch (IOException)
        {
            // Nobody reads standard error any more.
        }
    }

    private protected override void Close() { }
}
