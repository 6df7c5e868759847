using System.Collections.Concurrent;
using DotNats.Primitives;

namespace DotNats.JetStream.Streams;

/// <summary>Reply batches of one stream, used again and again.</summary>
// Owner: the stream; its runner rents, whoever sent a batch gives it back.
internal sealed class ReplyBatches
{
    // As many as wait for a slow disk in ordinary times.
    private const int MaxKept = 16;

    private readonly ConcurrentQueue<ReplyBatch> _free = new();
    private readonly Action<ReplyBatch> _recycle;
    private readonly Func<byte[]> _failure;

    public ReplyBatches(ChunkPool chunks, Func<byte[]> failure)
    {
        Chunks = chunks;
        _failure = failure;
        _recycle = Return;
    }

    public ChunkPool Chunks { get; }

    public ReplyBatch Rent() => _free.TryDequeue(out ReplyBatch? batch) ? batch : new ReplyBatch(Chunks, _recycle, _failure);

    private void Return(ReplyBatch batch)
    {
        if (_free.Count < MaxKept) _free.Enqueue(batch);
    }
}
