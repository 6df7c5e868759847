using DotNats.Mqtt.Service;
using DotNats.Mqtt.Store;
using DotNats.Protocol;
using DotNats.Protocol.Mqtt;
using DotNats.Security;
using DotNats.Server;
using DotNats.Server.Authentication;
using DotNats.Server.Connections;
using DotNats.Server.Routing;
using DotNats.Server.Transport.Tls;

namespace DotNats.Mqtt.Connections;

/// <summary>An MQTT connection: its packets in, its answers out. What outlives it is its session's, <see cref="MqttSessionState"/>.</summary>
/// <remarks>
/// What waits for the store is an operation: one at a time, and nothing is received until it has ended. Only messages that are stored and nothing else
/// may wait side by side (<see cref="AckPipeline"/>).
/// </remarks>
// Owner: the receive side, or the operation that runs while that is suspended. Deliveries come from any publisher, under the connection's lock.
// Lifetime: the connection's; the session is detached once the connection is closed and no operation runs (OperationGate).
// Previous stop: Protocol/Mqtt/MqttPacketReader. Next stops: MqttPublications (PUBLISH), MqttListening (subscriptions), Store (what waits).
internal sealed class MqttSession : MemberSession
{
    // What a PUBLISH may have beside a payload that is allowed: the longest topic, two lengths, a packet identifier.
    private const int PublishOverhead = ushort.MaxValue + 16;

    private readonly OperationGate _gate = new();
    private readonly SilenceMonitor _silence;
    private readonly MqttPublications _publications;
    private MqttConnect? _connect;
    private string? _clientId;
    private bool _isConnected;

    public MqttSession(Connection connection, MqttService service) : base(connection, ConnectionTypes.Mqtt)
    {
        Service = service;
        Server = connection.Server;
        Login = new MqttLogin(this);
        Listening = new MqttListening(this);
        _silence = new SilenceMonitor(this, Server);
        _publications = new MqttPublications(this);
        ApplyOptions(Server.Options);
    }

    public ServerCore Server { get; }

    public MqttService Service { get; }

    public override MqttLogin Login { get; }

    public MqttListening Listening { get; }

    /// <summary>Null before CONNACK.</summary>
    public MqttSessionState? State { get; private set; }

    /// <summary>What is published when the client is lost; null for nothing, and once it has taken its leave.</summary>
    public MqttWill? Will { get; set; }

    public override string ClientType => "mqtt";

    public override string? ClientIdentifier => _clientId;

    // Nobody sends PING to a client that sends PINGREQ.
    public override TimeSpan RoundTrip => TimeSpan.Zero;

    public override bool HeadersSupported => true;

    public override IAuthenticator Authenticator => Service.Authenticator;

    public override TlsContext? Tls => Service.Tls;

    public override bool IsSuspended => _gate.IsRunning || _publications.IsFull || Login.IsSuspended;

    public override TlsOptions? TlsOf(NatsServerOptions options) => options.Mqtt?.Tls;

    public override void Greet(bool includeClientIp = true, bool requireTls = false)
    {
    }

    // Compat: where nobody has to log in a client may take all the time it likes.
    public override void StartClocks()
    {
        if (Login.IsAwaited) _silence.AwaitConnect(Service.AuthenticationTimeout);
    }

    protected override void StopClocks() => _silence.Stop();

    public override void OnAuthenticated()
    {
    }

    public void OnAuthenticationTimeout()
    {
        SessionLog.AuthenticationTimeout(Server.Logger, this);
        TellError(ErrorTexts.AuthenticationTimeout);
        Connection.Close(CloseReason.AuthenticationTimeout);
    }

    /// <summary>MQTT 3.1.1 knows no errors: the connection's end says it all.</summary>
    public override void TellError(string text)
    {
        if (TraceEnabled) MqttTrace.Outbound(this, "-ERR", text);
    }

    // Compat: whoever may not be here any more is told so by a CONNACK, also when it had one.
    public override void TellViolation(DeliveryContext? context)
    {
        context?.ReleaseHeld();
        SendConnAck(isPresent: false, MqttConnectCode.NotAuthorized);
    }

    /// <summary>Interests of the server's own are bound by deny clauses alone.</summary>
    public override SubscribeDecision DecideSubscribe(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queue)
    {
        if (!MqttListening.IsServersOwn(subject)) return base.DecideSubscribe(subject, queue);
        return new SubscribeDecision(Permissions?.CanDeliver(subject) != false, FilterDeliveries: false);
    }

    public bool MayPublish(DeliveryContext context, ReadOnlySpan<byte> subject) => AdmitsPublish(context, subject);

    /// <summary>What was appended was much, or too much.</summary>
    public void OnAppended(DeliveryContext context, AppendResult result) => OnPressure(context, result);

    public override ReceiveResult Receive(DeliveryContext context, ReadOnlySpan<byte> bytes)
    {
        Connection.LastActivityTicks = context.NowTicks;
        _silence.OnHeard(context.NowTicks);
        int consumed = 0, needed = 0;
        bool isSuspended = false;
        while (consumed < bytes.Length && !Connection.IsClosed)
        {
            int most = MaxPayloadBytes < 0 ? -1 : _isConnected ? MaxPayloadBytes + PublishOverhead : MaxPayloadBytes;
            MqttReadStatus status = MqttPacketReader.Read(bytes[consumed..], _isConnected, most, out MqttPacket packet, out string? error);
            if (status == MqttReadStatus.Done)
            {
                consumed += packet.Length;
                if (packet.Type == MqttPacketType.Connect) consumed -= OnConnect(context, in packet);
                else Handle(context, in packet);
                // Told to the transport even if it is over by now: it was told to go on, and does so when this returns.
                if (isSuspended = IsSuspended) break;
                continue;
            }

            if (status == MqttReadStatus.NeedMore) needed = packet.Length;
            else if (status == MqttReadStatus.TooLong) RefusePayload(context, packet.Length, MaxPayloadBytes);
            else Fail(context, error!);
            break;
        }

        context.ReleaseHeld();
        return new ReceiveResult(consumed, needed, isSuspended && !Connection.IsClosed);
    }

    private void Handle(DeliveryContext context, in MqttPacket packet)
    {
        switch (packet.Type)
        {
            case MqttPacketType.Publish:
                _publications.OnPublish(context, in packet);
                break;
            case MqttPacketType.PubAck or MqttPacketType.PubRec or MqttPacketType.PubRel or MqttPacketType.PubComp:
                OnPacketId(context, in packet);
                break;
            case MqttPacketType.Subscribe or MqttPacketType.Unsubscribe:
                OnFilters(context, in packet);
                break;
            case MqttPacketType.PingRequest:
                if (TraceEnabled) MqttTrace.Inbound(this, "PINGREQ");
                Send(context, MqttPacketWriter.PingResponse);
                context.ReleaseHeld();
                if (TraceEnabled) MqttTrace.Outbound(this, "PINGRESP");
                break;
            case MqttPacketType.Disconnect:
                if (TraceEnabled) MqttTrace.Inbound(this, "DISCONNECT");
                Will = null;
                Connection.Close(CloseReason.ClientClosed, context);
                break;
            default:
                Fail(context, MqttPacketReader.UnknownType(packet.Type));
                break;
        }
    }

    // How many of the packet's bytes are not its own. Compat: nats-server reads on behind the last field, whatever length the packet has.
    private int OnConnect(DeliveryContext context, in MqttPacket packet)
    {
        if (_isConnected)
        {
            Fail(context, "received a second CONNECT packet");
            return 0;
        }

        MqttConnectResult read = MqttConnectReader.Read(packet.Body, Service.Options.RejectQos2Publish, Service.Ids.Next);
        _clientId = read.Connect.ClientId;
        Login.Introduce();
        context.ReleaseHeld();
        if (TraceEnabled && read.Error is null) MqttTrace.Inbound(this, "CONNECT", MqttTrace.Describe(read.Connect));
        if (read.Code != MqttConnectCode.Accepted) SendConnAck(isPresent: false, read.Code);
        if (read.Error is not null)
        {
            Fail(context, read.Error);
            return 0;
        }

        _silence.OnConnect();
        _connect = read.Connect;
        Login.Connect(context, read.Connect);
        return packet.Body.Length - read.Length;
    }

    /// <summary>The client is known: its session is looked for. The caller holds no lock.</summary>
    public void OnLoggedIn() => RunElsewhere(AttachAsync);

    private async Task AttachAsync()
    {
        MqttConnect connect = _connect!;
        MqttOpened opened = await Service.Accounts.OpenAsync(Account).ConfigureAwait(false);
        if (opened.Account is not { } account)
        {
            FailToConnect(opened.Error);
            return;
        }

        MqttAttached attached = await account.AttachAsync(connect.ClientId, connect.CleanSession, Listening).ConfigureAwait(false);
        if (attached.Session is not { } state)
        {
            if (attached.IsFlapping) Connection.Close(CloseReason.DuplicateClientId);
            if (attached.Code != MqttConnectCode.Accepted) SendConnAck(isPresent: false, attached.Code);
            FailToConnect(attached.IsFlapping ? "connection closed" : attached.Error);
            return;
        }

        State = state;
        Will = connect.Will;
        _isConnected = true;
        // Before anything the session may have to send.
        SendConnAck(attached.IsPresent, MqttConnectCode.Accepted);
        if (await state.RestoreAsync().ConfigureAwait(false) is { } error)
        {
            FailToConnect(error);
            return;
        }

        MqttLog.Connected(Server.Logger, this);
        if (connect.ReadTimeout is { } patience) _silence.Watch(patience);
    }

    /// <summary>CONNECT led to nothing.</summary>
    public void FailToConnect(string? error) => Fail(context: null, $"unable to connect: {error}");

    private void OnPacketId(DeliveryContext context, in MqttPacket packet)
    {
        string? error = MqttFilters.ReadPacketId(in packet, out ushort id);
        if (TraceEnabled) MqttTrace.Inbound(this, packet.Type.ToString().ToUpperInvariant(), error ?? MqttTrace.PacketId(id));
        if (error is not null)
        {
            Fail(context, error);
            return;
        }

        context.ReleaseHeld();
        MqttSessionState state = State!;
        switch (packet.Type)
        {
            case MqttPacketType.PubAck:
                state.OnPubAck(context, id);
                break;
            case MqttPacketType.PubRec:
                _publications.OnPubRec(context, id);
                break;
            case MqttPacketType.PubComp:
                state.OnPubComp(context, id);
                break;
            default:
                RunElsewhere(() => _publications.ReleaseAsync(id));
                break;
        }
    }

    private void OnFilters(DeliveryContext context, in MqttPacket packet)
    {
        bool isSubscribe = packet.Type == MqttPacketType.Subscribe;
        string? error = MqttFilters.Read(in packet, out ushort id, out MqttFilter[] filters);
        context.ReleaseHeld();
        foreach (MqttFilter filter in filters)
        {
            if (filter.Error is { } flaw) SessionLog.Violation(Server.Logger, this, $"invalid topic {Primitives.GoQuote.Quote(filter.Topic)}: {flaw}");
        }

        if (TraceEnabled) MqttTrace.Inbound(this, packet.Type.ToString().ToUpperInvariant(), error ?? MqttTrace.DescribeFilters(filters, id, isSubscribe));
        if (error is not null) Fail(context, error);
        else if (isSubscribe) RunElsewhere(() => Listening.SubscribeAsync(id, filters));
        else RunElsewhere(() => Listening.UnsubscribeAsync(id, filters));
    }

    /// <summary>An operation may begin: see to it that <see cref="Continue"/> is called. False where the connection has ended.</summary>
    public bool TryBegin() => _gate.TryBegin();

    /// <summary>Nothing is received until the operation has ended. The caller holds no lock.</summary>
    public void Continue(Task operation)
    {
        if (!operation.IsCompletedSuccessfully) _ = FinishAsync(operation);
        else if (_gate.Leave()) End();
    }

    /// <summary>Runs an operation that is part of no batch.</summary>
    public void RunElsewhere(Func<Task> operation)
    {
        if (TryBegin()) Continue(Task.Run(operation));
    }

    private async Task FinishAsync(Task operation)
    {
        try
        {
            await operation.ConfigureAwait(false);
        }
        catch (Exception) when (Server.IsStopping)
        {
            // What it waited for is being taken down.
        }
        catch (Exception exception)
        {
            // A bug in one operation ends that connection, not the process, and leaves nobody waiting.
            MqttLog.OperationFailed(Server.Logger, exception, this);
            Connection.Close(CloseReason.InternalClient);
        }

        _silence.OnHeard(Server.Time.GetTimestamp());
        if (_gate.Leave()) End();
        else Connection.Endpoint.Resume();
    }

    /// <summary>Another connection has the client identifier now.</summary>
    public void OnReplaced()
    {
        Will = null;
        Connection.Close(CloseReason.DuplicateClientId);
    }

    public override void OnClosed(CloseReason reason)
    {
        base.OnClosed(reason);
        if (_gate.Close()) End();
    }

    // Never on the thread that closed the connection, which may be inside a batch.
    private void End()
    {
        if (State is not null && !Server.IsStopping) _ = Task.Run(DetachAsync);
    }

    private async Task DetachAsync()
    {
        try
        {
            if (await State!.DetachAsync(Listening).ConfigureAwait(false) && Will is { } will) await _publications.PublishAsync(will).ConfigureAwait(false);
        }
        catch (Exception) when (Server.IsStopping)
        {
            // As above.
        }
        catch (Exception exception)
        {
            MqttLog.OperationFailed(Server.Logger, exception, this);
        }
    }

    /// <summary>The client did what no client may: the connection ends.</summary>
    /// <param name="context">The batch it did it in; null outside of one.</param>
    public void Fail(DeliveryContext? context, string error)
    {
        context?.ReleaseHeld();
        SessionLog.Violation(Server.Logger, this, error);
        Connection.Close(CloseReason.ProtocolViolation, context);
    }

    public void RefusePayload(DeliveryContext context, int size, int limit)
    {
        context.ReleaseHeld();
        SessionLog.MaxPayload(Server.Logger, this, size, limit);
        TellError(ErrorTexts.MaxPayloadViolation);
        Connection.Close(CloseReason.MaxPayloadExceeded, context);
    }

    /// <summary>Appends a packet; it leaves with the batch.</summary>
    public void Send(DeliveryContext context, ReadOnlySpan<byte> packet)
    {
        context.Hold(Connection);
        AppendResult result = Connection.Outbound.Append(packet);
        if (result == AppendResult.Closed) return;
        context.PromiseFlush(Connection);
        OnPressure(context, result);
    }

    /// <summary>Sends a packet at once. The caller holds no lock.</summary>
    public void SendOutside(ReadOnlySpan<byte> packet)
    {
        DeliveryContext context = Server.Contexts.Rent();
        Send(context, packet);
        context.Flush();
        Server.Contexts.Return(context);
    }

    /// <summary>Sends a packet that is a packet identifier and nothing else, outside of any batch.</summary>
    public void SendPacketId(MqttPacketType type, ushort id)
    {
        DeliveryContext context = Server.Contexts.Rent();
        SendPacketId(context, type, id);
        context.Flush();
        Server.Contexts.Return(context);
    }

    /// <summary>The same, as part of a batch.</summary>
    public void SendPacketId(DeliveryContext context, MqttPacketType type, ushort id)
    {
        Span<byte> packet = stackalloc byte[MqttPacketWriter.ShortPacketLength];
        MqttPacketWriter.WritePacketId(packet, type, id);
        Send(context, packet);
        if (!TraceEnabled) return;
        context.ReleaseHeld();
        MqttTrace.Outbound(this, type.ToString().ToUpperInvariant(), MqttTrace.PacketId(id));
    }

    private void SendConnAck(bool isPresent, MqttConnectCode code)
    {
        Span<byte> packet = stackalloc byte[MqttPacketWriter.ShortPacketLength];
        MqttPacketWriter.WriteConnAck(packet, isPresent, code);
        SendOutside(packet);
        if (TraceEnabled) MqttTrace.Outbound(this, "CONNACK", MqttTrace.ConnAck(isPresent, code));
    }
}
