using System.Text;
using DotNats.Primitives;
using DotNats.Protocol;
using DotNats.Security;
using DotNats.Server.Accounts;
using DotNats.Server.Authentication;
using DotNats.Server.Routing;
using DotNats.Server.Transport.Tls;

namespace DotNats.Server.Connections;

/// <summary>A client as the rest of the server knows it, whatever it speaks: it logs in, lives in an account, has permissions, limits and subscriptions.</summary>
// Owner: the receive side of its connection. Reload, claims and closing come from other threads; ClientSubscriptions says who touches what.
// Each protocol has a class of its own. What differs is asked by name here, never by kind.
internal abstract class MemberSession : Session
{
    protected MemberSession(Connection connection, string connectionType) : base(connection)
    {
        ConnectionType = connectionType;
        Account = connection.Server.Accounts.Global;
        Subscriptions = new ClientSubscriptions(connection);
    }

    /// <summary>A word of <see cref="ConnectionTypes"/>: which users may use it.</summary>
    public string ConnectionType { get; }

    /// <summary><c>nats</c>, <c>websocket</c> or <c>mqtt</c>, for monitoring and events.</summary>
    public abstract string ClientType { get; }

    /// <summary>What the client calls itself in its protocol, where it must; null elsewhere.</summary>
    public virtual string? ClientIdentifier => null;

    public abstract MemberLogin Login { get; }

    public ClientSubscriptions Subscriptions { get; }

    /// <summary>What CONNECT said; nats-server's defaults until then.</summary>
    public ConnectOptions Options { get; set; } = new();

    /// <summary>Where its subjects live.</summary>
    public Account Account { get; set; }

    /// <summary>What it may do; null for everything.</summary>
    public CompiledPermissions? Permissions { get; private set; }

    /// <summary>Publish checks already made; null while everything is allowed.</summary>
    public PermissionCache? PublishCache { get; private set; }

    /// <summary>Replies it may still send; guarded by the connection's lock; null without allow_responses.</summary>
    public ResponsePermits? ResponsePermits { get; private set; }

    /// <summary>What services of other accounts are told of it; made when first asked for.</summary>
    public RequestorInfo? RequestorInfo { get; set; }

    /// <summary>Subscriptions it may have at once; -1 for any number.</summary>
    public int MaxSubscriptions { get; private set; } = -1;

    /// <summary>Bytes a message of it may have; -1 for any number.</summary>
    public int MaxPayloadBytes { get; private set; }

    public bool TraceEnabled { get; private set; }

    /// <summary>It has as many subscriptions as server and account allow.</summary>
    public bool IsAtLimit => MaxSubscriptions is var most and >= 0 && Subscriptions.Count >= most;

    /// <summary>Last measured round trip; zero until one was.</summary>
    public abstract TimeSpan RoundTrip { get; }

    /// <summary>Both sides know headers.</summary>
    public abstract bool HeadersSupported { get; }

    /// <summary>Who judges it; replaced by a reload.</summary>
    public virtual IAuthenticator Authenticator => Connection.Server.Authenticator;

    /// <summary>TLS of the listener it came to, as new handshakes get it; null for none.</summary>
    public virtual TlsContext? Tls => Connection.Server.Listener.Tls;

    public override bool IsSuspended => Login.IsSuspended;

    /// <summary>How logs name this connection: its address and number, and what is known of the client.</summary>
    public string LogName => Login.LogName;

    /// <summary>TLS of its listener as options have it.</summary>
    public virtual TlsOptions? TlsOf(NatsServerOptions options) => options.Tls;

    public override void Start()
    {
        Begin();
        Greet();
        StartClocks();
    }

    /// <summary>The connection is there; the peer has been told nothing yet.</summary>
    public void Begin() => Login.Start();

    /// <summary>Greets the peer, where its protocol has a greeting.</summary>
    /// <param name="includeClientIp">False while only a proxy's address is known.</param>
    /// <param name="requireTls">The client came with a TLS handshake, so TLS is required of it whatever others may do.</param>
    public abstract void Greet(bool includeClientIp = true, bool requireTls = false);

    /// <summary>The protocol flows: from here the client has its time to authenticate, and is watched for signs of life.</summary>
    public abstract void StartClocks();

    protected abstract void StopClocks();

    /// <summary>Who it is has been found out, or nobody asks.</summary>
    public abstract void OnAuthenticated();

    /// <summary>Tells the client what ends its connection or subscription, where its protocol can say so. Any thread, no lock held.</summary>
    public abstract void TellError(string text);

    /// <summary>Tells the client that it may not be here: with the batch of <paramref name="context"/>, or at once without one.</summary>
    public abstract void TellViolation(DeliveryContext? context);

    /// <summary>Takes over limits and switches that a reload may change.</summary>
    public virtual void ApplyOptions(NatsServerOptions options)
    {
        AccountLimitOptions account = Account.Limits;
        Identity? user = Login.Identity;
        MaxPayloadBytes = Lower(Lower(options.Limits.MaxPayloadBytes, account.MaxPayloadBytes), user?.MaxPayloadBytes ?? -1);
        int most = options.Limits.MaxSubscriptions > 0 ? options.Limits.MaxSubscriptions : -1;
        MaxSubscriptions = Lower(Lower(most, account.MaxSubscriptions), user?.MaxSubscriptions ?? -1);
        TraceEnabled = options.Logging.Trace && (options.Logging.TraceVerbose || !ReferenceEquals(Account, Connection.Server.Accounts.System));
    }

    // Of two limits where -1 is none.
    private static int Lower(int one, int other) => one < 0 || other < 0 ? Math.Max(one, other) : Math.Min(one, other);

    public void ApplyPermissions(CompiledPermissions? permissions)
    {
        Permissions = permissions;
        PublishCache = permissions is { RestrictsPublish: true } ? new PermissionCache(permissions) : null;
        ResponsePermits = permissions?.Responses is null ? null : new ResponsePermits(permissions);
    }

    /// <summary>May it subscribe to this, and does a deny clause cut into it?</summary>
    public virtual SubscribeDecision DecideSubscribe(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queue) =>
        Permissions?.CanSubscribe(subject, queue) ?? new SubscribeDecision(true, false);

    /// <summary>May it publish there? A permit for a reply is used up.</summary>
    protected bool AdmitsPublish(DeliveryContext context, ReadOnlySpan<byte> subject) =>
        (PublishCache is not { } cache || cache.CanPublish(subject) || UsePermit(context, subject)) && !IsReservedSubject(subject);

    private bool UsePermit(DeliveryContext context, ReadOnlySpan<byte> subject)
    {
        context.Hold(Connection);
        return ResponsePermits is { } permits && permits.TryUse(subject, context.PermitTicks);
    }

    /// <summary>Subjects by which servers speak with each other.</summary>
    protected bool IsReservedSubject(ReadOnlySpan<byte> subject)
    {
        if (subject.Length < 5 || subject[0] is not ((byte)'_' or (byte)'$')) return false;
        return subject.StartsWith("_GR_."u8) || subject.StartsWith("$GR."u8)
            || (subject.StartsWith("$NRG."u8) && !ReferenceEquals(Account, Connection.Server.Accounts.System));
    }

    /// <summary>A subscription begins; false where its sid is taken. The caller holds no lock.</summary>
    public bool TryAddSubscription(Subscription subscription)
    {
        if (!Subscriptions.TryAdd(subscription)) return false;
        Account.AddInterest(subscription);
        // Closed meanwhile by another thread: its clean-up may have come before the table knew of this one.
        if (Connection.IsClosed) Account.RemoveInterest(subscription);
        return true;
    }

    /// <summary>Ends every subscription: the connection closed, or the client starts anew.</summary>
    public void ClearSubscriptions()
    {
        foreach (Subscription subscription in Subscriptions.Clear()) Account.RemoveInterest(subscription);
    }

    /// <summary>After a reload: ends what the new permissions refuse and tells the client.</summary>
    public void ReviewSubscriptions()
    {
        foreach (Subscription subscription in Subscriptions.Snapshot())
        {
            SubscribeDecision decision = DecideSubscribe(subscription.Subject, subscription.Queue);
            bool filtered = subscription.FilterDeliveries;
            subscription.FilterDeliveries = decision.FilterDeliveries;
            if (decision.Allowed)
            {
                if (filtered || decision.FilterDeliveries) Account.ReviewInterest(subscription);
                continue;
            }

            Subscriptions.Remove(subscription);
            Account.RemoveInterest(subscription);
            string subject = Encoding.UTF8.GetString(subscription.Subject);
            string queue = subscription.Queue is null ? "" : $" using queue {GoQuote.Quote(subscription.Queue)}";
            string sid = GoQuote.Quote(Encoding.UTF8.GetBytes(subscription.Id.ToString()));
            TellError($"Permissions Violation for Subscription to {GoQuote.Quote(subscription.Subject)}{queue} (sid {sid})");
            SessionLog.SubscriptionRemoved(Connection.Server.Logger, this, subject);
        }
    }

    /// <summary>With no_fast_producer_stall a producer never waits: what a slow subscriber cannot take is dropped for it.</summary>
    public bool MustDrop()
    {
        NatsServerOptions options = Connection.Server.Options;
        return options.NoFastProducerStall && Connection.Outbound.PendingBytes > options.Limits.MaxPendingBytes / 4 * 3;
    }

    /// <summary>What was appended for this client was much, or too much. The caller may hold its lock.</summary>
    protected void OnPressure(DeliveryContext context, AppendResult result)
    {
        if (result == AppendResult.Overflow) CloseSlow(context);
        else if (result == AppendResult.Stall && !Connection.Server.Options.NoFastProducerStall) context.StalledBy ??= Connection;
    }

    private void CloseSlow(DeliveryContext context)
    {
        context.ReleaseHeld();
        ServerCore server = Connection.Server;
        SessionLog.SlowConsumerPending(server.Logger, this, Connection.Outbound.PendingBytes, server.Options.Limits.MaxPendingBytes);
        server.Statistics.CountSlowConsumer();
        Connection.Close(CloseReason.SlowConsumerPendingBytes, context);
    }

    public override void OnClosed(CloseReason reason)
    {
        StopClocks();
        ClearSubscriptions();
        Login.OnClosed();
        SessionLog.Closed(Connection.Server.Logger, this, reason.ToText());
    }

    public override string ToString() => LogName;
}
