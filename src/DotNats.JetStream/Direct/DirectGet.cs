using System.Diagnostics;
using System.Text;
using DotNats.JetStream.Api;
using DotNats.JetStream.Ingest;
using DotNats.JetStream.Streams;
using DotNats.Primitives;
using DotNats.Server;
using DotNats.Server.InternalClients;
using DotNats.Server.Routing;
using Microsoft.Extensions.Logging;

namespace DotNats.JetStream.Direct;

/// <summary>Answers direct gets of one stream (<c>allow_direct</c>): straight from its log, beside its runner and without the API.</summary>
/// <remarks>
/// What takes a moment is answered where it is asked, and leaves with the requester's batch. Requests for many messages, and all of them when reading
/// had to wait for the disk lately, are answered by a work item of the pool, a batch of them with one flush.
/// </remarks>
// Owner: the stream. Requesters' threads answer or post, one reader at a time takes what was posted. Lifetime: from Subscribe to Unsubscribe.
// Invariant: _here is used by whoever took it out.
internal sealed class DirectGet : ISubscriber, IThreadPoolWorkItem
{
    // What may wait; more is refused.
    private const int MaxRequests = 16_384;
    private const long MaxBytes = 16L * 1024 * 1024;

    // Requests of more bytes name many subjects.
    private const int MostQuickBytes = 512;

    // Compat: the queue group of nats-server, in which mirrors answer too.
    private static readonly byte[] Group = "_sys_"u8.ToArray();

    private readonly ServerCore _server;
    private readonly LiveStream _stream;
    private readonly RecordQueue _requests;
    private readonly DirectReader _reader;
    private readonly LoopPace _pace = new();
    private DirectReader? _here;
    private Subscription[] _subscriptions = [];
    private Subscription[] _forOrigin = [];

    public DirectGet(ServerCore server, LiveStream stream)
    {
        _server = server;
        _stream = stream;
        _requests = new RecordQueue(server.Chunks, MaxRequests, MaxBytes);
        _reader = new DirectReader(server, stream);
        _here = new DirectReader(server, stream);
    }

    /// <summary>Answers from now on, or no more.</summary>
    public void Subscribe(bool allowed)
    {
        if (allowed == _subscriptions.Length > 0) return;
        if (!allowed)
        {
            Close(ref _subscriptions);
            return;
        }

        _subscriptions = [Make(ApiSubjects.DirectGet(_stream.Name), "1"u8), Make(ApiSubjects.DirectGetBySubject(_stream.Name), "2"u8)];
        foreach (Subscription subscription in _subscriptions) _stream.Account.AddInterest(subscription);
    }

    /// <summary>Answers also in the name of the stream that this one mirrors. The stream's runner.</summary>
    public void AnswerFor(string origin)
    {
        if (_forOrigin.Length > 0) return;
        _forOrigin = [Make(ApiSubjects.DirectGet(origin), "3"u8), Make(ApiSubjects.DirectGetBySubject(origin), "4"u8)];
        foreach (Subscription subscription in _forOrigin) _stream.Account.AddInterest(subscription);
    }

    /// <summary>Answers in its own name alone.</summary>
    public void AnswerForItself() => Close(ref _forOrigin);

    public void Unsubscribe()
    {
        Close(ref _subscriptions);
        Close(ref _forOrigin);
    }

    private void Close(ref Subscription[] subscriptions)
    {
        foreach (Subscription subscription in subscriptions)
        {
            subscription.IsClosed = true;
            _stream.Account.RemoveInterest(subscription);
        }

        subscriptions = [];
    }

    public bool Deliver(DeliveryContext context, Subscription subscription, in Message message, ReadOnlySpan<byte> subject)
    {
        if (subscription.IsClosed) return false;
        // Nobody to answer.
        if (message.Reply.IsEmpty || message.Trace is { IsTraceOnly: true }) return true;
        context.ReleaseHeld();
        Interlocked.Increment(ref subscription.Delivered);
        if (context.RunsWork && MayBeQuick(in message) && TryAnswerHere(context, new PublishRecord(in message, subject))) return true;
        Span<byte> head = stackalloc byte[PublishRecord.HeadLength];
        PublishRecord.WriteHead(head, subject.Length, message.Reply.Length, Math.Max(0, message.HeaderLength));
        PostOutcome outcome = _requests.TryPost(head, subject, message.Reply, message.Body[..message.Size]);
        if (!outcome.IsTaken) InternalPublisher.Publish(context, _stream.Account, message.Reply, default, DirectReply.TooManyRequests, default);
        else if (outcome.MustWake) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return true;
    }

    // Of how many messages it asks for stands in its payload.
    private static bool MayBeQuick(in Message message)
    {
        ReadOnlySpan<byte> request = message.Body[Math.Max(0, message.HeaderLength)..message.Size];
        return request.IsEmpty || (request.Length <= MostQuickBytes && request.IndexOf("batch"u8) < 0 && request.IndexOf("multi_last"u8) < 0);
    }

    private bool TryAnswerHere(DeliveryContext context, in PublishRecord request)
    {
        long start = Stopwatch.GetTimestamp();
        if (!_pace.IsQuick(start) || Interlocked.Exchange(ref _here, null) is not { } reader) return false;
        try
        {
            reader.Answer(context, in request);
        }
        catch (Exception exception)
        {
            StreamLog.ReadFailed(_server.Logger, exception, _stream.Account.Name, _stream.Name);
        }

        Volatile.Write(ref _here, reader);
        _pace.Note(start, Stopwatch.GetTimestamp());
        return true;
    }

    void IThreadPoolWorkItem.Execute()
    {
        do
        {
            while (_requests.Take() is { } batch)
            {
                Answer(batch);
                _requests.GiveBack(batch);
            }
        }
        while (!_requests.TryRest());
    }

    private void Answer(RecordBatch batch)
    {
        DeliveryContext context = _server.Contexts.Rent();
        try
        {
            foreach (ReadOnlySpan<byte> record in batch) _reader.Answer(context, new PublishRecord(record));
        }
        catch (Exception exception)
        {
            StreamLog.ReadFailed(_server.Logger, exception, _stream.Account.Name, _stream.Name);
        }
        finally
        {
            context.Flush();
            _server.Contexts.Return(context);
        }
    }

    private Subscription Make(string subject, ReadOnlySpan<byte> id) => new(this, Encoding.UTF8.GetBytes(subject), Group, new SubscriptionId(id));
}
