using System.Buffers.Binary;

namespace DotNats.JetStream.Consumers;

/// <summary>What a record in a consumer's queue is about.</summary>
internal enum ConsumerRecordKind : byte
{
    /// <summary>An acknowledgement.</summary>
    Ack,

    /// <summary>A pull request.</summary>
    Pull,

    /// <summary>A pull request that needs a newer API than this.</summary>
    PullTooNew,

    /// <summary>An answer to flow control: its subject stands in the place of the reply.</summary>
    FlowControl,

    /// <summary>A message that may be pending is gone from the stream.</summary>
    Removed,

    /// <summary>A stream's answer to a dead letter: the token of its subject stands in the place of the consumer sequence.</summary>
    Letter,
}

/// <summary>One record: a head, then reply and body.</summary>
internal readonly ref struct ConsumerRecord
{
    /// <summary>Bytes of the head.</summary>
    public const int HeadLength = 29;

    private readonly ReadOnlySpan<byte> _record;

    /// <param name="record">As it lies in the queue.</param>
    public ConsumerRecord(ReadOnlySpan<byte> record) => _record = record;

    public ConsumerRecordKind Kind => (ConsumerRecordKind)_record[0];

    public ulong StreamSequence => BinaryPrimitives.ReadUInt64LittleEndian(_record[1..]);

    public ulong ConsumerSequence => BinaryPrimitives.ReadUInt64LittleEndian(_record[9..]);

    public ulong Deliveries => BinaryPrimitives.ReadUInt64LittleEndian(_record[17..]);

    /// <summary>Empty for nowhere.</summary>
    public ReadOnlySpan<byte> Reply => _record.Slice(HeadLength, ReplyLength);

    /// <summary>Payload, of flow control the header block.</summary>
    public ReadOnlySpan<byte> Body => _record[(HeadLength + ReplyLength)..];

    private int ReplyLength => BinaryPrimitives.ReadInt32LittleEndian(_record[25..]);

    public static void WriteHead(Span<byte> target, ConsumerRecordKind kind, ulong stream, ulong consumer, ulong deliveries, int replyLength)
    {
        target[0] = (byte)kind;
        BinaryPrimitives.WriteUInt64LittleEndian(target[1..], stream);
        BinaryPrimitives.WriteUInt64LittleEndian(target[9..], consumer);
        BinaryPrimitives.WriteUInt64LittleEndian(target[17..], deliveries);
        BinaryPrimitives.WriteInt32LittleEndian(target[25..], replyLength);
    }
}
