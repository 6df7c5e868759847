using System.Buffers.Binary;
using DotNats.Primitives;
using DotNats.Server.Accounts;
using DotNats.Server.InternalClients;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Streams;

/// <summary>
/// Messages that a stream sends because of what it stored, most of them acknowledgements: written once, complete with line end, into pooled
/// chunks, and routed from there in one pass.
/// </summary>
// Owner: see CommitWaiter. Lifetime: used again and again; empty between.
// Invariant: a record is a head of two lengths, the subject, the header block, the payload, CR LF.
internal sealed class ReplyBatch(ChunkPool chunks, Action<ReplyBatch> recycle, Func<byte[]> failure) : CommitWaiter
{
    private const int HeadLength = 8;

    private readonly RecordBatch _records = new();

    public int Count => _records.Count;

    public override long Bytes => _records.Bytes;

    /// <summary>Room for the payload of one message, which the caller fills; subject and headers are written here.</summary>
    /// <param name="headers">Whole header block; empty for none.</param>
    public Span<byte> Add(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, int payloadLength)
    {
        Span<byte> record = _records.Reserve(chunks, HeadLength + subject.Length + headers.Length + payloadLength + 2);
        BinaryPrimitives.WriteInt32LittleEndian(record, subject.Length);
        BinaryPrimitives.WriteInt32LittleEndian(record[4..], headers.Length);
        subject.CopyTo(record[HeadLength..]);
        headers.CopyTo(record[(HeadLength + subject.Length)..]);
        "\r\n"u8.CopyTo(record[^2..]);
        return record.Slice(HeadLength + subject.Length + headers.Length, payloadLength);
    }

    public void Add(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload) =>
        payload.CopyTo(Add(subject, headers, payload.Length));

    public override void OnCommitted(DeliveryContext context, Account account)
    {
        foreach (ReadOnlySpan<byte> record in _records)
        {
            int subjectLength = BinaryPrimitives.ReadInt32LittleEndian(record);
            int headerLength = BinaryPrimitives.ReadInt32LittleEndian(record[4..]);
            InternalPublisher.PublishWhole(context, account, record.Slice(HeadLength, subjectLength), headerLength, record[(HeadLength + subjectLength)..]);
        }

        Recycle();
    }

    // Who published is told at least that it is not known to be stored.
    public override void OnFailed(DeliveryContext context, Account account)
    {
        byte[] error = failure();
        foreach (ReadOnlySpan<byte> record in _records)
        {
            int subjectLength = BinaryPrimitives.ReadInt32LittleEndian(record);
            InternalPublisher.Publish(context, account, record.Slice(HeadLength, subjectLength), default, default, error);
        }

        Recycle();
    }

    private void Recycle()
    {
        _records.Release(chunks);
        recycle(this);
    }
}
