using DotNats.Protocol;
using DotNats.Server.Accounts;
using DotNats.Server.Authentication;
using DotNats.Server.Routing;
using Microsoft.Extensions.Logging;

namespace DotNats.Server.Connections;

/// <summary>Who a client turns out to be, and what follows from it: its account, its permissions, its end.</summary>
// Owner: the receive side; a slow check runs on the thread pool while reading is suspended. What a protocol's login looks like is its heir's.
internal abstract class MemberLogin(MemberSession session)
{
    private readonly MemberSession _session = session;
    private readonly AccountMembership _membership = new();
    private ConnectCredentials? _credentials;
    private CredentialExpiry? _expiry;
    private string? _logAddress;
    private string? _logName;

    // Cleared last by the checking thread: whoever sees it clear sees the outcome too.
    private volatile bool _suspended;

    /// <summary>The server wants to know who this is and does not yet.</summary>
    public bool IsAwaited { get; protected set; }

    /// <summary>A password is being checked elsewhere: nothing is read meanwhile.</summary>
    public bool IsSuspended => _suspended;

    /// <summary>It has said who it is.</summary>
    public bool IsConnected { get; protected set; }

    /// <summary>Who it is; null before authentication and where none is needed.</summary>
    public Identity? Identity { get; private set; }

    /// <summary>What it brought; kept so that a reload can judge it anew.</summary>
    public ConnectCredentials? Credentials => _credentials ??= IsConnected ? ReadCredentials() : null;

    /// <summary>Public key of the trusted proxy the connection came through; null for none.</summary>
    public string? ProxyKey { get; protected set; }

    /// <summary>The account that counted the connection until it was closed; null while it is open, and where none did.</summary>
    public Account? Left { get; private set; }

    public string LogName => _logName ??= NameForLogs(LogAddress);

    protected Connection Connection { get; } = session.Connection;

    protected ServerCore Server => Connection.Server;

    /// <summary>What logs call the number of such a connection.</summary>
    protected virtual string IdName => "cid";

    private string LogAddress => _logAddress ?? $"{Connection.RemoteIp}:{Connection.RemotePort} - {IdName}:{Connection.Id}";

    /// <summary>The connection is there; the client has not been greeted.</summary>
    public virtual void Start()
    {
        IsAwaited = _session.Authenticator.AuthenticationRequired;
        MoveTo(_session.Account);
        SessionLog.Created(Server.Logger, _session);
    }

    /// <summary>Compat: logs go on naming the socket's peer after a proxy has told who is behind it.</summary>
    public void KeepLogAddress() => _logAddress = LogAddress;

    protected abstract ConnectCredentials ReadCredentials();

    /// <summary>It was let in, or nobody asks: what its protocol wants now.</summary>
    protected abstract void OnAccepted(DeliveryContext context);

    /// <summary>It was told that it may not come in, and is closed.</summary>
    protected virtual void OnRefused(bool isAccountFull)
    {
    }

    /// <summary>Its address and number, and what is known of it by now. Made only when something is logged.</summary>
    protected abstract string NameForLogs(string address);

    /// <summary>More is known of it than before.</summary>
    protected void ForgetLogName() => _logName = null;

    // Compat: whoever logs in a second time may change the account, so it starts anew: without subscriptions, and in the account of everybody.
    protected void BeginAnew()
    {
        bool first = !IsConnected;
        IsConnected = true;
        _credentials = null;
        _session.RequestorInfo = null;
        if (!first)
        {
            _session.ClearSubscriptions();
            Identity = null;
            MoveTo(Server.Accounts.Global);
        }

        _session.ApplyOptions(Server.Options);
    }

    /// <summary>Judges what the client brought, here or, where that takes time, elsewhere.</summary>
    protected void Authenticate(DeliveryContext context)
    {
        IAuthenticator authenticator = _session.Authenticator;
        if (!authenticator.AuthenticationRequired)
        {
            Server.SystemServices?.Connections.Connected(_session);
            OnAccepted(context);
            return;
        }

        // bcrypt takes tens of milliseconds, a service that is asked as long as it likes: not on a loop that carries other connections.
        if (authenticator.IsSlow(Credentials!)) AuthenticateSlowly();
        else Conclude(context, authenticator.Authenticate(Credentials!));
    }

    protected void AuthenticateSlowly()
    {
        _suspended = true;
        ThreadPool.UnsafeQueueUserWorkItem(static login => _ = login.AuthenticateSlowlyAsync(), this, preferLocal: false);
    }

    private async Task AuthenticateSlowlyAsync()
    {
        AuthenticationResult result;
        IAuthenticator? authenticator = null;
        try
        {
            do
            {
                authenticator = _session.Authenticator;
                result = await authenticator.AuthenticateAsync(Credentials!, Server.Stopping).ConfigureAwait(false);
            }
            // What a reload replaced meanwhile decides nothing any more.
            while (!ReferenceEquals(authenticator, _session.Authenticator) && !Server.IsStopping);
        }
        catch (Exception) when (Server.IsStopping)
        {
            return;
        }
        catch (Exception exception)
        {
            // A bug in one login ends that login, not the process.
            SessionLog.AuthenticationFailed(Server.Logger, exception, _session);
            result = AuthenticationResult.Refuse();
        }

        // Closed while it waited: there is nobody to answer, and nothing may be counted for it any more.
        if (!Connection.IsClosed) Resume(result, authenticator);
    }

    private void Resume(AuthenticationResult result, IAuthenticator? authenticator)
    {
        DeliveryContext context = Server.Contexts.Rent();
        try
        {
            Conclude(context, result);
        }
        finally
        {
            context.Flush();
            Server.Contexts.Return(context);
        }

        _suspended = false;
        // A reload passes over who is still being judged, so what it replaced between judgement and here is for us to see.
        Interlocked.MemoryBarrier();
        if (!Connection.IsClosed && !ReferenceEquals(authenticator, _session.Authenticator)) ReloadPass.Judge(_session);
        Connection.Endpoint.Resume();
    }

    protected void Conclude(DeliveryContext context, AuthenticationResult result)
    {
        if (result.Identity is { } identity)
        {
            if (Accept(context, identity)) OnAccepted(context);
            return;
        }

        context.ReleaseHeld();
        if (result.Detail is { } detail) SessionLog.Refused(Server.Logger, result.IsDetailError ? LogLevel.Error : LogLevel.Debug, _session, detail);
        ReportToAccount(in result);
        Violate(context, result.Reason);
        OnRefused(isAccountFull: false);
    }

    // A refusal that a service had to do with is told to the owners of its account, in the words of the log.
    private void ReportToAccount(in AuthenticationResult result)
    {
        Account? account = _session.Account;
        if (result.ReportAccount is { } name && !Server.Accounts.TryGet(name, out account)) return;
        Server.SystemServices?.Connections.AccountAuthenticationFailed(_session, account!, result.ReportText ?? ReasonOf(result.Reason).ToText());
    }

    /// <summary>The client is this one. False, and closed, where it may not stay all the same.</summary>
    protected bool Accept(DeliveryContext context, Identity identity)
    {
        IsAwaited = false;
        _session.OnAuthenticated();
        Identity = identity;
        if (!Server.Accounts.TryGet(identity.AccountName, out Account? account))
        {
            Violate(context, AuthenticationFailure.NotAuthorized);
            return false;
        }

        MembershipMove move = MoveTo(account);
        if (move == MembershipMove.Full)
        {
            context.ReleaseHeld();
            RefuseAccount();
            OnRefused(isAccountFull: true);
        }

        // Closed while it was judged: it is in no account, and nobody is told that it came.
        if (move != MembershipMove.Counted) return false;

        _session.ApplyPermissions(identity.Permissions);
        SubscriptionSurplus.CheckNewcomer(_session);
        if (identity.ExpiresAt is { } end) StartExpiry(end);
        Server.SystemServices?.Connections.Connected(_session);
        // Replaced while this client was judged: whoever replaced them may not have seen it in the account.
        if (identity.Judge is { } judged && account.Claims is { } now && !ReferenceEquals(judged, now))
        {
            context.ReleaseHeld();
            new MemberReview(Server).Review(_session, judged, now);
        }

        return !Connection.IsClosed;
    }

    private void StartExpiry(DateTimeOffset end)
    {
        _expiry ??= new CredentialExpiry(this);
        Server.Timers.Schedule(_expiry, end - Server.Time.GetUtcNow());
        // Closed in between: its end came before there was anything to stop.
        if (Connection.IsClosed) Server.Timers.Cancel(_expiry);
    }

    /// <summary>What the client was let in by is no longer good: it is told, and closed.</summary>
    public void EndClaims(string text, CloseReason reason)
    {
        SessionLog.Refused(Server.Logger, LogLevel.Debug, _session, text);
        _session.TellError(text);
        Connection.Close(reason);
    }

    /// <summary>The client may not be here any more, which is a violation: the log is told why.</summary>
    public void EndClaims(string detail)
    {
        SessionLog.Refused(Server.Logger, LogLevel.Debug, _session, detail);
        SessionLog.AuthenticationError(Server.Logger, _session, $"authentication error - {Identity?.Describe()}");
        _session.TellViolation(context: null);
        Connection.Close(CloseReason.AuthenticationViolation);
    }

    /// <summary>After a reload the connection stays, perhaps with other permissions.</summary>
    public void Renew(Identity identity)
    {
        Identity = identity;
        _session.ApplyPermissions(identity.Permissions);
        _session.ApplyOptions(Server.Options);
        _session.ReviewSubscriptions();
    }

    protected void Violate(DeliveryContext context, AuthenticationFailure failure)
    {
        context.ReleaseHeld();
        ReportViolation(failure);
        _session.TellViolation(context);
        Connection.Close(ReasonOf(failure), context);
    }

    /// <summary>Ends a connection that was let in, for it would be no longer. Any thread, no lock held.</summary>
    public void Expel(AuthenticationFailure failure)
    {
        ReportViolation(failure);
        _session.TellViolation(context: null);
        Connection.Close(ReasonOf(failure));
    }

    private void ReportViolation(AuthenticationFailure failure)
    {
        string who = Credentials is { ClaimedName: not null } credentials ? $"authentication error - {credentials.Describe()}" : "authentication error";
        SessionLog.AuthenticationError(Server.Logger, _session, who);
        Server.SystemServices?.Connections.AuthenticationFailed(_session, ReasonOf(failure));
    }

    private static CloseReason ReasonOf(AuthenticationFailure failure) => failure switch
    {
        AuthenticationFailure.ProxyNotTrusted => CloseReason.ProxyNotTrusted,
        AuthenticationFailure.ProxyRequired => CloseReason.ProxyRequired,
        _ => CloseReason.AuthenticationViolation,
    };

    private MembershipMove MoveTo(Account account)
    {
        Account? before = _membership.Account;
        if (ReferenceEquals(account, before)) return MembershipMove.Counted;
        MembershipMove move = _membership.Move(account);
        if (move == MembershipMove.Ended) return move;
        _session.Account = account;
        _session.ApplyOptions(Server.Options);
        if (before is not null) Server.SystemServices?.AccountConnections.Changed(before);
        if (move == MembershipMove.Counted) Server.SystemServices?.AccountConnections.Changed(account);
        return move;
    }

    /// <summary>Closes the connection as one too many for its account.</summary>
    public void RefuseAccount()
    {
        SessionLog.MaxAccountConnections(Server.Logger, _session);
        _session.TellError(ErrorTexts.MaxAccountConnectionsExceeded);
        Connection.Close(CloseReason.MaxAccountConnectionsExceeded);
    }

    public void OnClosed()
    {
        if (_expiry is { } expiry) Server.Timers.Cancel(expiry);
        Left = _membership.End();
    }
}
