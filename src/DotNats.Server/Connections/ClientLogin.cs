using System.Text;
using DotNats.Primitives;
using DotNats.Protocol;
using DotNats.Security;
using DotNats.Server.Accounts;
using DotNats.Server.Authentication;
using DotNats.Server.Routing;
using Microsoft.Extensions.Logging;

namespace DotNats.Server.Connections;

/// <summary>From INFO to an authenticated client: the greeting, CONNECT, and who it turned out to be.</summary>
// Owner: the receive side; a slow password check runs on the thread pool while reading is suspended.
internal sealed class ClientLogin(ClientSession session, ServerCore server)
{
    private readonly Connection _connection = session.Connection;
    private readonly AccountMembership _membership = new();
    private string? _nonce;
    private bool _connected;

    // Past its login. Compat: what it calls itself is in no line of the log before.
    private bool _introduced;
    private string? _logAddress;
    private string? _logName;
    private ConnectCredentials? _credentials;
    private CredentialExpiry? _expiry;
    private bool _spokeFirst;
    private string? _proxyKey;

    // Cleared last by the checking thread: whoever sees it clear sees the outcome too.
    private volatile bool _suspended;

    /// <summary>The server wants to know who this is and does not yet.</summary>
    public bool IsAwaited { get; private set; }

    /// <summary>A password is being checked elsewhere: nothing is read meanwhile.</summary>
    public bool IsSuspended => _suspended;

    /// <summary>CONNECT was received.</summary>
    public bool IsConnected => _connected;

    /// <summary>Who it is; null before authentication and where none is needed.</summary>
    public Identity? Identity { get; private set; }

    /// <summary>What it brought; kept so that a reload can judge it anew.</summary>
    public ConnectCredentials? Credentials => _credentials ??= _connected ? ClientCredentials.Of(session, Nonce, _proxyKey) : null;

    /// <summary>Public key of the trusted proxy the connection came through; null for none.</summary>
    public string? ProxyKey => _proxyKey;

    /// <summary>The account that counted the connection until it was closed; null while it is open, and where none did.</summary>
    public Account? Left { get; private set; }

    public string LogName => _logName ??= NameForLogs();

    private string LogAddress => _logAddress ?? $"{_connection.RemoteIp}:{_connection.RemotePort} - cid:{_connection.Id}";

    /// <summary>INFO goes out; from here the client has its time to authenticate.</summary>
    public void Start()
    {
        IAuthenticator authenticator = server.Authenticator;
        IsAwaited = authenticator.AuthenticationRequired;
        if (server.NonceRequired) _nonce = server.NewNonce();
        MoveTo(session.Account);
        SessionLog.Created(server.Logger, session);
    }

    /// <summary>Compat: logs go on naming the socket's peer after a proxy has told who is behind it.</summary>
    public void KeepLogAddress() => _logAddress = LogAddress;

    /// <summary>Sends the INFO for this client as things stand: with the batch of <paramref name="context"/>, or at once without one.</summary>
    /// <param name="context">The batch it leaves with; null for at once.</param>
    /// <param name="connectInfo">It answers a CONNECT, so it tells what the client has become.</param>
    /// <param name="includeClientIp">False while only a proxy's address is known.</param>
    /// <param name="requireTls">The client came with a TLS handshake, so TLS is required of it whatever others may do.</param>
    public void SendInfo(DeliveryContext? context, bool connectInfo = false, bool includeClientIp = true, bool requireTls = false)
    {
        InfoWriter writer = server.Info.RentWriter();
        ServerInfo info = InfoFor(connectInfo, includeClientIp);
        ReadOnlySpan<byte> line = writer.Write(requireTls ? info with { TlsRequired = true } : info);
        if (context is null) _connection.SendNow(line);
        else session.Send(context, line);
        server.Info.ReturnWriter(writer);
    }

    /// <summary>Asks this client to go elsewhere, though the server stays.</summary>
    public void SendLameDuckInfo()
    {
        InfoWriter writer = server.Info.RentWriter();
        _connection.SendNow(writer.Write(InfoFor(connectInfo: false, includeClientIp: true) with { LameDuckMode = true }));
        server.Info.ReturnWriter(writer);
    }

    private ServerInfo InfoFor(bool connectInfo, bool includeClientIp)
    {
        ServerInfo info = server.Info.ForClient(session, connectInfo ? null : _nonce);
        if (!includeClientIp) info = info with { ClientIp = null };
        if (!connectInfo) return info;
        return info with
        {
            ConnectInfo = true,
            RemoteAccount = session.Account.Name,
            IsSystemAccount = ReferenceEquals(session.Account, server.Accounts.System),
        };
    }

    /// <summary>May a client nobody knows yet say this? Only CONNECT, unless anonymous ones have a user.</summary>
    public bool Admits(byte firstByte, DeliveryContext context)
    {
        if (firstByte is (byte)'C' or (byte)'c') return true;
        if (server.Authenticator.FindAnonymousIdentity(session.ConnectionType) is { } anonymous)
        {
            _connected = _spokeFirst = true;
            // A service may have a say in this. What the client said waits for it.
            if (server.Authenticator is CalloutAuthenticator)
            {
                AuthenticateSlowly();
                return false;
            }

            Accept(context, anonymous);
            return true;
        }

        Violate(context, AuthenticationFailure.NotAuthorized);
        return false;
    }

    /// <summary>CONNECT {json}</summary>
    public void Connect(DeliveryContext context, ReadOnlySpan<byte> arguments)
    {
        session.Pings.OnConnect();
        ConnectOptions options = session.Options;
        if (!ConnectOptions.TryParse(arguments, options))
        {
            SessionLog.BadConnect(server.Logger, session, ConnectOptions.FindError(arguments));
            _connection.Close(CloseReason.ProtocolViolation, context);
            return;
        }

        bool first = !_connected;
        _connected = true;
        _credentials = null;
        session.RequestorInfo = null;
        // Compat: a second CONNECT may change the account, so it starts anew: without subscriptions, and in the account of everybody.
        if (!first)
        {
            session.Interest.Clear();
            Identity = null;
            MoveTo(server.Accounts.Global);
        }

        session.ApplyOptions(server.Options);
        if (!IdentifyProxy(context)) return;
        IAuthenticator authenticator = server.Authenticator;
        if (!authenticator.AuthenticationRequired)
        {
            server.SystemServices?.Connections.Connected(session);
            Finish(context);
            return;
        }

        if (!authenticator.IsSlow(Credentials!))
        {
            Conclude(context, authenticator.Authenticate(Credentials!));
            return;
        }

        // bcrypt takes tens of milliseconds, a service that is asked as long as it likes: not on a loop that carries other connections.
        AuthenticateSlowly();
    }

    private void AuthenticateSlowly()
    {
        _suspended = true;
        ThreadPool.UnsafeQueueUserWorkItem(static login => _ = login.AuthenticateSlowlyAsync(), this, preferLocal: false);
    }

    // Before anything else is judged, also where nobody has to log in. False, and closed, for a proxy that is not trusted.
    private bool IdentifyProxy(DeliveryContext context)
    {
        ProxyVerdict verdict = server.Proxies.Check(session.Options.ProxySignature, Nonce);
        // Compat: a second CONNECT without a signature leaves the proxy known by the first.
        _proxyKey = verdict.Key ?? _proxyKey;
        if (verdict.Standing != ProxyStanding.NotTrusted) return true;
        Conclude(context, AuthenticationResult.Refuse(verdict.Flaw, AuthenticationFailure.ProxyNotTrusted));
        return false;
    }

    private async Task AuthenticateSlowlyAsync()
    {
        AuthenticationResult result;
        IAuthenticator? authenticator = null;
        try
        {
            do
            {
                authenticator = server.Authenticator;
                result = await authenticator.AuthenticateAsync(Credentials!, server.Stopping).ConfigureAwait(false);
            }
            // What a reload replaced meanwhile decides nothing any more.
            while (!ReferenceEquals(authenticator, server.Authenticator) && !server.IsStopping);
        }
        catch (Exception) when (server.IsStopping)
        {
            return;
        }
        catch (Exception exception)
        {
            // A bug in one login ends that login, not the process.
            SessionLog.AuthenticationFailed(server.Logger, exception, session);
            result = AuthenticationResult.Refuse();
        }

        // Closed while it waited: there is nobody to answer, and nothing may be counted for it any more.
        if (!_connection.IsClosed) Resume(result, authenticator);
    }

    private void Resume(AuthenticationResult result, IAuthenticator? authenticator)
    {
        DeliveryContext context = server.Contexts.Rent();
        try
        {
            Conclude(context, result);
        }
        finally
        {
            context.Flush();
            server.Contexts.Return(context);
        }

        _suspended = false;
        // A reload passes over who is still being judged, so what it replaced between judgement and here is for us to see.
        Interlocked.MemoryBarrier();
        if (!_connection.IsClosed && !ReferenceEquals(authenticator, server.Authenticator)) ReloadPass.Judge(server, session);
        _connection.Endpoint.Resume();
    }

    private void Conclude(DeliveryContext context, AuthenticationResult result)
    {
        if (result.Identity is not { } identity)
        {
            context.ReleaseHeld();
            if (result.Detail is { } detail) SessionLog.Refused(server.Logger, result.IsDetailError ? LogLevel.Error : LogLevel.Debug, session, detail);
            ReportToAccount(in result);
            Violate(context, result.Reason);
            return;
        }

        if (Accept(context, identity) && !_spokeFirst) Finish(context);
        _spokeFirst = false;
    }

    // A refusal that a service had to do with is told to the owners of its account, in the words of the log.
    private void ReportToAccount(in AuthenticationResult result)
    {
        Account? account = session.Account;
        if (result.ReportAccount is { } name && !server.Accounts.TryGet(name, out account)) return;
        server.SystemServices?.Connections.AccountAuthenticationFailed(session, account!, result.ReportText ?? ReasonOf(result.Reason).ToText());
    }

    private bool Accept(DeliveryContext context, Identity identity)
    {
        IsAwaited = false;
        session.Pings.OnAuthenticated();
        Identity = identity;
        if (!server.Accounts.TryGet(identity.AccountName, out Account? account))
        {
            Violate(context, AuthenticationFailure.NotAuthorized);
            return false;
        }

        MembershipMove move = MoveTo(account);
        if (move == MembershipMove.Full) RefuseAccount(context);
        // Closed while it was judged: it is in no account, and nobody is told that it came.
        if (move != MembershipMove.Counted) return false;

        ApplyPermissions(identity.Permissions);
        SubscriptionSurplus.CheckNewcomer(session);
        if (identity.ExpiresAt is { } end) StartExpiry(end);
        server.SystemServices?.Connections.Connected(session);
        // Replaced while this client was judged: whoever replaced them may not have seen it in the account.
        if (identity.Judge is { } judged && account.Claims is { } now && !ReferenceEquals(judged, now))
        {
            context.ReleaseHeld();
            new MemberReview(server).Review(session, judged, now);
        }

        return !_connection.IsClosed;
    }

    private void StartExpiry(DateTimeOffset end)
    {
        _expiry ??= new CredentialExpiry(this);
        server.Timers.Schedule(_expiry, end - server.Time.GetUtcNow());
        // Closed in between: its end came before there was anything to stop.
        if (_connection.IsClosed) server.Timers.Cancel(_expiry);
    }

    /// <summary>What the client was let in by is no longer good: it is told, and closed.</summary>
    public void EndClaims(string text, CloseReason reason)
    {
        SessionLog.Refused(server.Logger, LogLevel.Debug, session, text);
        _connection.SendNow(Encoding.ASCII.GetBytes($"-ERR '{text}'\r\n"));
        _connection.Close(reason);
    }

    /// <summary>The client may not be here any more, which is a violation: the log is told why.</summary>
    public void EndClaims(string detail)
    {
        SessionLog.Refused(server.Logger, LogLevel.Debug, session, detail);
        SessionLog.AuthenticationError(server.Logger, session, $"authentication error - {Identity?.Describe()}");
        _connection.SendNow("-ERR 'Authorization Violation'\r\n"u8);
        _connection.Close(CloseReason.AuthenticationViolation);
    }

    public void ApplyPermissions(CompiledPermissions? permissions)
    {
        session.Permissions = permissions;
        session.PublishCache = permissions is { RestrictsPublish: true } ? new PermissionCache(permissions) : null;
        session.ResponsePermits = permissions?.Responses is null ? null : new ResponsePermits(permissions);
    }

    /// <summary>After a reload the connection stays, perhaps with other permissions.</summary>
    public void Renew(Identity identity)
    {
        Identity = identity;
        ApplyPermissions(identity.Permissions);
        session.ApplyOptions(server.Options);
        session.Interest.ApplyPermissions();
    }

    // What follows authentication, in nats-server's order: each refusal has its own text.
    private void Finish(DeliveryContext context)
    {
        ConnectOptions options = session.Options;
        IsAwaited = false;
        session.Pings.OnAuthenticated();
        if (options.NewAccount || !string.IsNullOrEmpty(options.Account))
        {
            Violate(context, AuthenticationFailure.NotAuthorized);
            return;
        }

        _introduced = true;
        _logName = null;
        if (options.Protocol is < 0 or > 1)
        {
            Refuse(context, ErrorTexts.InvalidClientProtocol, CloseReason.BadClientProtocolVersion);
        }
        else if (options.NoResponders && !session.HeadersSupported)
        {
            Refuse(context, ErrorTexts.NoRespondersNeedsHeaders, CloseReason.NoRespondersRequiresHeaders);
        }
        else if (options.Verbose)
        {
            session.SendOk(context);
        }
    }

    private void Refuse(DeliveryContext context, string text, CloseReason reason)
    {
        session.SendError(context, text);
        _connection.Close(reason, context);
        context.ReleaseHeld();
        SessionLog.Violation(server.Logger, session, text);
    }

    private void Violate(DeliveryContext context, AuthenticationFailure failure)
    {
        context.ReleaseHeld();
        ReportViolation(failure);
        session.SendError(context, ErrorTexts.AuthorizationViolation);
        _connection.Close(ReasonOf(failure), context);
    }

    /// <summary>Ends a connection that was let in, for it would be no longer. Any thread, no lock held.</summary>
    public void Expel(AuthenticationFailure failure)
    {
        ReportViolation(failure);
        _connection.SendNow(Encoding.ASCII.GetBytes($"-ERR '{ErrorTexts.AuthorizationViolation}'\r\n"));
        _connection.Close(ReasonOf(failure));
    }

    private void ReportViolation(AuthenticationFailure failure)
    {
        string who = Credentials is { ClaimedName: not null } credentials ? $"authentication error - {credentials.Describe()}" : "authentication error";
        SessionLog.AuthenticationError(server.Logger, session, who);
        server.SystemServices?.Connections.AuthenticationFailed(session, ReasonOf(failure));
    }

    private static CloseReason ReasonOf(AuthenticationFailure failure) => failure switch
    {
        AuthenticationFailure.ProxyNotTrusted => CloseReason.ProxyNotTrusted,
        AuthenticationFailure.ProxyRequired => CloseReason.ProxyRequired,
        _ => CloseReason.AuthenticationViolation,
    };

    private byte[] Nonce => _nonce is null ? [] : Encoding.ASCII.GetBytes(_nonce);

    private MembershipMove MoveTo(Account account)
    {
        Account? before = _membership.Account;
        if (ReferenceEquals(account, before)) return MembershipMove.Counted;
        MembershipMove move = _membership.Move(account);
        if (move == MembershipMove.Ended) return move;
        session.Account = account;
        session.ApplyOptions(server.Options);
        if (before is not null) server.SystemServices?.AccountConnections.Changed(before);
        if (move == MembershipMove.Counted) server.SystemServices?.AccountConnections.Changed(account);
        return move;
    }

    /// <summary>Closes the connection as one too many for its account.</summary>
    public void RefuseAccount()
    {
        SessionLog.MaxAccountConnections(server.Logger, session);
        _connection.SendNow("-ERR 'maximum account active connections exceeded'\r\n"u8);
        _connection.Close(CloseReason.MaxAccountConnectionsExceeded);
    }

    private void RefuseAccount(DeliveryContext context)
    {
        context.ReleaseHeld();
        RefuseAccount();
    }

    public void OnClosed()
    {
        if (_expiry is { } expiry) server.Timers.Cancel(expiry);
        Left = _membership.End();
    }

    private string? UserLabel(ConnectOptions options)
    {
        // Compat: what a service calls the user stands in place of all that the client said.
        if (Identity is { IsVouchedFor: true, UserName: { } vouched, NKey: null }) return $"user:{vouched}";
        if (!string.IsNullOrEmpty(options.NKey)) return $"nkey:{options.NKey}";
        if (!string.IsNullOrEmpty(options.User)) return $"user:{options.User}";
        if (!string.IsNullOrEmpty(options.Jwt)) return $"jwt:{Identity?.Claims?.Subject}";
        return string.IsNullOrEmpty(options.Token) ? null : "token";
    }

    // Compat: "v1.2.3:lang:name" and "account/user", as far as known, behind the address. Made only when something is logged.
    private string NameForLogs()
    {
        string name = LogAddress;
        if (!_introduced) return name;
        ConnectOptions options = session.Options;
        var parts = new List<string>(3);
        if (!string.IsNullOrEmpty(options.Version)) parts.Add($"v{options.Version}");
        if (!string.IsNullOrEmpty(options.Language)) parts.Add(options.Language);
        if (!string.IsNullOrEmpty(options.Name)) parts.Add(options.Name);
        if (parts.Count > 0) name += $" - {GoQuote.Quote(string.Join(':', parts))}";
        if (UserLabel(options) is { } user) name += $" - {GoQuote.Quote($"{session.Account.Name}/{user}")}";
        return name;
    }
}
