using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using DotNats.Client.Wire;

namespace DotNats.Client.Requests;

/// <summary>All requests of a connection over one subscription: each has a number, the last token of its reply subject.</summary>
// Owner: any thread asks, the receive loop answers. Lifetime: the connection's; an entry lives as long as its call.
internal sealed class RequestMux(string inbox)
{
    /// <summary>Sid of the one subscription.</summary>
    public const int SubscriptionId = 1;

    /// <summary>No responders: status of the server's own answer.</summary>
    private const int NoRespondersStatus = 503;

    private readonly ConcurrentDictionary<long, PendingRequest> _pending = new();
    private readonly int _prefixBytes = Encoding.UTF8.GetByteCount(inbox) + 1;
    private long _last;
    private int _subscribed;

    /// <summary>What to subscribe to.</summary>
    public string Filter { get; } = $"{inbox}.*";

    /// <summary>True for the caller that has to subscribe.</summary>
    public bool ClaimSubscribe() => Volatile.Read(ref _subscribed) == 0 && Interlocked.Exchange(ref _subscribed, 1) == 0;

    /// <summary>Registers a request before it is sent.</summary>
    public PendingRequest Begin(string subject)
    {
        long number = Interlocked.Increment(ref _last);
        var request = new PendingRequest(number, subject, string.Create(CultureInfo.InvariantCulture, $"{inbox}.{number}"));
        _pending[number] = request;
        return request;
    }

    public void End(PendingRequest request) => _pending.TryRemove(request.Number, out _);

    /// <summary>A message for the subscription; answers nobody waits for any more are dropped.</summary>
    public void OnMessage(NatsConnection connection, in ServerOperation operation)
    {
        if (operation.Subject.Length <= _prefixBytes) return;
        ReadOnlySpan<byte> token = operation.Subject[_prefixBytes..];
        if (!Utf8Parser.TryParse(token, out long number, out int used) || used != token.Length) return;
        if (!_pending.TryRemove(number, out PendingRequest? request)) return;
        NatsHeaders? headers = operation.Headers.IsEmpty ? null : HeaderReader.Read(operation.Headers);
        if (headers is { Status: NoRespondersStatus } && operation.Payload.IsEmpty) request.Answer.TrySetException(new NatsNoRespondersException(request.Subject));
        else request.Answer.TrySetResult(connection.ToMessage(request.ReplySubject, in operation, headers));
    }

    public void Fail(Exception cause)
    {
        foreach (PendingRequest request in _pending.Values)
        {
            request.Answer.TrySetException(cause);
            // Looked at: its caller may just have given up, and the runtime would report it as forgotten.
            _ = request.Answer.Task.Exception;
        }
    }
}

/// <summary>A request that waits for its answer.</summary>
internal sealed class PendingRequest(long number, string subject, string replySubject)
{
    public long Number { get; } = number;

    public string Subject { get; } = subject;

    public string ReplySubject { get; } = replySubject;

    public TaskCompletionSource<NatsMessage> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
