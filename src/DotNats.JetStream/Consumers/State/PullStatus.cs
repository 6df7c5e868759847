using System.Text;
using DotNats.Primitives;

namespace DotNats.JetStream.Consumers.State;

/// <summary>What a client is told that waits for messages.</summary>
internal enum PullStatusKind
{
    /// <summary>It still waits. Written by whoever knows what was delivered last.</summary>
    Heartbeat,
    BadRequest,
    NoMessages,
    RequestTimeout,
    RequestsPending,
    InterestExpired,
    MessageTooLarge,
    BatchCompleted,
    TooManyMessages,
    TooLong,
    TooManyBytes,
    TooManyRequests,
    ConsumerDeleted,
    ServerShutdown,
    WrongPin,
    PinMismatch,
}

/// <summary>A status line for a pull request.</summary>
/// <param name="Messages">Messages it was still waiting for; told with what ends a request.</param>
/// <param name="Bytes">Bytes it had still room for; 0 for no limit.</param>
/// <param name="Text">What makes a bad request bad, or the limit it exceeds.</param>
internal readonly record struct PullStatus(PullStatusKind Kind, long Messages = 0, long Bytes = 0, string Text = "")
{
    /// <summary>Bytes that every status fits in.</summary>
    public int MaxLength => 160 + (3 * Text.Length);

    /// <summary>Writes it as a header block and returns its length.</summary>
    public int Write(Span<byte> target)
    {
        ReadOnlySpan<byte> line = LineOf(Kind);
        line.CopyTo(target);
        int at = line.Length;
        at += Encoding.UTF8.GetBytes(Text, target[at..]);
        if (TellsPending(Kind))
        {
            at = Number(target, at, "\r\nNats-Pending-Messages: "u8, Messages);
            at = Number(target, at, "\r\nNats-Pending-Bytes: "u8, Bytes);
        }

        "\r\n\r\n"u8.CopyTo(target[at..]);
        return at + 4;
    }

    private static bool TellsPending(PullStatusKind kind) =>
        kind is PullStatusKind.RequestTimeout or PullStatusKind.InterestExpired or PullStatusKind.MessageTooLarge or PullStatusKind.BatchCompleted or PullStatusKind.WrongPin
            or PullStatusKind.ServerShutdown;

    private static ReadOnlySpan<byte> LineOf(PullStatusKind kind) => kind switch
    {
        PullStatusKind.Heartbeat => "NATS/1.0 100 Idle Heartbeat"u8,
        PullStatusKind.BadRequest => "NATS/1.0 400 Bad Request - "u8,
        PullStatusKind.NoMessages => "NATS/1.0 404 No Messages"u8,
        PullStatusKind.RequestTimeout => "NATS/1.0 408 Request Timeout"u8,
        PullStatusKind.RequestsPending => "NATS/1.0 408 Requests Pending"u8,
        PullStatusKind.InterestExpired => "NATS/1.0 408 Interest Expired"u8,
        PullStatusKind.MessageTooLarge => "NATS/1.0 409 Message Size Exceeds MaxBytes"u8,
        PullStatusKind.BatchCompleted => "NATS/1.0 409 Batch Completed"u8,
        PullStatusKind.TooManyMessages => "NATS/1.0 409 Exceeded MaxRequestBatch of "u8,
        PullStatusKind.TooLong => "NATS/1.0 409 Exceeded MaxRequestExpires of "u8,
        PullStatusKind.TooManyBytes => "NATS/1.0 409 Exceeded MaxRequestMaxBytes of "u8,
        PullStatusKind.TooManyRequests => "NATS/1.0 409 Exceeded MaxWaiting"u8,
        PullStatusKind.ConsumerDeleted => "NATS/1.0 409 Consumer Deleted"u8,
        PullStatusKind.ServerShutdown => "NATS/1.0 409 Server Shutdown"u8,
        PullStatusKind.WrongPin => "NATS/1.0 423 Nats-Wrong-Pin-Id"u8,
        _ => "NATS/1.0 423 Nats-Pin-Id mismatch"u8,
    };

    private static int Number(Span<byte> target, int at, ReadOnlySpan<byte> name, long value)
    {
        name.CopyTo(target[at..]);
        at += name.Length;
        // Compat: a request for no messages at all that was given one waits for one less.
        if (value < 0) target[at++] = (byte)'-';
        return at + ByteFormat.WriteUInt64(target[at..], value < 0 ? unchecked((ulong)-value) : (ulong)value);
    }
}
