using System.Buffers.Binary;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Ingest;

/// <summary>A published message as it waits for its stream: lengths, then subject, reply, header block and payload.</summary>
internal readonly ref struct PublishRecord
{
    /// <summary>Bytes of the head.</summary>
    public const int HeadLength = 12;

    /// <param name="record">As it lies in the queue.</param>
    public PublishRecord(ReadOnlySpan<byte> record)
    {
        int subject = BinaryPrimitives.ReadInt32LittleEndian(record);
        int reply = BinaryPrimitives.ReadInt32LittleEndian(record[4..]);
        int headers = BinaryPrimitives.ReadInt32LittleEndian(record[8..]);
        record = record[HeadLength..];
        Subject = record[..subject];
        Reply = record.Slice(subject, reply);
        Headers = record.Slice(subject + reply, headers);
        Payload = record[(subject + reply + headers)..];
    }

    /// <summary>A message that is handled where it arrives.</summary>
    public PublishRecord(in Message message, ReadOnlySpan<byte> subject)
    {
        int headers = Math.Max(0, message.HeaderLength);
        Subject = subject;
        Reply = message.Reply;
        Headers = message.Body[..headers];
        Payload = message.Body[headers..message.Size];
    }

    public ReadOnlySpan<byte> Subject { get; }

    /// <summary>Where the acknowledgement goes; empty for nowhere.</summary>
    public ReadOnlySpan<byte> Reply { get; }

    /// <summary>Whole header block; empty for none.</summary>
    public ReadOnlySpan<byte> Headers { get; }

    public ReadOnlySpan<byte> Payload { get; }

    public static void WriteHead(Span<byte> target, int subjectLength, int replyLength, int headersLength)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, subjectLength);
        BinaryPrimitives.WriteInt32LittleEndian(target[4..], replyLength);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], headersLength);
    }
}
