using System.Buffers.Binary;
using System.Text;
using DotNats.JetStream.Ingest;
using DotNats.Primitives;
using DotNats.Server;
using DotNats.Server.Accounts;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Origins;

/// <summary>Takes what the consumers of a stream's origins send: the one copy of each message, on the thread that brings it, into a queue of its own.</summary>
// Owner: StreamOrigins listens and takes, any thread delivers. Invariant: what waits is bounded; what finds no room is missed later and sent again.
// Previous stop: MessageRouter. Next stop: CopyCommand, on the stream's runner.
internal sealed class OriginInbox(ServerCore server, Account account, Action wake)
{
    // More than MaxBytes has room for: bytes are what flow control counts.
    private const int MaxMessages = 1_000_000;

    // Twice what flow control lets one consumer have on its way.
    private const long MaxBytes = 64L * 1024 * 1024;

    private const int NumberLength = 4;

    public RecordQueue Records { get; } = new(server.Chunks, MaxMessages, MaxBytes);

    /// <summary>Listens to a subject.</summary>
    /// <param name="number">Stands before every record that comes this way.</param>
    public OriginSubscription Listen(string subject, int number)
    {
        var subscription = new OriginSubscription(this, subject, number) { HeardAt = server.Time.GetTimestamp() };
        account.AddInterest(subscription.Entry);
        return subscription;
    }

    public void Unlisten(OriginSubscription subscription)
    {
        subscription.Entry.IsClosed = true;
        account.RemoveInterest(subscription.Entry);
    }

    /// <summary>Keeps a message for the stream's runner.</summary>
    public void Post(OriginSubscription subscription, in Message message, ReadOnlySpan<byte> subject)
    {
        Span<byte> head = stackalloc byte[NumberLength + PublishRecord.HeadLength];
        BinaryPrimitives.WriteInt32LittleEndian(head, subscription.Number);
        PublishRecord.WriteHead(head[NumberLength..], subject.Length, message.Reply.Length, Math.Max(0, message.HeaderLength));
        PostOutcome outcome = Records.TryPost(head, subject, message.Reply, message.Body[..message.Size]);
        subscription.HeardAt = server.Time.GetTimestamp();
        if (outcome.MustWake) wake();
    }

    /// <summary>Reads a record from the queue.</summary>
    public static PublishRecord Read(ReadOnlySpan<byte> record, out int number)
    {
        number = BinaryPrimitives.ReadInt32LittleEndian(record);
        return new PublishRecord(record[NumberLength..]);
    }
}

/// <summary>One interest in what an origin's consumer sends.</summary>
internal sealed class OriginSubscription : ISubscriber
{
    private readonly OriginInbox _inbox;
    private long _heardAt;

    public OriginSubscription(OriginInbox inbox, string subject, int number)
    {
        (_inbox, Number) = (inbox, number);
        Entry = new Subscription(this, Encoding.UTF8.GetBytes(subject), queue: null, new SubscriptionId("1"u8));
    }

    /// <summary>What the account's table holds.</summary>
    public Subscription Entry { get; }

    /// <summary>Which of the consumers one after the other.</summary>
    public int Number { get; }

    /// <summary>When something came last, as the server's clock counts.</summary>
    public long HeardAt
    {
        get => Volatile.Read(ref _heardAt);
        set => Volatile.Write(ref _heardAt, value);
    }

    public bool Deliver(DeliveryContext context, Subscription subscription, in Message message, ReadOnlySpan<byte> subject)
    {
        if (subscription.IsClosed) return false;
        if (message.Trace is { IsTraceOnly: true }) return true;
        // Posting may wake a thread, which is nothing to do under a connection's lock.
        context.ReleaseHeld();
        Interlocked.Increment(ref subscription.Delivered);
        _inbox.Post(this, in message, subject);
        return true;
    }
}
