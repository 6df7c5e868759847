using System.Buffers;
using System.Text;
using DotNats.JetStream.Consumers.State;
using DotNats.Primitives;
using DotNats.Server.Routing;
using DotNats.Storage;

namespace DotNats.JetStream.Consumers;

/// <summary>A message on its way from the log to a client: read here, dressed here, sent from here. Nothing is copied that can be sent as it is.</summary>
// Owner: a consumer's runner for one turn; used again by others.
internal sealed class OutgoingMessage
{
    private readonly ArrayBufferWriter<byte> _dressed = new(1024);
    private byte[] _reply = new byte[256];
    private int _replyLength;
    private bool _isDressed;
    private int _headerLength;

    /// <summary>What was read.</summary>
    public MessageBuffer Message { get; } = new();

    public ReadOnlySpan<byte> Reply => _reply.AsSpan(0, _replyLength);

    /// <summary>Bytes that count: subject, acknowledgement subject, headers and payload.</summary>
    // Compat: without the subject it is delivered to, which most clients do not know.
    public int Size => Message.Subject.Length + _replyLength + BodyLength;

    /// <summary>Headers and payload.</summary>
    public int BodyLength => Body.Length - 2;

    private ReadOnlySpan<byte> Body => _isDressed ? _dressed.WrittenSpan : Message.Body;

    /// <summary>Makes what was read ready to be sent.</summary>
    /// <param name="pending">Messages that are still to be delivered after it.</param>
    public void Prepare(AckSubjectWriter acks, in Delivery delivery, ulong pending, bool headersOnly)
    {
        if (_reply.Length < acks.MaxLength) _reply = new byte[acks.MaxLength];
        _replyLength = acks.Write(_reply, in delivery, Message.Sequence, Message.Timestamp, pending);
        _isDressed = false;
        _headerLength = Message.Headers.Length;
        if (headersOnly) LeaveHeadersOnly();
    }

    /// <summary>Adds the pin of the client that gets it.</summary>
    public void AddPin(string pinId)
    {
        int length = _headerLength;
        byte[] whole = Body.ToArray();
        Begin(whole.AsSpan(0, length));
        _dressed.Write("Nats-Pin-Id: "u8);
        Encoding.UTF8.GetBytes(pinId, _dressed);
        End(whole.AsSpan(length));
    }

    /// <summary>Sends it to whom it is for; false where nobody took it.</summary>
    public bool Route(DeliveryContext context, MatchResult match)
    {
        var message = new Message { Subject = Message.Subject, Reply = Reply, HeaderLength = _headerLength, Body = Body };
        return MessageRouter.Route(context, match, in message);
    }

    // The payload's size goes in its place.
    private void LeaveHeadersOnly()
    {
        Begin(Message.Headers);
        _dressed.Write("Nats-Msg-Size: "u8);
        _dressed.Advance(ByteFormat.WriteUInt64(_dressed.GetSpan(ByteFormat.MaxUInt64Digits), (ulong)Message.Payload.Length));
        End("\r\n"u8);
    }

    private void Begin(ReadOnlySpan<byte> headers)
    {
        _dressed.ResetWrittenCount();
        _dressed.Write(headers.IsEmpty ? "NATS/1.0\r\n"u8 : headers[..^2]);
        _isDressed = true;
    }

    // The rest ends with CR LF.
    private void End(ReadOnlySpan<byte> rest)
    {
        _dressed.Write("\r\n\r\n"u8);
        _headerLength = _dressed.WrittenCount;
        _dressed.Write(rest);
    }
}

/// <summary>Messages on their way, as many as consumers are at work at once.</summary>
// Owner: the service; whoever rents one gives it back. Taken from the front, so that those in use stay few and warm.
internal sealed class OutgoingMessages
{
    private readonly OutgoingMessage?[] _free = new OutgoingMessage?[Environment.ProcessorCount * 2];

    public OutgoingMessage Rent()
    {
        foreach (ref OutgoingMessage? slot in _free.AsSpan())
        {
            if (Volatile.Read(ref slot) is not null && Interlocked.Exchange(ref slot, null) is { } kept) return kept;
        }

        return new OutgoingMessage();
    }

    public void Return(OutgoingMessage message)
    {
        foreach (ref OutgoingMessage? slot in _free.AsSpan())
        {
            if (Volatile.Read(ref slot) is null && Interlocked.CompareExchange(ref slot, message, null) is null) return;
        }
    }
}
