using DotNats.Storage;

namespace DotNats.JetStream.Streams;

/// <summary>The time of a stream's messages: that of the server, but never before the message before.</summary>
// Owner: whoever decides the order of the stream's commands.
internal sealed class StreamClock(TimeProvider time, IMessageLog log)
{
    private long _last = log.State.LastTime;

    /// <summary>Nanoseconds since 1970.</summary>
    public long Next() => _last = Math.Max(Now(time), _last);

    /// <summary>A time so many nanoseconds after another; the last of all for what lies beyond.</summary>
    /// <param name="time">Not before 1970.</param>
    public static long After(long time, long wait) => wait > long.MaxValue - time ? long.MaxValue : time + wait;

    /// <summary>The server's time in nanoseconds since 1970.</summary>
    public static long Now(TimeProvider time) => (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
}
