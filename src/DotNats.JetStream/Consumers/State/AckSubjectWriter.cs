using System.Text;
using DotNats.Primitives;

namespace DotNats.JetStream.Consumers.State;

/// <summary>Writes the subjects that one consumer's messages are acknowledged on.</summary>
// Owner: the consumer. Immutable.
internal sealed class AckSubjectWriter
{
    private const int Numbers = 5;

    private readonly byte[] _prefix;

    public AckSubjectWriter(in ConsumerAddress address) => _prefix = Encoding.UTF8.GetBytes($"$JS.ACK.{address.Text}.");

    /// <summary>Bytes that every subject fits in.</summary>
    public int MaxLength => _prefix.Length + (Numbers * (ByteFormat.MaxUInt64Digits + 1));

    /// <summary>Writes a subject and returns its length.</summary>
    /// <param name="time">When the message was stored, in nanoseconds since 1970.</param>
    /// <param name="pending">Messages the consumer has still to deliver.</param>
    public int Write(Span<byte> target, in Delivery delivery, ulong stream, long time, ulong pending)
    {
        _prefix.CopyTo(target);
        int at = _prefix.Length;
        at = Number(target, at, (ulong)delivery.Deliveries);
        at = Number(target, at, stream);
        at = Number(target, at, delivery.ConsumerSequence);
        at = Number(target, at, (ulong)time);
        return at + ByteFormat.WriteUInt64(target[at..], pending);
    }

    private static int Number(Span<byte> target, int at, ulong value)
    {
        at += ByteFormat.WriteUInt64(target[at..], value);
        target[at] = (byte)'.';
        return at + 1;
    }
}
