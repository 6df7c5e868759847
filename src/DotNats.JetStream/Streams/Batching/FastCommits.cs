using System.Buffers.Binary;
using DotNats.Primitives;
using DotNats.Server.Accounts;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Streams;

/// <summary>Messages of fast batches that were stored together; once they are safe, the runner tells their publishers how far they are.</summary>
// Owner: the stream's runner, then CommitQueue, then the runner again. Lifetime: one use.
internal sealed class FastCommits(StreamRunner runner, ChunkPool chunks) : CommitWaiter
{
    private const int HeadLength = 12;

    private readonly RecordBatch _stored = new();

    public override long Bytes => _stored.Bytes;

    /// <param name="headers">Name the batch where the message came from another account.</param>
    public void Add(ulong sequence, ReadOnlySpan<byte> reply, ReadOnlySpan<byte> headers)
    {
        if (!reply.StartsWith("_R_."u8)) headers = default;
        Span<byte> entry = _stored.Reserve(chunks, HeadLength + reply.Length + headers.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(entry, sequence);
        BinaryPrimitives.WriteInt32LittleEndian(entry[8..], reply.Length);
        reply.CopyTo(entry[HeadLength..]);
        headers.CopyTo(entry[(HeadLength + reply.Length)..]);
    }

    public static void Read(ReadOnlySpan<byte> entry, out ulong sequence, out ReadOnlySpan<byte> reply, out ReadOnlySpan<byte> headers)
    {
        int replyLength = BinaryPrimitives.ReadInt32LittleEndian(entry[8..]);
        sequence = BinaryPrimitives.ReadUInt64LittleEndian(entry);
        reply = entry.Slice(HeadLength, replyLength);
        headers = entry[(HeadLength + replyLength)..];
    }

    public override void OnCommitted(DeliveryContext context, Account account) => runner.Post(new Told(this));

    public override void OnFailed(DeliveryContext context, Account account) => _stored.Release(chunks);

    /// <summary>The runner's turn.</summary>
    private sealed class Told(FastCommits commits) : StreamCommand
    {
        public override void Apply(StreamMachine machine, long now)
        {
            machine.Batches.OnCommitted(commits._stored);
            commits._stored.Release(machine.Chunks);
        }

        public override void OnCommitted(DeliveryContext context, Account account)
        {
            // Nobody waits.
        }

        public override void OnFailed(DeliveryContext context, Account account)
        {
            // The log told why.
        }

        public override void Refuse()
        {
            // The stream has ended: its publishers hear no more.
        }
    }
}
