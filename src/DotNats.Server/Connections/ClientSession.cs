using System.Runtime.CompilerServices;
using System.Text;
using DotNats.Primitives;
using DotNats.Protocol;
using DotNats.Security;
using DotNats.Server.Accounts;
using DotNats.Server.Authentication;
using DotNats.Server.Routing;
using DotNats.Server.Tracing;

namespace DotNats.Server.Connections;

/// <summary>A client connection: its commands in, its messages out.</summary>
// Owner: the receive side, except Deliver, which any publisher calls and which works under the connection's lock.
// Previous stop: Protocol/CommandParser. Next stops: Routing/MessageRouter, ClientInterest (SUB), ClientLogin (CONNECT).
internal sealed class ClientSession : MemberSession, ISubscriber
{
    // As much of what was refused as nats-server shows in its log.
    private const int SnippetBytes = 32;

    private readonly ServerCore _server;
    private readonly Outbound _outbound;
    private ParserLimits _limits;

    /// <summary>When the client last sent something, in the server clock's ticks.</summary>
    public long LastInTicks;

    // Where in a read the next bytes begin: before it, when they were kept from the one before. For the log's word of where an error is.
    private int _origin;

    public ClientSession(Connection connection, ServerCore server, string connectionType) : base(connection, connectionType)
    {
        _server = server;
        _outbound = connection.Outbound;
        Login = new ClientLogin(this);
        Interest = new ClientInterest(this, server);
        Pings = new PingMonitor(this, server);
        ApplyOptions(server.Options);
    }

    public override string ClientType => ConnectionType == ConnectionTypes.WebSocket ? "websocket" : "nats";

    public override ClientLogin Login { get; }

    public ClientInterest Interest { get; }

    public PingMonitor Pings { get; }

    public MemberSession Member => this;

    public override TimeSpan RoundTrip => Pings.RoundTrip;

    public override bool HeadersSupported => _limits.HeadersSupported;

    public override void Greet(bool includeClientIp = true, bool requireTls = false) =>
        Login.SendInfo(context: null, connectInfo: false, includeClientIp, requireTls);

    public override void StartClocks() => Pings.Start();

    protected override void StopClocks() => Pings.Stop();

    public override void OnAuthenticated() => Pings.OnAuthenticated();

    public override void ApplyOptions(NatsServerOptions options)
    {
        base.ApplyOptions(options);
        _limits.MaxControlLineBytes = options.Limits.MaxControlLineBytes;
        _limits.MaxPayloadBytes = MaxPayloadBytes;
        _limits.HeadersSupported = Options.Headers && !options.NoHeaderSupport;
    }

    public override void TellError(string text) => Connection.SendNow(Encoding.UTF8.GetBytes($"-ERR '{text}'\r\n"));

    public override void TellViolation(DeliveryContext? context)
    {
        if (context is null) TellError(ErrorTexts.AuthorizationViolation);
        else SendError(context, ErrorTexts.AuthorizationViolation);
    }

    public override ReceiveResult Receive(DeliveryContext context, ReadOnlySpan<byte> bytes)
    {
        Connection.LastActivityTicks = LastInTicks = context.NowTicks;
        int consumed = 0;
        int needed = 0;
        Command command = default;
        while (consumed < bytes.Length && !Connection.IsClosed)
        {
            ReadOnlySpan<byte> rest = bytes[consumed..];
            if (Login.IsAwaited && !Login.Admits(rest[0], context)) break;
            ParseStatus status = CommandParser.Read(rest, in _limits, ref command);
            if (status == ParseStatus.Done)
            {
                consumed += command.Length;
                if (command.Kind == CommandKind.Publish) Publish(context, ref command);
                else Handle(context, in command);
                if (Login.IsSuspended) return new ReceiveResult(consumed, 0, suspend: true);
                continue;
            }

            if (status == ParseStatus.NeedMore) needed = command.NeededLength;
            else Refuse(context, status, in command, rest, _origin + consumed);
            break;
        }

        context.ReleaseHeld();
        _origin = Login.IsSuspended ? _origin + consumed : consumed - bytes.Length;
        // Closed is over, also while a login is not yet: whoever closes may be calling us from inside it.
        return new ReceiveResult(consumed, needed, Login.IsSuspended && !Connection.IsClosed);
    }

    private void Publish(DeliveryContext context, ref Command command)
    {
        if (TraceEnabled) ClientTrace.Inbound(this, in command);
        if (Options.Pedantic && !Subjects.IsValidLiteral(command.Subject)) SendError(context, ErrorTexts.InvalidPublishSubject);
        if (command.HeaderLength > 0 && TraceHeaders.MayBeIn(command.Body[..command.HeaderLength], Account.Tracing)) PublishTraced(context, command);
        else Publish(context, ref command, trace: null);
    }

    private void PublishTraced(DeliveryContext context, Command command)
    {
        int published = command.Body.Length;
        if (!_server.Tracer.TryBegin(context, this, ref command, out MessageTrace? trace)) return;
        // A header block that was changed has sizes of its own.
        if (command.Body.Length != published) command.SizeText = command.HeaderLengthText = default;
        Publish(context, ref command, trace);
        if (trace is not null) _server.Tracer.Publish(context, trace);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Publish(DeliveryContext context, ref Command command, MessageTrace? trace)
    {
        if (Account.Mappings is not null)
        {
            PublishMapped(context, ref command, trace);
            return;
        }

        if (TraceEnabled) ClientTrace.InboundPayload(this, in command);
        PublishHere(context, in command, trace);
    }

    // From here on the message has its new subject only: permissions, reserved subjects and no responders see nothing else. A message that is lost
    // has an empty one, which nobody can subscribe to and an allow clause never covers.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void PublishMapped(DeliveryContext context, ref Command command, MessageTrace? trace)
    {
        int mark = context.Scratch.Mark;
        if (Account.TryMap(context, command.Subject, out ReadOnlySpan<byte> mapped))
        {
            if (TraceEnabled) ClientTrace.Mapping(this, command.Subject, mapped);
            trace?.MapTo(mapped);
            command.Subject = Message.Split(mapped);
        }

        if (TraceEnabled) ClientTrace.InboundPayload(this, in command);
        PublishHere(context, in command, trace);
        context.Scratch.Release(mark);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void PublishHere(DeliveryContext context, in Command command, MessageTrace? trace)
    {
        Connection.InMessages++;
        Connection.InBytes += command.Size;
        if (!MayPublish(context, command.Subject, command.Reply, trace)) return;
        if (Options.Verbose) SendOk(context);
        MatchResult match = context.Matches.Find(context, Account, in command.Subject);
        bool delivered = (match.Count > 0 || trace is not null) && Route(context, match, in command, trace);
        if (!delivered && !command.Reply.IsEmpty && Options.NoResponders) Interest.SendNoResponders(context, command.Subject, command.Reply);
    }

    private bool Route(DeliveryContext context, MatchResult match, in Command command, MessageTrace? trace)
    {
        // Field by field: an initializer would fill a second one and copy it.
        Message message = default;
        message.Take(in command);
        message.Origin = Connection;
        message.Trace = trace;
        return MessageRouter.Route(context, match, in message);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool MayPublish(DeliveryContext context, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> reply, MessageTrace? trace) =>
        (PublishCache is null && !MayBeReserved(subject) && !MayBeReserved(reply)) || MayPublishSlow(context, subject, reply, trace);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool MayBeReserved(ReadOnlySpan<byte> subject) => !subject.IsEmpty && (subject[0] is (byte)'_' or (byte)'$');

    private bool MayPublishSlow(DeliveryContext context, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> reply, MessageTrace? trace)
    {
        if (!AdmitsPublish(context, subject))
        {
            ReportPublishViolation(context, subject, trace);
            return false;
        }

        if (IsReservedReply(reply))
        {
            ReportReplyViolation(context, reply, trace);
            return false;
        }

        return true;
    }

    // Service imports, gateways and JetStream own these replies: a client that uses one could speak for them. Compat: nats-server knows of no letters.
    private static bool IsReservedReply(ReadOnlySpan<byte> reply) =>
        reply.Length > 4 && (reply[0] is (byte)'_' or (byte)'$') && (reply.StartsWith("_R_."u8) || reply.StartsWith("_GR_."u8) || reply.StartsWith("$JS.ACK."u8) || reply.StartsWith("$JS.LETTER."u8));

    /// <summary>Whether the server may publish a trace of this client's messages there: as the client could, permits for replies aside.</summary>
    public bool MayTraceTo(ReadOnlySpan<byte> destination) => PublishCache?.CanPublish(destination) != false && !IsReservedSubject(destination);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void ReportPublishViolation(DeliveryContext context, ReadOnlySpan<byte> subject, MessageTrace? trace)
    {
        string text = $"Permissions Violation for Publish to {GoQuote.Quote(subject)}";
        if (trace is not null) trace.IngressError = text;
        ReportViolation(context, text, $"Publish Violation - Subject {GoQuote.Quote(subject)}");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReportReplyViolation(DeliveryContext context, ReadOnlySpan<byte> reply, MessageTrace? trace)
    {
        string text = $"Permissions Violation for Publish with Reply of {GoQuote.Quote(reply)}";
        if (trace is not null) trace.IngressError = text;
        ReportViolation(context, text, $"Publish Violation - Reply {GoQuote.Quote(reply)}");
    }

    private void Handle(DeliveryContext context, in Command command)
    {
        context.ReleaseHeld();
        if (TraceEnabled) ClientTrace.Inbound(this, in command);
        switch (command.Kind)
        {
            case CommandKind.Subscribe:
                if (!Interest.Subscribe(context, command.Arguments)) CloseBadArguments(context, ArgumentFault.DescribeSubscribe(command.Arguments));
                break;
            case CommandKind.Unsubscribe:
                if (!Interest.Unsubscribe(context, command.Arguments)) CloseBadArguments(context, ArgumentFault.DescribeUnsubscribe(command.Arguments));
                break;
            case CommandKind.Ping:
                Pings.OnPing(context);
                break;
            case CommandKind.Pong:
                Pings.OnPong();
                break;
            case CommandKind.Connect:
                Login.Connect(context, command.Arguments);
                break;
            case CommandKind.Error:
                SessionLog.ClientError(_server.Logger, this, Encoding.UTF8.GetString(command.Arguments));
                Connection.Close(CloseReason.ParseError, context);
                break;
        }
    }

    private void CloseBadArguments(DeliveryContext context, string fault)
    {
        SessionLog.BadArguments(_server.Logger, this, fault);
        Connection.Close(CloseReason.ProtocolViolation, context);
    }

    private void Refuse(DeliveryContext context, ParseStatus status, in Command command, ReadOnlySpan<byte> rest, int position)
    {
        switch (status)
        {
            case ParseStatus.PayloadTooLarge:
                _server.Tracer.ReportTooLarge(context, this, in command, rest[(rest.IndexOf((byte)'\n') + 1)..]);
                SessionLog.MaxPayload(_server.Logger, this, command.Size, _limits.MaxPayloadBytes);
                SendError(context, ErrorTexts.MaxPayloadViolation);
                Connection.Close(CloseReason.MaxPayloadExceeded, context);
                break;
            case ParseStatus.ControlLineTooLong:
                SessionLog.MaxControlLine(_server.Logger, this, _limits.MaxControlLineBytes);
                SendError(context, ErrorTexts.MaxControlLineExceeded);
                Connection.Close(CloseReason.MaxControlLineExceeded, context);
                break;
            case ParseStatus.UnknownOperation:
                ParserPosition place = ParserPosition.Find(rest);
                SessionLog.ParseError(_server.Logger, this, place.State, Math.Max(position + place.Offset, 0), Snippet(rest, place.Offset));
                SendError(context, ErrorTexts.UnknownOperation);
                Connection.Close(CloseReason.ProtocolViolation, context);
                break;
            case ParseStatus.HeadersNotSupported:
                SessionLog.HeadersNotSupported(_server.Logger, this);
                Connection.Close(CloseReason.ProtocolViolation, context);
                break;
            default:
                CloseBadArguments(context, ArgumentFault.Describe(rest));
                break;
        }
    }

    // Compat: what reaches the end of the bytes is shown without the last of them.
    private static string Snippet(ReadOnlySpan<byte> bytes, int start)
    {
        int end = start + SnippetBytes > bytes.Length ? bytes.Length - 1 : start + SnippetBytes;
        return GoQuote.Quote(start < end ? bytes[start..end] : default);
    }

    public void ReportViolation(DeliveryContext context, string errorText, string logText)
    {
        SendError(context, errorText);
        context.ReleaseHeld();
        SessionLog.Violation(_server.Logger, this, logText);
    }

    public void SendOk(DeliveryContext context)
    {
        if (TraceEnabled) ClientTrace.Outbound(this, "OK", default);
        Send(context, "+OK\r\n"u8);
    }

    public void SendError(DeliveryContext context, string text)
    {
        if (TraceEnabled) ClientTrace.Outbound(this, "-ERR", text);
        Send(context, Encoding.UTF8.GetBytes($"-ERR '{text}'\r\n"));
    }

    /// <summary>Appends protocol text for this client; it leaves with the batch.</summary>
    public void Send(DeliveryContext context, ReadOnlySpan<byte> text)
    {
        context.Hold(Connection);
        AppendResult result = _outbound.Append(text);
        if (result == AppendResult.Closed) return;
        context.PromiseFlush(Connection);
        // A client that does not read what it asks for is held to the same limits as one that does not read its messages.
        if (result == AppendResult.Stall) context.StalledBy ??= Connection;
        else OnPressure(context, result);
    }

    public bool Deliver(DeliveryContext context, Subscription subscription, in Message message, ReadOnlySpan<byte> subject)
    {
        if (ReferenceEquals(message.Origin, Connection) && !Options.Echo) return NotDelivered(subscription, in message, TraceErrors.NoEcho);
        context.Hold(Connection);
        if (subscription.IsClosed) return NotDelivered(subscription, in message, TraceErrors.SubscriptionClosed);
        if (message.Trace is { } trace)
        {
            if (subscription.FilterDeliveries && !Admits(subscription, subject)) return NotDelivered(subscription, in message, TraceErrors.SubscriptionDenies);
            if (trace.IsTraceOnly) return TraceDelivery(subscription, in message, subject);
        }

        long waiting = _outbound.PendingBytes;
        if (waiting > Outbound.StallBytes && MustDrop()) return NotDelivered(subscription, in message, TraceErrors.FastProducerNotStalled);
        bool withHeaders = _limits.HeadersSupported;
        AppendResult result = _outbound.AppendMessage(in message, subject, subscription.Id, withHeaders);
        if (result == AppendResult.Closed) return NotDelivered(subscription, in message, TraceErrors.ClientClosed);
        subscription.Delivered++;
        Connection.LastActivityTicks = context.NowTicks;
        context.PromiseFlush(Connection);
        context.UnflushedBytes += message.Body.Length;
        if (ResponsePermits is { } permits && !message.Reply.IsEmpty) permits.OnDelivered(message.Reply, context.PermitTicks);
        if (TraceEnabled || message.Trace is not null) TraceDelivery(subscription, in message, subject);
        if (result != AppendResult.Ok || subscription.Delivered == subscription.Maximum) AfterDelivery(context, subscription, result);
        return true;
    }

    public bool Admits(Subscription subscription, ReadOnlySpan<byte> subject) => Permissions?.CanDeliver(subject, subscription.Queue) != false;

    // For the log where that is on, and for the event of a message that is traced; always true, as a delivery that is only traced counts as one.
    private bool TraceDelivery(Subscription subscription, in Message message, ReadOnlySpan<byte> subject)
    {
        if (TraceEnabled && message.Trace is not { IsTraceOnly: true }) ClientTrace.Delivery(this, subscription, in message, subject);
        message.Trace?.AddEgress(this, subscription, error: null);
        return true;
    }

    private bool NotDelivered(Subscription subscription, in Message message, string error)
    {
        message.Trace?.AddEgress(this, subscription, error);
        return false;
    }

    private void AfterDelivery(DeliveryContext context, Subscription subscription, AppendResult result)
    {
        if (subscription.Delivered == subscription.Maximum)
        {
            Subscriptions.RemoveLocked(subscription);
            context.ReleaseHeld();
            Account.RemoveInterest(subscription);
        }

        OnPressure(context, result);
    }
}
