using DotNats.JetStream.Streams;
using DotNats.Server;
using DotNats.Storage;

namespace DotNats.JetStream.Consumers;

/// <summary>Who waits until a consumer's journal says that what he did is kept.</summary>
// Owner: the consumer. Its runner adds; the journal's word comes on any thread, also the runner's inside Commit.
internal sealed class ConsumerCommits(ServerCore server, LiveConsumer consumer) : IJournalListener
{
    private volatile CommitQueue? _queue;
    private long _committed;
    private volatile bool _hasFailed;

    /// <summary>Adds who waits for a position.</summary>
    public void Add(AnswerBatch answers)
    {
        if (_queue is null)
        {
            // Most consumers never need one.
            _queue = new CommitQueue(server, consumer.Stream.Account, consumer.Stream.Owner.Service.Stores.Sender);
            Interlocked.MemoryBarrier();
            _queue.OnCommittedInTurn(Volatile.Read(ref _committed));
            if (_hasFailed) _queue.Fail();
        }

        _queue.Add(answers);
    }

    /// <summary>Lets go of what nobody waits in. Where nobody does only the runner, whose turn this is, could add somebody.</summary>
    public void Trim()
    {
        if (_queue is { IsEmpty: true }) _queue = null;
    }

    public void OnCommitted(long position)
    {
        Interlocked.Exchange(ref _committed, position);
        if (_queue is not { } queue) return;
        queue.OnCommitted(position);
        consumer.Stream.Owner.Service.Stores.Sender.Send();
    }

    public void OnFailed(LogStatus status, string reason)
    {
        DeliveryLog.WriteFailed(server.Logger, consumer.Stream.Account.Name, consumer.Stream.Name, consumer.Name, reason);
        if (status == LogStatus.NoSpace)
        {
            // A whole state may be wanted: its next turn looks.
            consumer.Wake();
            return;
        }

        _hasFailed = true;
        Interlocked.MemoryBarrier();
        _queue?.Fail();
    }
}
