using System.Collections.Concurrent;
using DotNats.Primitives;
using DotNats.Server;
using DotNats.Server.Accounts;
using DotNats.Server.Routing;
using Microsoft.Extensions.Logging;

namespace DotNats.JetStream.Streams;

/// <summary>
/// What waits until the log says that it is safe. In the turn of the stream's runner that is sent at once; where the log's word comes from
/// elsewhere, by <see cref="CommitSender"/>.
/// </summary>
// Owner: the stream. Its runner adds, the log's word releases on any thread, one sender at a time takes out.
// Lifetime: the stream's. Invariant: waiters leave in the order they came; none before its position is committed.
internal sealed class CommitQueue(ServerCore server, Account account, CommitSender sender, Action? roomMade = null) : IThreadPoolWorkItem
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

    /// <summary>What the runner's turn belongs to, and leaves with; null where it runs by itself. The runner's, set while it has something decided.</summary>
    public DeliveryContext? Context { get; set; }

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

    /// <summary>Adds a waiter; sends at once what needs no waiting. The runner's.</summary>
    public void Add(CommitWaiter waiter)
    {
        Interlocked.Add(ref _bytes, waiter.Bytes);
        _waiting.Enqueue(waiter);
        if (IsDue(waiter.Position)) Send(Context);
    }

    /// <summary>Everything up to a position is safe, as the log says in the runner's turn: what that sets free is sent at once.</summary>
    public void OnCommittedInTurn(long position)
    {
        RaiseTo(position);
        Send(Context);
    }

    /// <summary>Everything up to a position is safe. Any thread; whoever says so calls <see cref="CommitSender.Send"/>.</summary>
    public void OnCommitted(long position)
    {
        RaiseTo(position);
        if (HasDue()) sender.Add(this);
    }

    /// <summary>Nothing more will ever be safe.</summary>
    public void Fail()
    {
        _hasFailed = true;
        if (HasDue()) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute() => Send(context: null);

    /// <summary>Sends what is due, unless somebody does already. Any thread.</summary>
    /// <param name="context">What it leaves with; null sends it here.</param>
    public void Send(DeliveryContext? context)
    {
        while (HasDue())
        {
            // Who is sending looks again after it has left: it sees what came meanwhile.
            if (Interlocked.Exchange(ref _hasSender, 1) != 0) return;
            if (TakeDue() is { } due) SendDue(context, due);
            Interlocked.Exchange(ref _hasSender, 0);
        }
    }

    private void RaiseTo(long position)
    {
        long before = Volatile.Read(ref _committed);
        while (position > before)
        {
            long seen = Interlocked.CompareExchange(ref _committed, position, before);
            if (seen == before) break;
            before = seen;
        }
    }

    private bool IsDue(long position) => position <= Volatile.Read(ref _committed) || _hasFailed;

    // Of the first waiter only its position is looked at: peeking into the queue would keep it from using its memory again.
    private bool HasDue() => _first is null ? !_waiting.IsEmpty : IsDue(Volatile.Read(ref _firstPosition));

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

    private void SendDue(DeliveryContext? given, CommitWaiter first)
    {
        DeliveryContext context = given ?? server.Contexts.Rent();
        long freed = 0;
        try
        {
            for (CommitWaiter? waiter = first; waiter is not null; waiter = TakeDue())
            {
                freed += waiter.Bytes;
                Complete(context, waiter);
                if (context.UnflushedBytes > ChunkPool.LargestChunk) context.FlushDirty();
            }
        }
        finally
        {
            if (given is null)
            {
                context.Flush();
                server.Contexts.Return(context);
            }
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
