namespace DotNats.Storage;

/// <summary>Counters of a log at one moment.</summary>
/// <param name="Bytes">As nats-server counts them: 22 for each message, its subject, headers (4 more where there are any), payload and 8 for the checksum in files; in memory 16, subject, headers and payload.</param>
/// <param name="FirstTime">Nanoseconds since 1970; 0 where there is no message.</param>
/// <param name="Deleted">Sequences between first and last that have no message.</param>
/// <param name="Lost">Messages that were stored and could not be read back.</param>
public readonly record struct LogState(
    ulong Messages, ulong Bytes, ulong FirstSequence, long FirstTime, ulong LastSequence, long LastTime, int Subjects, ulong Deleted, ulong Lost);

/// <summary>What one subject has in a log; all zero for nothing.</summary>
public readonly record struct SubjectState(ulong Messages, ulong FirstSequence, ulong LastSequence);

/// <param name="LastCounted">Sequence up to which was counted; later messages are not in <paramref name="Messages"/>.</param>
public readonly record struct PendingCount(ulong Messages, ulong LastCounted);

/// <summary>A message to be stored; its spans are the caller's.</summary>
public readonly ref struct NewMessage
{
    /// <summary>0 for the next; otherwise a greater one than the last: those between count as deleted.</summary>
    public ulong Sequence { get; init; }

    /// <summary>Nanoseconds since 1970, not before the last message's.</summary>
    public required long Timestamp { get; init; }

    public required ReadOnlySpan<byte> Subject { get; init; }

    /// <summary>Whole header block, from status line to empty line; empty for none.</summary>
    public ReadOnlySpan<byte> Headers { get; init; }

    public ReadOnlySpan<byte> Payload { get; init; }
}

public enum LogStatus
{
    Ok,

    /// <summary>The disk has no room.</summary>
    NoSpace,

    /// <summary>Reading or writing failed; the log takes no more until it is opened again.</summary>
    Failed,

    /// <summary>The message is larger than a log can hold, or its sequence is not greater than the last.</summary>
    Refused,
}

public readonly record struct AppendResult(LogStatus Status, ulong Sequence)
{
    public bool IsOk => Status == LogStatus.Ok;
}

public enum ReadStatus
{
    Found,
    NotFound,

    /// <summary>The sequence was stored, and its message is deleted.</summary>
    Deleted,

    /// <summary>It is there, but its bytes are not what was written; <see cref="IMessageLog.Damage"/> names the place.</summary>
    Damaged,
}

/// <summary>Why a message went.</summary>
public enum RemovalReason
{
    /// <summary>Somebody removed it.</summary>
    Removed,

    /// <summary>Newer messages took its place (limits of the log or of its subject).</summary>
    Limit,

    /// <summary>It grew older than the log allows.</summary>
    Age,

    /// <summary>Its own time was over.</summary>
    Ttl,

    /// <summary>It was purged.</summary>
    Purged,
}

/// <summary>Hears what a log does by itself.</summary>
public interface ILogListener
{
    /// <summary>Everything up to a position is as safe as was asked for. Any thread, also the one inside <see cref="IMessageLog.Commit"/>.</summary>
    void OnCommitted(long position);

    /// <summary>The disk refused: nothing behind the last committed position may be acknowledged, and the log takes no more.</summary>
    void OnFailed(LogStatus status, string reason);

    /// <summary>A message of a log in files is going to be removed: nothing of that is done yet, so nothing of it can be on the disk. On the writer's thread, inside its call.</summary>
    void OnRemoving(ulong sequence)
    {
        // Few ask.
    }

    /// <summary>A message is gone. On the writer's thread, inside its call, after the log's own state is consistent.</summary>
    /// <param name="subject">Valid during the call.</param>
    /// <param name="headers">Valid during the call. Of a message that went by <see cref="RemovalReason.Age"/> or <see cref="RemovalReason.Ttl"/>; otherwise perhaps empty though it had some.</param>
    /// <param name="isLastOfSubject">The subject has no message left.</param>
    void OnRemoved(
        ulong sequence, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, int bytes, RemovalReason reason, bool isLastOfSubject);
}

/// <summary>What must be known of a message beside its bytes: asked when it is stored and again when a log is opened without its index.</summary>
/// <param name="ExpiresAt">Nanoseconds since 1970; 0 where only the log's own age limit counts; <see cref="long.MaxValue"/> never expires, not even by that.</param>
/// <param name="IsMarked">Its sequence is kept for <see cref="IMessageLog.CopyMarked"/>.</param>
public readonly record struct MessageFacts(long ExpiresAt, bool IsMarked);

/// <summary>Reads <see cref="MessageFacts"/> from headers. Pure; called for messages with headers only.</summary>
public interface IMessageInspector
{
    MessageFacts Inspect(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, long timestamp);
}

/// <summary>When a change counts as committed.</summary>
public enum LogDurability
{
    /// <summary>Its bytes are on the device (fdatasync); one sync commits everything that waits for it.</summary>
    Synced,

    /// <summary>Its bytes are with the operating system, which is asked to sync from time to time.</summary>
    Written,

    /// <summary>It is in this process; writing follows soon (<c>persist_mode: async</c>).</summary>
    Buffered,
}

public enum LogCompression
{
    None,
    S2,
}

/// <summary>Rules of one log. Limits are -1 for none.</summary>
public sealed record LogOptions
{
    /// <summary>Name of the stream; part of its checksums' key.</summary>
    public required string Name { get; init; }

    public long MaxMessages { get; init; } = -1;

    public long MaxBytes { get; init; } = -1;

    public long MaxMessagesPerSubject { get; init; } = -1;

    /// <summary>Zero for none.</summary>
    public TimeSpan MaxAge { get; init; }

    /// <summary>Oldest messages make room for new ones; otherwise the writer sees to it that there is room.</summary>
    public bool RemovesOldest { get; init; } = true;

    /// <summary>Sequence of the first message of an empty log; 0 where nobody asked for one, which is 1.</summary>
    /// <remarks>Compat: a new log says that its first sequence is this, so 0 where nobody asked, as nats-server does.</remarks>
    public ulong FirstSequence { get; init; }

    /// <summary>Of blocks written from now on.</summary>
    public LogCompression Compression { get; init; }

    public LogDurability Durability { get; init; } = LogDurability.Synced;

    /// <summary>Time between syncs where durability does not ask for them. nats-server's default.</summary>
    public TimeSpan SyncInterval { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Bytes of a block file; 0 takes what nats-server takes for these limits.</summary>
    public int BlockBytes { get; init; }

    /// <summary>Null where no message has a time of its own or a mark.</summary>
    public IMessageInspector? Inspector { get; init; }
}

/// <summary>Something that is not as it was written.</summary>
/// <param name="Place">File and byte, as an operator can find it.</param>
/// <param name="FirstSequence">First sequence that may be missing; 0 where none is known.</param>
public readonly record struct LogDamage(string Place, string What, ulong FirstSequence, ulong LastSequence)
{
    /// <summary>Whether what is concerned can have been acknowledged.</summary>
    public DamageKind Kind { get; init; }
}

/// <summary>What is to be thought of bytes that are not as they were written.</summary>
public enum DamageKind
{
    /// <summary>They had been safe.</summary>
    Safe,

    /// <summary>They were written last, and nothing behind them says that they had been safe: a power failure leaves as much of a write as it likes.</summary>
    LastWrite,

    /// <summary>The end of what was being written when the server was killed or the power went: nobody was told that it was safe.</summary>
    TornEnd,
}
