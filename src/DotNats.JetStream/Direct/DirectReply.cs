using System.Buffers;
using System.Buffers.Text;
using System.Text;
using DotNats.Primitives;
using DotNats.Server.Accounts;
using DotNats.Server.InternalClients;
using DotNats.Server.Routing;
using DotNats.Storage;

namespace DotNats.JetStream.Direct;

/// <summary>Writes and sends answers of direct gets (wire reference section 9.4), each into the same buffer.</summary>
// Owner: the one reader of a stream's direct gets. Lifetime: what is written is copied by whoever it is delivered to.
internal sealed class DirectReply(Account account, string stream)
{
    private readonly byte[] _streamLine = Encoding.UTF8.GetBytes($"Nats-Stream: {stream}\r\nNats-Subject: ");
    private readonly ArrayBufferWriter<byte> _body = new(1024);

    public static ReadOnlySpan<byte> TooManyRequests => "NATS/1.0 429 Too Many Requests\r\n\r\n"u8;

    /// <summary>Sends a status line alone: <c>404 Message Not Found</c>.</summary>
    public void SendStatus(DeliveryContext context, ReadOnlySpan<byte> reply, ReadOnlySpan<byte> status)
    {
        _body.ResetWrittenCount();
        _body.Write("NATS/1.0 "u8);
        _body.Write(status);
        _body.Write("\r\n\r\n"u8);
        Send(context, reply, _body.WrittenCount, default);
    }

    /// <summary>Sends a message as it is stored, with its place in the stream.</summary>
    public void SendMessage(DeliveryContext context, ReadOnlySpan<byte> reply, MessageBuffer message)
    {
        Begin(message);
        EndHeaders();
        Send(context, reply, _body.WrittenCount, message.Payload);
    }

    /// <summary>Sends one of several messages.</summary>
    /// <param name="pending">How many come after it.</param>
    /// <param name="last">Sequence of the one before.</param>
    /// <returns>False where nobody takes it.</returns>
    public bool SendMessage(DeliveryContext context, ReadOnlySpan<byte> reply, MessageBuffer message, ulong pending, ulong last)
    {
        Begin(message);
        Line("Nats-Num-Pending: "u8, pending);
        Line("Nats-Last-Sequence: "u8, last);
        EndHeaders();
        return Send(context, reply, _body.WrittenCount, message.Payload);
    }

    /// <summary>Sends a payload without any header.</summary>
    /// <returns>False where nobody takes it.</returns>
    public bool SendPayload(DeliveryContext context, ReadOnlySpan<byte> reply, MessageBuffer message)
    {
        _body.ResetWrittenCount();
        return Send(context, reply, 0, message.Payload);
    }

    /// <summary>Sends the end of several messages.</summary>
    /// <param name="upTo">Sequence up to which was looked; 0 leaves it out.</param>
    public void SendEnd(DeliveryContext context, ReadOnlySpan<byte> reply, ulong pending, ulong last, ulong upTo = 0)
    {
        _body.ResetWrittenCount();
        _body.Write("NATS/1.0 204 EOB\r\n"u8);
        Line("Nats-Num-Pending: "u8, pending);
        Line("Nats-Last-Sequence: "u8, last);
        if (upTo > 0) Line("Nats-UpTo-Sequence: "u8, upTo);
        EndHeaders();
        Send(context, reply, _body.WrittenCount, default);
    }

    // Compat: the stream's own headers come first, its place behind them.
    private void Begin(MessageBuffer message)
    {
        _body.ResetWrittenCount();
        _body.Write(message.Headers.Length > 2 ? message.Headers[..^2] : "NATS/1.0\r\n"u8);
        _body.Write(_streamLine);
        _body.Write(message.Subject);
        _body.Write("\r\n"u8);
        Line("Nats-Sequence: "u8, message.Sequence);
        _body.Write("Nats-Time-Stamp: "u8);
        _body.Advance(TimeStampText.Write(message.Timestamp, _body.GetSpan(TimeStampText.Longest)));
        _body.Write("\r\n"u8);
    }

    private void Line(ReadOnlySpan<byte> name, ulong value)
    {
        _body.Write(name);
        Utf8Formatter.TryFormat(value, _body.GetSpan(20), out int length);
        _body.Advance(length);
        _body.Write("\r\n"u8);
    }

    private void EndHeaders() => _body.Write("\r\n"u8);

    private bool Send(DeliveryContext context, ReadOnlySpan<byte> reply, int headerLength, ReadOnlySpan<byte> payload)
    {
        _body.Write(payload);
        _body.Write("\r\n"u8);
        bool isTaken = InternalPublisher.PublishWhole(context, account, reply, headerLength, _body.WrittenSpan);
        // Held until the next delivery: what was written must be copied by then, and it was.
        context.ReleaseHeld();
        // Of many messages nothing piles up that could have left.
        if (context.UnflushedBytes > ChunkPool.LargestChunk) context.FlushDirty();
        return isTaken;
    }
}
