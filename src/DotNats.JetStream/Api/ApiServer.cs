using System.Text;
using DotNats.JetStream.Accounts;
using DotNats.JetStream.Service;
using DotNats.Primitives;
using DotNats.Server;
using DotNats.Server.Accounts;
using DotNats.Server.InternalClients;
using DotNats.Server.Monitoring;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Api;

/// <summary>
/// Answers <c>$JS.API.&gt;</c>. It listens in the system account; every other account imports the API from there, so that permissions, exports
/// and domains are those of any service.
/// </summary>
// Owner: JetStreamService. Publishers' threads leave requests in one of two bounded queues, whose runners call the handlers.
// Lifetime: from Start to Stop. Previous stop: Accounts/Services/ServiceImportSlot. Next stop: a handler, then the reply's service response.
internal sealed class ApiServer : ISubscriber
{
    // Bytes of requests that may wait; their number is configured.
    private const long MaxBytes = 64L * 1024 * 1024;

    // The same with those that are being answered and wait for a stream or a disk: their queue has let them go.
    private const long MaxInflightBytes = 3 * MaxBytes;

    private readonly ServerCore _server;
    private readonly JetStreamService _service;
    private readonly ApiRouter _router;
    private readonly Mailbox<ApiRequest> _requests;
    private readonly Mailbox<ApiRequest> _information;
    private readonly Subscription _subscription;
    private readonly long _maxInflight;
    private long _inflightBytes;

    public ApiServer(ServerCore server, JetStreamService service)
    {
        JetStreamOptions options = server.Options.JetStream;
        _server = server;
        _service = service;
        _router = new ApiRouter(server, service);
        long information = options.InfoQueueLimit ?? options.RequestQueueLimit;
        _maxInflight = Math.Max(1, options.RequestQueueLimit) + Math.Max(1, information);
        _requests = Queue(options.RequestQueueLimit);
        _information = Queue(information);
        _subscription = new Subscription(this, Encoding.UTF8.GetBytes(ApiSubjects.All), queue: null, new SubscriptionId("1"u8));
    }

    private Account System => _server.Accounts.System!;

    public void Start()
    {
        System.AddInterest(_subscription);
        if (_server.JetStreamSilence is not { } silence) return;
        _server.JetStreamSilence = null;
        System.RemoveInterest(silence);
    }

    // Compat: where a reload switches JetStream off, who asks is not told that nobody is there.
    public void Stop()
    {
        var silence = new Subscription(new Silence(), _subscription.Subject, queue: null, _subscription.Id);
        _server.Accounts.System?.AddInterest(silence);
        _server.JetStreamSilence = silence;
        _subscription.IsClosed = true;
        _server.Accounts.System?.RemoveInterest(_subscription);
        _requests.Close();
        _information.Close();
    }

    public void CopyQueues(List<QueueFacts> target)
    {
        target.Add(Describe("JetStream API queue", _requests));
        target.Add(Describe("JetStream API info queue", _information));
    }

    public bool Deliver(DeliveryContext context, Subscription subscription, in Message message, ReadOnlySpan<byte> subject)
    {
        if (subscription.IsClosed) return false;
        if (message.Trace is { IsTraceOnly: true }) return true;
        context.ReleaseHeld();
        Interlocked.Increment(ref subscription.Delivered);
        if (RouteOf(in message, subject) is not { } route) return true;
        var request = new ApiRequest(route, in message, subject);
        Mailbox<ApiRequest> queue = request.Route.IsInformation ? _information : _requests;
        if (TryBegin(request))
        {
            if (queue.TryPost(request, request.Bytes)) return true;
            End(request);
        }

        _service.Advisories.OnRequestDropped(queue.Count);
        return true;
    }

    // Compat: what is no request is not answered; neither are those that other parts take, direct gets for instance.
    private ApiRoute? RouteOf(in Message message, ReadOnlySpan<byte> subject) =>
        message.Via is not null || subject.SequenceEqual("$JS.API.INFO"u8) ? _router.Find(subject) : message.Origin is null ? null : RouteOfSystem(subject);

    // Compat: clients of the system account, which has no streams, are told so whatever they ask for; of what is about the server itself a
    // server alone does the one thing it can.
    private ApiRoute? RouteOfSystem(ReadOnlySpan<byte> subject)
    {
        if (subject.StartsWith("$JS.API.ACCOUNT."u8)) return Subjects.Matches(subject, "$JS.API.ACCOUNT.PURGE.*"u8) ? _router.AccountPurge : null;
        bool isForClusters = subject.SequenceEqual("$JS.API.META.LEADER.STEPDOWN"u8) || subject.SequenceEqual("$JS.API.SERVER.REMOVE"u8)
            || subject.SequenceEqual("$JS.API.SERVER.EVACUATE"u8) || subject.SequenceEqual("$JS.API.META.RESCUE"u8);
        return isForClusters ? null : _router.NotForSystem;
    }

    private Mailbox<ApiRequest> Queue(long limit) =>
        new(Handle, error => ApiLog.HandlerFailed(_server.Logger, error), (int)Math.Clamp(limit, 1, int.MaxValue), MaxBytes);

    private static QueueFacts Describe(string name, Mailbox<ApiRequest> queue) =>
        new(name, Math.Max(0, queue.Count - (queue.IsHandling ? 1 : 0)), queue.IsHandling ? 1 : 0);

    private bool TryBegin(ApiRequest request)
    {
        if (_service.Statistics.Inflight >= _maxInflight || Volatile.Read(ref _inflightBytes) >= MaxInflightBytes) return false;
        _service.Statistics.Begin();
        Interlocked.Add(ref _inflightBytes, request.Bytes);
        return true;
    }

    private void End(ApiRequest request)
    {
        _service.Statistics.End();
        Interlocked.Add(ref _inflightBytes, -request.Bytes);
    }

    // Up to the first wait in the queue's order; what waits for a stream lets the next request go on.
    private void Handle(ApiRequest request)
    {
        ValueTask task = AnswerAsync(request);
        if (!task.IsCompletedSuccessfully) _ = ObserveAsync(task);
    }

    private async Task ObserveAsync(ValueTask task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            ApiLog.HandlerFailed(_server.Logger, exception);
        }
    }

    private async ValueTask AnswerAsync(ApiRequest request)
    {
        try
        {
            request.Account = FindAccount(request.Requestor);
            if (request.Account is null) return;
            request.Streams = _service.Find(request.Account);
            if (await ApiRouter.HandleAsync(request).ConfigureAwait(false) is { } answer) Send(request, answer);
        }
        finally
        {
            End(request);
        }
    }

    private Account? FindAccount(Requestor? requestor)
    {
        if (requestor is null) return _server.Accounts.System;
        return _server.Accounts.TryGet(requestor.StreamAccount, out Account? account) ? account : null;
    }

    private void Send(ApiRequest request, ApiAnswer answer)
    {
        if (answer.IsCounted && request.Streams is { } streams)
        {
            streams.Statistics.Count(answer.IsError);
            _service.Statistics.Count(answer.IsError);
        }

        if (request.Reply.Length > 0) InternalPublisher.Publish(_server, System, request.Reply, default, answer.Headers.Span, answer.Json);
        if (answer.IsCounted) _service.Advisories.Audit(request, answer.Json);
        answer.Sent?.Invoke();
    }

    /// <summary>Takes requests that nobody answers.</summary>
    private sealed class Silence : ISubscriber
    {
        public bool Deliver(DeliveryContext context, Subscription subscription, in Message message, ReadOnlySpan<byte> subject) => true;
    }
}
