using System.Buffers.Binary;

namespace DotNats.JetStream.Ingest;

/// <summary>A published message as it waits for its stream: lengths, then subject, reply, header block and payload.</summary>
internal readonly ref struct PublishRecord
{
    /// <summary>Bytes of the head.</summary>
    public const int HeadLength = 12;

    private readonly ReadOnlySpan<byte> _record;
    private readonly int _subjectLength;
    private readonly int _replyLength;
    private readonly int _headersLength;

    /// <param name="record">As it lies in the queue.</param>
    public PublishRecord(ReadOnlySpan<byte> record)
    {
        _subjectLength = BinaryPrimitives.ReadInt32LittleEndian(record);
        _replyLength = BinaryPrimitives.ReadInt32LittleEndian(record[4..]);
        _headersLength = BinaryPrimitives.ReadInt32LittleEndian(record[8..]);
        _record = record[HeadLength..];
    }

    public ReadOnlySpan<byte> Subject => _record[.._subjectLength];

    /// <summary>Where the acknowledgement goes; empty for nowhere.</summary>
    public ReadOnlySpan<byte> Reply => _record.Slice(_subjectLength, _replyLength);

    /// <summary>Whole header block; empty for none.</summary>
    public ReadOnlySpan<byte> Headers => _record.Slice(_subjectLength + _replyLength, _headersLength);

    public ReadOnlySpan<byte> Payload => _record[(_subjectLength + _replyLength + _headersLength)..];

    public static void WriteHead(Span<byte> target, int subjectLength, int replyLength, int headersLength)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, subjectLength);
        BinaryPrimitives.WriteInt32LittleEndian(target[4..], replyLength);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], headersLength);
    }
}
