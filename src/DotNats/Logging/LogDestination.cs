using Microsoft.Extensions.Logging;

namespace DotNats.Logging;

/// <summary>Where finished log entries go: a stream, a file that rotates, or a syslog daemon.</summary>
// Owner: any thread writes, one at a time; guarded by _gate, under which the entry goes out (docs/adr/0010).
// Lifetime: open from its construction to Dispose; an entry that comes later is refused, so that its writer takes the next destination.
public abstract class LogDestination : IDisposable
{
    private readonly Lock _gate = new();
    private bool _closed;

    /// <summary>Closes it; entries in flight are written first.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_closed) return;
            _closed = true;
            Close();
        }
        GC.SuppressFinalize(this);
    }

    /// <summary>Puts what stands before the text of an entry: process id, time and label, or a syslog header.</summary>
    internal abstract void BeginEntry(ref LogEntryBuffer entry, LogLevel level);

    /// <summary>Writes one complete entry; false when the destination was closed before.</summary>
    internal bool Write(ReadOnlySpan<byte> entry)
    {
        lock (_gate)
        {
            if (_closed) return false;
            WriteEntry(entry);
            return true;
        }
    }

    /// <summary>Writes one complete entry. What cannot be written is dropped: nobody is left to tell, and a full disk must not stop the server.</summary>
    private protected abstract void WriteEntry(ReadOnlySpan<byte> entry);

    private protected abstract void Close();
}
