using DotNats.Primitives;
using DotNats.Server.Accounts;
using DotNats.Server.InternalClients;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Consumers;

/// <summary>Clients that want to know that their acknowledgement is taken: they are told once it is safe.</summary>
// Owner: Settlement, then whoever waits for what makes it safe. Used again and again.
internal sealed class AnswerBatch(ChunkPool chunks)
{
    private readonly RecordBatch _replies = new();

    public bool IsEmpty => _replies.Count == 0;

    public void Add(ReadOnlySpan<byte> reply) => reply.CopyTo(_replies.Reserve(chunks, reply.Length));

    public void Send(DeliveryContext context, Account account)
    {
        foreach (ReadOnlySpan<byte> reply in _replies) InternalPublisher.PublishWhole(context, account, reply, headerLength: 0, "\r\n"u8);
        Clear();
    }

    public void Clear() => _replies.Release(chunks);
}
