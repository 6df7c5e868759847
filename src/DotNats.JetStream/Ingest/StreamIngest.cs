using System.Globalization;
using System.Numerics;
using System.Text;
using DotNats.JetStream.Streams;
using DotNats.Primitives;
using DotNats.Server;
using DotNats.Server.Connections;
using DotNats.Server.InternalClients;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Ingest;

/// <summary>Takes messages of a stream's subjects: the one copy of each, on the publisher's thread, into the queue of the stream's runner.</summary>
// Owner: the stream; any publisher of the account calls Deliver. Previous stop: MessageRouter. Next stop: StreamRunner.
// Lifetime: from Subscribe to Unsubscribe. Invariant: what waits is bounded in count and bytes; a producer that fills more than half of it is
// slowed down, one that finds no room is told so.
internal sealed class StreamIngest : ISubscriber, IStallPoint
{
    private readonly ServerCore _server;
    private readonly LiveStream _stream;
    private readonly StreamRunner _runner;
    private Subscription[] _subscriptions = [];
    private long _refused;

    public StreamIngest(ServerCore server, LiveStream stream, StreamRunner runner)
    {
        _server = server;
        _stream = stream;
        _runner = runner;
    }

    /// <summary>Whoever publishes with a reply subject is told what became of it.</summary>
    public bool Answers => !_stream.Config.NoAck;

    /// <summary>Messages there was no room for.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Listens to these subjects and to no others. One call at a time.</summary>
    public void Subscribe(IReadOnlyList<string> subjects)
    {
        Subscription[] before = _subscriptions;
        var after = new Subscription[subjects.Count];
        for (int i = 0; i < after.Length; i++)
        {
            byte[] subject = Encoding.UTF8.GetBytes(subjects[i]);
            after[i] = Array.Find(before, kept => kept.Subject.AsSpan().SequenceEqual(subject)) ?? Add(subject, i + 1);
        }

        _subscriptions = after;
        foreach (Subscription subscription in before)
        {
            if (!after.Contains(subscription)) Remove(subscription);
        }
    }

    /// <summary>Listens to nothing any more.</summary>
    public void Unsubscribe()
    {
        foreach (Subscription subscription in _subscriptions) Remove(subscription);
        _subscriptions = [];
    }

    public bool Deliver(DeliveryContext context, Subscription subscription, in Message message, ReadOnlySpan<byte> subject)
    {
        if (subscription.IsClosed) return false;
        // A message that is only traced is stored nowhere.
        if (message.Trace is { IsTraceOnly: true }) return true;
        // Posting may wake a thread, which is nothing to do under a connection's lock.
        context.ReleaseHeld();
        Span<byte> head = stackalloc byte[PublishRecord.HeadLength];
        PublishRecord.WriteHead(head, subject.Length, message.Reply.Length, Math.Max(0, message.HeaderLength));
        PostOutcome outcome = _runner.Records.TryPost(head, subject, message.Reply, message.Body[..message.Size]);
        if (!outcome.IsTaken)
        {
            Refuse(context, message.Reply);
            return true;
        }

        Interlocked.Increment(ref subscription.Delivered);
        if (outcome.MustWake && !context.TryDefer(_runner)) _runner.Schedule();
        context.WaitingBytes += message.Size;
        if (outcome.IsHigh) context.StalledBy ??= this;
        return true;
    }

    // Nobody says when there is room again: a pause is over before the half that is waiting could be stored.
    public bool TryPause(IPausedProducer producer) => _runner.Records.IsHigh;

    private void Refuse(DeliveryContext context, ReadOnlySpan<byte> reply)
    {
        // At 1, 2, 4, 8…: a flood is worth a line now and then, not one a message.
        if (BitOperations.IsPow2(Interlocked.Increment(ref _refused))) StreamLog.IngestFull(_server.Logger, _stream.Account.Name, _stream.Name, Refused);
        if (!reply.IsEmpty) InternalPublisher.Publish(context, _stream.Account, reply, default, "NATS/1.0 429 Too Many Requests\r\n\r\n"u8, _stream.Replies.TooManyRequests);
    }

    private Subscription Add(byte[] subject, int number)
    {
        byte[] id = Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));
        var subscription = new Subscription(this, subject, queue: null, new SubscriptionId(id));
        _stream.Account.AddInterest(subscription);
        return subscription;
    }

    private void Remove(Subscription subscription)
    {
        subscription.IsClosed = true;
        _stream.Account.RemoveInterest(subscription);
    }
}
