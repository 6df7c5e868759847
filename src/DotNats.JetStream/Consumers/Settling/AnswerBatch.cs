using DotNats.JetStream.Streams;
using DotNats.Primitives;
using DotNats.Server.Accounts;
using DotNats.Server.InternalClients;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Consumers;

/// <summary>Clients that want to know that their acknowledgement is taken: they are told once it is safe.</summary>
// Owner: Settlement, then whoever waits for what makes it safe.
internal sealed class AnswerBatch(ChunkPool chunks) : CommitWaiter
{
    private readonly RecordBatch _replies = new();

    public bool IsEmpty => _replies.Count == 0;

    public override long Bytes => _replies.Bytes;

    public void Add(ReadOnlySpan<byte> reply) => reply.CopyTo(_replies.Reserve(chunks, reply.Length));

    public override void OnCommitted(DeliveryContext context, Account account)
    {
        foreach (ReadOnlySpan<byte> reply in _replies) InternalPublisher.PublishWhole(context, account, reply, headerLength: 0, "\r\n"u8);
        Clear();
    }

    // Nobody is told: who asks again is.
    public override void OnFailed(DeliveryContext context, Account account) => Clear();

    public void Clear() => _replies.Release(chunks);
}
