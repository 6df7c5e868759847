using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using DotNats.Primitives;
using DotNats.Protocol.Text;
using DotNats.Server;
using DotNats.Server.Accounts;
using DotNats.Server.InternalClients;
using DotNats.Server.Routing;

namespace DotNats.Mqtt.Store;

/// <summary>Asks JetStream: stores messages and calls its API, as any client of the account would.</summary>
// Owner: MqttAccount. Any thread. Lifetime: until disposed, which ends what waits.
// Invariant: what waits is bounded by who asks: one connection has one request at a time, or one for each retained message of a bounded run.
internal sealed class MqttApi : ISubscriber, IDisposable
{
    private const string ApiPrefix = "$JS.API.";

    private readonly ConcurrentDictionary<string, Pending> _pending = new(StringComparer.Ordinal);
    private readonly ServerCore _server;
    private readonly Account _account;
    private readonly string _replyPrefix;
    private readonly string _domain;
    private readonly Subscription _subscription;
    private readonly Nuid _ids = new();
    private volatile bool _isDisposed;

    /// <param name="id">Which server asks.</param>
    /// <param name="domain">Of the JetStream that is asked; empty for the server's own.</param>
    public MqttApi(ServerCore server, Account account, string id, string domain)
    {
        (_server, _account, _domain) = (server, account, domain);
        _replyPrefix = $"{MqttSubjects.AnswerPrefix}{id}.";
        _subscription = new Subscription(this, Encoding.UTF8.GetBytes(_replyPrefix + ">"), queue: null, new SubscriptionId("1"u8));
        account.AddInterest(_subscription);
    }

    /// <summary>How long an answer may take.</summary>
    public static TimeSpan TimeoutOf(NatsServerOptions options) => options.Mqtt is { JetStreamApiTimeout: { Ticks: > 0 } timeout } ? timeout : TimeSpan.FromSeconds(5);

    /// <summary>A name nobody else has.</summary>
    public string NextId() => _ids.Next();

    /// <summary>Calls the API.</summary>
    /// <param name="kind">Two letters that reply subjects show, nats-server's.</param>
    /// <param name="call">The subject without <c>$JS.API.</c></param>
    public Task<MqttAnswer> CallAsync(string kind, string call, ReadOnlySpan<byte> body) => RequestAsync(null, kind, Addressed(call), "", default, body);

    /// <summary>Calls the API and wants no answer.</summary>
    public void Tell(string call, ReadOnlySpan<byte> body) => Send(null, Addressed(call), default, body);

    /// <summary>Publishes and wants no answer.</summary>
    /// <param name="context">The batch it leaves with; null sends it at once.</param>
    public void Send(DeliveryContext? context, string subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        if (!_isDisposed) Publish(context, Encoding.UTF8.GetBytes(subject), default, headers, payload);
    }

    /// <summary>Has a message stored by the stream that listens to its subject.</summary>
    /// <param name="context">The batch it leaves with; null sends it at once.</param>
    public Task<MqttAnswer> StoreAsync(DeliveryContext? context, string subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload) =>
        RequestAsync(context, "MS", subject, "", headers, payload);

    /// <summary>Has a session stored; other servers hear of it by the hash in the reply subject.</summary>
    public Task<MqttAnswer> StoreSessionAsync(string subject, string hash, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> record) =>
        RequestAsync(null, "SP", subject, hash + ".", headers, record);

    public bool Deliver(DeliveryContext context, Subscription subscription, in Message message, ReadOnlySpan<byte> subject)
    {
        if (subscription.IsClosed) return false;
        if (message.Trace is { IsTraceOnly: true }) return true;
        context.ReleaseHeld();
        string id = Encoding.UTF8.GetString(subject[(subject.LastIndexOf((byte)'.') + 1)..]);
        if (!_pending.TryRemove(id, out Pending? pending)) return true;
        Interlocked.Increment(ref subscription.Delivered);
        pending.Answer(MqttAnswer.Read(message.Body[Math.Max(0, message.HeaderLength)..message.Size]));
        return true;
    }

    public void Dispose()
    {
        _isDisposed = true;
        _subscription.IsClosed = true;
        _account.RemoveInterest(_subscription);
        foreach (string id in _pending.Keys)
        {
            if (_pending.TryRemove(id, out Pending? pending)) pending.Answer(MqttAnswer.Failed("server is not running"));
        }
    }

    private string Addressed(string call) => _domain.Length == 0 ? ApiPrefix + call : $"$JS.{_domain}.API.{call}";

    private Task<MqttAnswer> RequestAsync(DeliveryContext? context, string kind, string subject, string hash, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> body)
    {
        string id = _ids.Next();
        string reply = $"{_replyPrefix}{kind}.{hash}{id}";
        var pending = new Pending(this, id, kind, subject, reply);
        _pending[id] = pending;
        if (_isDisposed && _pending.TryRemove(id, out _)) pending.Answer(MqttAnswer.Failed("server is not running"));
        else _server.Timers.Schedule(pending, TimeoutOf(_server.Options));
        Publish(context, Encoding.UTF8.GetBytes(subject), Encoding.UTF8.GetBytes(reply), headers, body);
        return pending.Task;
    }

    private void Publish(DeliveryContext? context, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> reply, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        if (context is null) InternalPublisher.Publish(_server, _account, subject, reply, headers, payload);
        else InternalPublisher.Publish(context, _account, subject, reply, headers, payload);
    }

    // Whoever takes it out of _pending answers: the reply, the timer or the end.
    private sealed class Pending(MqttApi owner, string id, string kind, string subject, string reply) : WheelTimer
    {
        private readonly TaskCompletionSource<MqttAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly long _start = owner._server.Time.GetTimestamp();

        public Task<MqttAnswer> Task => _answer.Task;

        public void Answer(MqttAnswer answer)
        {
            owner._server.Timers.Cancel(this);
            _answer.SetResult(answer);
        }

        protected override void OnExpired()
        {
            if (!owner._pending.TryRemove(id, out _)) return;
            string after = GoDuration.Format(owner._server.Time.GetElapsedTime(_start));
            _answer.SetResult(MqttAnswer.Failed(string.Create(CultureInfo.InvariantCulture, $"timeout after {after}: request type \"{kind}\" on \"{subject}\" (reply=\"{reply}\")")));
        }
    }
}
