using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using DotNats.Client.Requests;
using DotNats.Client.Wire;
using DotNats.Primitives;
using DotNats.Protocol;

namespace DotNats.Client;

/// <summary>A connection to a NATS server. <c>await using var nats = await NatsConnection.ConnectAsync();</c></summary>
/// <remarks>
/// Any thread may use it. Everything that waits is bounded: publishing by <see cref="NatsConnectionOptions.MaxPendingBytes"/>, receiving by
/// <see cref="NatsSubscriptionOptions.QueueCapacity"/>. It does not reconnect: when the connection is lost, <see cref="Completion"/> completes,
/// subscriptions end and calls throw <see cref="NatsConnectionClosedException"/>.
/// </remarks>
// Owner: any thread, through Outbound and concurrent tables; the receive loop alone calls what is marked so. ConnectionLife owns stream and end.
public sealed class NatsConnection : IAsyncDisposable
{
    private static readonly SearchValues<char> NotInSubjects = SearchValues.Create(" \t\r\n");

    private readonly NatsConnectionOptions _options;
    private readonly Outbound _outbound;
    private readonly ConnectionLife _life;
    private readonly ConcurrentDictionary<int, NatsSubscription> _subscriptions = new();
    private readonly Nuid _nuid = new();
    private readonly RequestMux _requests;
    private ServerInfo _serverInfo;
    private int _lastSubscriptionId = RequestMux.SubscriptionId;
    private int _disposed;

    private NatsConnection(NatsConnectionOptions options, Handshake handshake)
    {
        _options = options;
        _serverInfo = handshake.Info;
        IsTls = handshake.IsTls;
        _outbound = new Outbound(options.MaxPendingBytes);
        _life = new ConnectionLife(handshake.Stream, _outbound, options);
        _requests = new RequestMux(NewInbox());
        _outbound.Append(ConnectLine.Write(options, handshake.Credentials, handshake.Info, handshake.IsTls));
        _ = _life.RunAsync(handshake.Buffer, this);
    }

    /// <summary>What no call is there to report. Raised on the receiving task: a handler must not block; what it throws is dropped.</summary>
    public event EventHandler<NatsErrorEventArgs>? ErrorOccurred;

    /// <summary>The server told something new of itself, for example <see cref="ServerInfo.LameDuckMode"/>. Raised like <see cref="ErrorOccurred"/>.</summary>
    public event EventHandler<ServerInfo>? ServerInfoChanged;

    /// <summary>The latest INFO.</summary>
    public ServerInfo ServerInfo => Volatile.Read(ref _serverInfo);

    public bool IsTls { get; }

    /// <summary>False once the connection has ended.</summary>
    public bool IsConnected => _life.Closed is null;

    /// <summary>Completes when the connection has ended, whoever ended it; never faults. <see cref="CloseCause"/> says why.</summary>
    public Task Completion => _life.Completion;

    /// <summary>Why the connection ended; null while it lives and where this side closed it.</summary>
    public Exception? CloseCause => _life.Cause;

    /// <summary>Connects and logs in.</summary>
    /// <exception cref="NatsServerException">The server refused, for example with <c>Authorization Violation</c>.</exception>
    /// <exception cref="TimeoutException">No answer within <see cref="NatsConnectionOptions.ConnectTimeout"/>.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">Nobody listens there.</exception>
    /// <exception cref="NatsException">The peer speaks something else, or closed the connection.</exception>
    public static async Task<NatsConnection> ConnectAsync(NatsConnectionOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new NatsConnectionOptions();
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var handshake = new Handshake(options);
            await handshake.OpenAsync(either.Token).ConfigureAwait(false);
            var connection = new NatsConnection(options, handshake);
            await connection.LogInAsync(either.Token).ConfigureAwait(false);
            return connection;
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{options} did not complete the connection within {options.ConnectTimeout}.", exception);
        }
    }

    /// <summary>Speaks NATS over an open stream, which the connection then owns: <c>ConnectAsync(server.ConnectInProcess())</c>.</summary>
    public static Task<NatsConnection> ConnectAsync(Stream stream, NatsConnectionOptions? options = null, CancellationToken cancellationToken = default) =>
        ConnectAsync((options ?? new NatsConnectionOptions()) with { StreamFactory = _ => ValueTask.FromResult(stream) }, cancellationToken);

    /// <summary>Publishes unless too much waits already: then nothing happens and it returns false.</summary>
    /// <exception cref="ArgumentException">The subject or reply is empty or holds a blank or line end.</exception>
    /// <exception cref="NatsException">The message is larger than the server's <c>max_payload</c>, or it has headers and the server takes none.</exception>
    /// <exception cref="NatsConnectionClosedException">The connection has ended.</exception>
    public bool TryPublish(string subject, ReadOnlySpan<byte> payload, string? reply = null, NatsHeaders? headers = null) =>
        Publish(subject, payload, reply, Check(subject, payload.Length, reply, headers));

    /// <summary>Publishes; waits while too much waits to be sent. Completing says that it will be sent, not that it was received.</summary>
    /// <inheritdoc cref="TryPublish" path="/exception"/>
    public ValueTask PublishAsync(string subject, ReadOnlyMemory<byte> payload, string? reply = null, NatsHeaders? headers = null, CancellationToken cancellationToken = default)
    {
        string? headerText = Check(subject, payload.Length, reply, headers);
        return Publish(subject, payload.Span, reply, headerText) ? default : PublishSlowAsync(subject, payload, reply, headerText, cancellationToken);
    }

    /// <summary>Publishes text as UTF-8.</summary>
    /// <inheritdoc cref="TryPublish" path="/exception"/>
    public ValueTask PublishAsync(string subject, string text, string? reply = null, NatsHeaders? headers = null, CancellationToken cancellationToken = default) =>
        PublishAsync(subject, Encoding.UTF8.GetBytes(text), reply, headers, cancellationToken);

    /// <summary>Subscribes. The server may still refuse, which <see cref="ErrorOccurred"/> tells; <see cref="PingAsync"/> makes sure it knows.</summary>
    /// <exception cref="ArgumentException">The subject or queue group is empty or holds a blank or line end.</exception>
    /// <exception cref="NatsConnectionClosedException">The connection has ended.</exception>
    public NatsSubscription Subscribe(string subject, NatsSubscriptionOptions? options = null)
    {
        options ??= new NatsSubscriptionOptions();
        CheckSubject(subject, nameof(subject));
        if (options.QueueGroup is not null) CheckSubject(options.QueueGroup, nameof(options));
        int id = Interlocked.Increment(ref _lastSubscriptionId);
        var subscription = new NatsSubscription(this, id, subject, options);
        _subscriptions[id] = subscription;
        string queue = options.QueueGroup is null ? "" : options.QueueGroup + " ";
        string limit = options.MaxMessages > 0 ? $"UNSUB {id} {options.MaxMessages}\r\n" : "";
        if (_outbound.Append(Encoding.UTF8.GetBytes($"SUB {subject} {queue}{id}\r\n{limit}")) == AppendResult.Ok) return subscription;
        _subscriptions.TryRemove(id, out _);
        throw NatsConnectionClosedException.Because(CloseCause);
    }

    /// <summary>Subscribes as a member of a queue group.</summary>
    /// <inheritdoc cref="Subscribe(string, NatsSubscriptionOptions?)" path="/exception"/>
    public NatsSubscription Subscribe(string subject, string queueGroup) => Subscribe(subject, new NatsSubscriptionOptions { QueueGroup = queueGroup });

    /// <summary>Publishes with a reply subject of its own and returns the first answer.</summary>
    /// <exception cref="NatsNoRespondersException">Nobody listens on the subject.</exception>
    /// <exception cref="TimeoutException">No answer within <paramref name="timeout"/> (default <see cref="NatsConnectionOptions.RequestTimeout"/>).</exception>
    /// <inheritdoc cref="TryPublish" path="/exception"/>
    public async Task<NatsMessage> RequestAsync(
        string subject, ReadOnlyMemory<byte> payload, TimeSpan? timeout = null, NatsHeaders? headers = null, CancellationToken cancellationToken = default)
    {
        if (_requests.ClaimSubscribe()) _outbound.Append(Encoding.UTF8.GetBytes($"SUB {_requests.Filter} {RequestMux.SubscriptionId}\r\n"));
        PendingRequest request = _requests.Begin(subject);
        try
        {
            await PublishAsync(subject, payload, request.ReplySubject, headers, cancellationToken).ConfigureAwait(false);
            return await request.Answer.Task.WaitAsync(timeout ?? _options.RequestTimeout, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"No answer on \"{subject}\" within {timeout ?? _options.RequestTimeout}.");
        }
        finally
        {
            _requests.End(request);
        }
    }

    /// <summary>Asks with text as UTF-8.</summary>
    /// <inheritdoc cref="RequestAsync(string, ReadOnlyMemory{byte}, TimeSpan?, NatsHeaders?, CancellationToken)" path="/exception"/>
    public Task<NatsMessage> RequestAsync(string subject, string text, TimeSpan? timeout = null, NatsHeaders? headers = null, CancellationToken cancellationToken = default) =>
        RequestAsync(subject, Encoding.UTF8.GetBytes(text), timeout, headers, cancellationToken);

    /// <summary>A subject nobody else has, for replies.</summary>
    public string NewInbox() => $"{_options.InboxPrefix}.{_nuid.Next()}";

    /// <summary>Time until the server answered a PING. Everything published before has reached the server then.</summary>
    /// <exception cref="NatsConnectionClosedException">The connection has ended.</exception>
    public Task<TimeSpan> PingAsync(CancellationToken cancellationToken = default) => _life.PingAsync(cancellationToken);

    /// <summary>Returns when everything published and subscribed before has reached the server.</summary>
    /// <exception cref="NatsConnectionClosedException">The connection has ended.</exception>
    public Task FlushAsync(CancellationToken cancellationToken = default) => PingAsync(cancellationToken);

    /// <summary>Ends every subscription, waits until what they have received is read, then closes. Somebody has to read them.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken = default)
    {
        NatsSubscription[] subscriptions = [.. _subscriptions.Values];
        foreach (NatsSubscription subscription in subscriptions) SendUnsubscribe(subscription.Id, 0);
        await PingAsync(cancellationToken).ConfigureAwait(false);
        foreach (NatsSubscription subscription in subscriptions) subscription.End(null);
        foreach (NatsSubscription subscription in subscriptions) await subscription.ReadToEndAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Closes once the server has everything that was published, after two seconds at the latest. Messages received stay readable.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            foreach (NatsSubscription subscription in _subscriptions.Values) subscription.End(null);
            await _life.StopAsync().ConfigureAwait(false);
        }

        await Completion.ConfigureAwait(false);
    }

    private async Task LogInAsync(CancellationToken cancellationToken)
    {
        try
        {
            await PingAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await _life.AbortAsync().ConfigureAwait(false);
            if (exception is NatsConnectionClosedException { InnerException: NatsException cause }) throw cause;
            throw;
        }
    }

    private bool Publish(string subject, ReadOnlySpan<byte> payload, string? reply, string? headers) =>
        _outbound.Publish(subject, reply, headers, payload) switch
        {
            AppendResult.Ok => true,
            AppendResult.Full => false,
            _ => throw NatsConnectionClosedException.Because(CloseCause),
        };

    private async ValueTask PublishSlowAsync(string subject, ReadOnlyMemory<byte> payload, string? reply, string? headers, CancellationToken cancellationToken)
    {
        do await _outbound.RoomAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        while (!Publish(subject, payload.Span, reply, headers));
    }

    private string? Check(string subject, int payloadBytes, string? reply, NatsHeaders? headers)
    {
        CheckSubject(subject, nameof(subject));
        if (reply is not null) CheckSubject(reply, nameof(reply));
        ServerInfo info = ServerInfo;
        if (headers is not null && !info.Headers) throw new NatsException("The server takes no headers.");
        string? text = headers?.ToString();
        long size = payloadBytes + (text is null ? 0L : Encoding.UTF8.GetByteCount(text));
        if (size > info.MaxPayloadBytes && info.MaxPayloadBytes > 0) throw new NatsException($"The message has {size} bytes, the server takes {info.MaxPayloadBytes}.");
        return text;
    }

    private static void CheckSubject(string subject, string parameter)
    {
        if (subject.Length == 0 || subject.AsSpan().ContainsAny(NotInSubjects)) throw new ArgumentException("A subject is not empty and holds no blank or line end.", parameter);
    }

    /// <summary>The connection has ended: so does everything that hangs on it.</summary>
    internal void OnEnded(NatsConnectionClosedException closed)
    {
        _requests.Fail(closed);
        foreach (NatsSubscription subscription in _subscriptions.Values) subscription.End(closed.InnerException is null ? null : closed);
        if (closed.InnerException is not null) Report(new NatsErrorEventArgs(NatsErrorKind.Disconnected, closed.Message));
    }

    /// <summary>Receive loop only.</summary>
    internal PendingDelivery? OnMessage(in ServerOperation operation)
    {
        if (operation.SubscriptionId == RequestMux.SubscriptionId)
        {
            _requests.OnMessage(this, in operation);
            return null;
        }

        if (!_subscriptions.TryGetValue(operation.SubscriptionId, out NatsSubscription? subscription)) return null;
        NatsHeaders? headers = operation.Headers.IsEmpty ? null : HeaderReader.Read(operation.Headers);
        NatsMessage message = ToMessage(subscription.NameOf(operation.Subject), in operation, headers);
        return subscription.TryEnqueue(in message) ? null : new PendingDelivery(subscription, message);
    }

    /// <summary>Receive loop only.</summary>
    internal void OnOperation(in ServerOperation operation)
    {
        switch (operation.Kind)
        {
            case OperationKind.Ping:
                _outbound.Append("PONG\r\n"u8);
                break;
            case OperationKind.Pong:
                _outbound.TakePing()?.TrySetResult();
                break;
            case OperationKind.Info:
                Volatile.Write(ref _serverInfo, ServerInfoReader.Read(operation.Text));
                Raise(() => ServerInfoChanged?.Invoke(this, ServerInfo));
                break;
            case OperationKind.Error:
                _life.LastServerError = Handshake.ServerError(operation.Text);
                Report(new NatsErrorEventArgs(NatsErrorKind.Server, _life.LastServerError.Message));
                return;
        }

        // Errors that end a connection come last: whatever follows one shows that it did not.
        _life.LastServerError = null;
    }

    internal NatsMessage ToMessage(string subject, in ServerOperation operation, NatsHeaders? headers) =>
        new(this, subject, operation.Reply.IsEmpty ? null : Encoding.UTF8.GetString(operation.Reply), headers, operation.Payload.ToArray());

    internal void SendUnsubscribe(int id, int maxMessages) =>
        _outbound.Append(Encoding.ASCII.GetBytes(maxMessages > 0 ? $"UNSUB {id} {maxMessages}\r\n" : $"UNSUB {id}\r\n"));

    internal void Forget(NatsSubscription subscription) => _subscriptions.TryRemove(subscription.Id, out _);

    internal void Report(NatsErrorEventArgs error) => Raise(() => ErrorOccurred?.Invoke(this, error));

    private static void Raise(Action handlers)
    {
        try
        {
            handlers();
        }
        catch
        {
            // A handler's fault is not the connection's.
        }
    }
}
