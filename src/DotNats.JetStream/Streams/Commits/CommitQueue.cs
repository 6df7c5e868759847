using System.Collections.Concurrent;
using DotNats.Server;
using DotNats.Server.Accounts;
using DotNats.Server.Routing;
using Microsoft.Extensions.Logging;

namespace DotNats.JetStream.Streams;

/// <summary>
/// What waits until the log says that it is safe. The log's word may come on its sync thread, which must get back to syncing: what it sets free
/// is sent by a work item of the pool, all of it with one flush.
/// </summary>
// Owner: the stream. Its runner adds, the log's word releases on any thread, one sender at a time takes out.
// Lifetime: the stream's. Invariant: waiters leave in the order they came; none before its position is committed.
internal sealed class CommitQueue(ServerCore server, Account account, Action? roomMade = null) : IThreadPoolWorkItem
{
    // About what a gigabit of acknowledgements takes in a tenth of a second: with more waiting than that, the stream stores nothing new.
    private const long MaxBytes = 16L * 1024 * 1024;

    private readonly ConcurrentQueue<CommitWaiter> _waiting = new();

    // The next to leave, taken out of the queue by a sender that found it not due.
    private volatile CommitWaiter? _first;
    private long _firstPosition;
    private long _committed;
    private long _bytes;
    private int _hasSender;
    private int _wantsRoom;
    private volatile bool _hasFailed;

    /// <summary>Nothing waits.</summary>
    public bool IsEmpty => _waiting.IsEmpty && _first is null && Volatile.Read(ref _hasSender) == 0;

    /// <summary>The position up to which everything is safe.</summary>
    public long Committed => Volatile.Read(ref _committed);

    /// <summary>True where so much waits that nothing should be added; <c>roomMade</c> is called once when that is over.</summary>
    public bool IsFull()
    {
        if (Volatile.Read(ref _bytes) < MaxBytes) return false;
        Volatile.Write(ref _wantsRoom, 1);
        Interlocked.MemoryBarrier();
        // Sent in between: who freed the room may not have seen the wish.
        return Volatile.Read(ref _bytes) >= MaxBytes || Interlocked.Exchange(ref _wantsRoom, 0) == 0;
    }

    /// <summary>Adds a waiter; sends at once what needs no waiting. The runner's, inside no batch.</summary>
    public void Add(CommitWaiter waiter)
    {
        Interlocked.Add(ref _bytes, waiter.Bytes);
        _waiting.Enqueue(waiter);
        if (IsDue(waiter.Position)) Send();
    }

    /// <summary>Everything up to a position is safe. Any thread.</summary>
    /// <param name="inline">Send on this thread rather than on one of the pool.</param>
    public void OnCommitted(long position, bool inline)
    {
        long before = Volatile.Read(ref _committed);
        while (position > before)
        {
            long seen = Interlocked.CompareExchange(ref _committed, position, before);
            if (seen == before) break;
            before = seen;
        }

        Wake(inline);
    }

    /// <summary>Nothing more will ever be safe.</summary>
    public void Fail()
    {
        _hasFailed = true;
        Wake(inline: false);
    }

    void IThreadPoolWorkItem.Execute() => Send();

    private void Wake(bool inline)
    {
        if (!HasDue()) return;
        if (inline) Send();
        else if (Volatile.Read(ref _hasSender) == 0) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private bool IsDue(long position) => position <= Volatile.Read(ref _committed) || _hasFailed;

    // Of the first waiter only its position is looked at: peeking into the queue would keep it from using its memory again.
    private bool HasDue() => _first is null ? !_waiting.IsEmpty : IsDue(Volatile.Read(ref _firstPosition));

    private void Send()
    {
        while (HasDue())
        {
            // Who is sending looks again after it has left: it sees what came meanwhile.
            if (Interlocked.Exchange(ref _hasSender, 1) != 0) return;
            if (TakeDue() is { } due) SendDue(due);
            Interlocked.Exchange(ref _hasSender, 0);
        }
    }

    // The sender's. One that is not due stays first.
    private CommitWaiter? TakeDue()
    {
        if (_first is null)
        {
            if (!_waiting.TryDequeue(out CommitWaiter? next)) return null;
            Volatile.Write(ref _firstPosition, next.Position);
            _first = next;
        }

        if (!IsDue(_firstPosition)) return null;
        CommitWaiter due = _first!;
        _first = null;
        return due;
    }

    private void SendDue(CommitWaiter first)
    {
        DeliveryContext context = server.Contexts.Rent();
        long freed = 0;
        try
        {
            for (CommitWaiter? waiter = first; waiter is not null; waiter = TakeDue())
            {
                freed += waiter.Bytes;
                Complete(context, waiter);
            }
        }
        finally
        {
            context.Flush();
            server.Contexts.Return(context);
        }

        if (Interlocked.Add(ref _bytes, -freed) < MaxBytes && Interlocked.Exchange(ref _wantsRoom, 0) != 0) roomMade?.Invoke();
    }

    private void Complete(DeliveryContext context, CommitWaiter waiter)
    {
        try
        {
            if (waiter.Position <= Volatile.Read(ref _committed)) waiter.OnCommitted(context, account);
            else waiter.OnFailed(context, account);
        }
        catch (Exception exception)
        {
            StreamLog.ReplyFailed(server.Logger, exception, account.Name);
        }
    }
}
