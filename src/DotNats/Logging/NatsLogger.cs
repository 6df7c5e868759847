using Microsoft.Extensions.Logging;

namespace DotNats.Logging;

/// <summary>Writes entries to the factory's current destination.</summary>
// Lifetime: lives as long as its factory; outlives destinations.
internal sealed class NatsLogger(NatsLoggerFactory.Target target) : ILogger
{
    // Most entries fit; longer ones move to a pooled array.
    private const int EntryBytesOnStack = 512;

    private NatsLoggerFactory.Target _target = target;

    public NatsLoggerFactory.Target Replace(NatsLoggerFactory.Target target) => Interlocked.Exchange(ref _target, target);

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel)
    {
        NatsLoggerFactory.Target target = Volatile.Read(ref _target);
        return target.Takes(logLevel) && target.Destination is not null;
    }

    /// <remarks>A <paramref name="state"/> that is <see cref="IUtf8SpanFormattable"/> writes its bytes itself and <paramref name="formatter"/> is
    /// not asked: trace lines of the protocol cost no string.</remarks>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        // A destination closed under our feet was replaced before that: take the next one.
        NatsLoggerFactory.Target target = Volatile.Read(ref _target);
        while (!TryLog(target, logLevel, state, exception, formatter))
        {
            NatsLoggerFactory.Target next = Volatile.Read(ref _target);
            if (next == target) return;
            target = next;
        }
    }

    private static bool TryLog<TState>(
        NatsLoggerFactory.Target target, LogLevel level, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (target.Destination is not { } destination || !target.Takes(level)) return true;
        LogEntryBuffer entry = new(stackalloc byte[EntryBytesOnStack]);
        try
        {
            destination.BeginEntry(ref entry, level);
            if (state is IUtf8SpanFormattable)
            {
                // Cast at the call, not into a variable: that is the form the compiler keeps free of boxing.
                int written;
                while (!((IUtf8SpanFormattable)state).TryFormat(entry.Free, out written, default, null)) entry.GrowFree();
                entry.Advance(written);
            }
            else
            {
                entry.Append(formatter(state, exception));
            }
            if (exception is not null) AppendException(ref entry, exception, target.Debug);
            entry.EndLine();
            return destination.Write(entry.Written);
        }
        finally
        {
            entry.Dispose();
        }
    }

    // The stack trace is for those who asked for debug output.
    private static void AppendException(ref LogEntryBuffer entry, Exception exception, bool full)
    {
        entry.Append(": "u8);
        entry.Append(full ? exception.ToString() : exception.Message);
    }
}
