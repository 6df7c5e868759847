using System.Net;
using System.Text;
using DotNats.Protocol;
using DotNats.Protocol.Text;
using DotNats.Security;
using DotNats.Server.Accounts;
using DotNats.Server.Authentication;
using DotNats.Server.Routing;

namespace DotNats.Server.Connections;

/// <summary>From INFO to an authenticated client: the greeting, CONNECT, and who it turned out to be.</summary>
// Owner: the receive side; a slow password check runs on the thread pool while reading is suspended.
internal sealed class ClientLogin(ClientSession session, ServerCore server)
{
    private readonly Connection _connection = session.Connection;
    private string? _nonce;
    private bool _connected;
    private bool _attached;
    private string? _logAddress;
    private string? _logName;
    private ConnectCredentials? _credentials;

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
    public ConnectCredentials? Credentials => _credentials ??= _connected ? ToCredentials(session.Options) : null;

    public string LogName => _logName ??= NameForLogs();

    private string LogAddress => _logAddress ?? $"{_connection.RemoteIp}:{_connection.RemotePort} - cid:{_connection.Id}";

    /// <summary>INFO goes out; from here the client has its time to authenticate.</summary>
    public void Start()
    {
        IAuthenticator authenticator = server.Authenticator;
        IsAwaited = authenticator.AuthenticationRequired;
        if (authenticator.NonceRequired) _nonce = server.NewNonce();
        Attach(session.Account);
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
            _connected = true;
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
            SessionLog.BadConnect(server.Logger, session);
            _connection.Close(CloseReason.ProtocolViolation, context);
            return;
        }

        bool first = !_connected;
        _connected = true;
        _credentials = null;
        // Compat: a second CONNECT may change the account, so it starts without subscriptions.
        if (!first) session.Interest.Clear();
        session.ApplyOptions(server.Options);
        IAuthenticator authenticator = server.Authenticator;
        if (!authenticator.AuthenticationRequired)
        {
            Finish(context);
            return;
        }


        if (!authenticator.IsSlow(Credentials!))
        {
            Conclude(context, authenticator.Authenticate(Credentials!));
            return;
        }

        // bcrypt takes tens of milliseconds, a service that is asked as long as it likes: not on a loop that carries other connections.
        _suspended = true;
        ThreadPool.UnsafeQueueUserWorkItem(static login => _ = login.AuthenticateSlowlyAsync(), this, preferLocal: false);
    }

    private async Task AuthenticateSlowlyAsync()
    {
        AuthenticationResult result;
        try
        {
            result = await server.Authenticator.AuthenticateAsync(Credentials!, server.Stopping).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // A bug in one login ends that login, not the process.
            SessionLog.AuthenticationFailed(server.Logger, exception, session);
            result = AuthenticationResult.Refuse();
        }

        // Closed while it waited: there is nobody to answer, and nothing may be counted for it any more.
        if (!_connection.IsClosed) Resume(result);
    }

    private void Resume(AuthenticationResult result)
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
        _connection.Endpoint.Resume();
    }

    private void Conclude(DeliveryContext context, AuthenticationResult result)
    {
        if (result.Identity is not { } identity)
        {
            Violate(context, result.Reason);
            return;
        }

        if (Accept(context, identity)) Finish(context);
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

        Attach(account);
        ApplyPermissions(identity.Permissions);
        return true;
    }

    public void ApplyPermissions(CompiledPermissions? permissions)
    {
        session.Permissions = permissions;
        session.PublishCache = permissions is { RestrictsPublish: true } ? new PermissionCache(permissions) : null;
        session.DeliveryCache = permissions is { RestrictsSubscribe: true } ? new PermissionCache(permissions, ofDeliveries: true) : null;
        session.ResponsePermits = permissions?.Responses is null ? null : new ResponsePermits(permissions);
    }

    /// <summary>After a reload the connection stays, perhaps with other permissions.</summary>
    public void Renew(Identity identity)
    {
        Identity = identity;
        ApplyPermissions(identity.Permissions);
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

        _logName = null;
        if (options.Protocol is < 0 or > 1)
        {
            session.SendError(context, ErrorTexts.InvalidClientProtocol);
            _connection.Close(CloseReason.BadClientProtocolVersion, context);
        }
        else if (options.NoResponders && !session.HeadersSupported)
        {
            session.SendError(context, ErrorTexts.NoRespondersNeedsHeaders);
            _connection.Close(CloseReason.NoRespondersRequiresHeaders, context);
        }
        else if (options.Verbose)
        {
            session.SendOk(context);
        }
    }

    private void Violate(DeliveryContext context, AuthenticationFailure failure)
    {
        string who = Credentials is { ClaimedName: not null } credentials ? $"authentication error - {credentials.Describe()}" : "authentication error";
        context.ReleaseHeld();
        SessionLog.AuthenticationError(server.Logger, session, who);
        server.Statistics.CountAuthenticationError();
        session.SendError(context, ErrorTexts.AuthorizationViolation);
        _connection.Close(failure == AuthenticationFailure.ProxyRequired ? CloseReason.ProxyRequired : CloseReason.AuthenticationViolation, context);
    }

    private ConnectCredentials ToCredentials(ConnectOptions options) => new()
    {
        User = options.User,
        Password = options.Password,
        Token = options.Token,
        Jwt = options.Jwt,
        NKey = options.NKey,
        Signature = options.Signature,
        ProxySignature = options.ProxySignature,
        Nonce = _nonce is null ? default : Encoding.ASCII.GetBytes(_nonce),
        ConnectionType = session.ConnectionType,
        RemoteAddress = IPAddress.TryParse(_connection.RemoteIp, out IPAddress? ip) ? new IPEndPoint(ip, _connection.RemotePort) : null,
        ClientCertificate = _connection.Endpoint.Tls?.PeerCertificate,
    };

    private void Attach(Account account)
    {
        if (_attached)
        {
            if (ReferenceEquals(account, session.Account)) return;
            session.Account.Detach();
        }

        _attached = true;
        session.Account = account;
        account.Attach();
        session.ApplyOptions(server.Options);
    }

    public void OnClosed()
    {
        if (!_attached) return;
        _attached = false;
        session.Account.Detach();
    }

    private static string? UserLabel(ConnectOptions options)
    {
        if (!string.IsNullOrEmpty(options.NKey)) return $"nkey:{options.NKey}";
        if (!string.IsNullOrEmpty(options.User)) return $"user:{options.User}";
        return string.IsNullOrEmpty(options.Token) ? null : "token";
    }

    // Compat: "v1.2.3:lang:name" and "account/user", as far as known, behind the address. Made only when something is logged.
    private string NameForLogs()
    {
        string name = LogAddress;
        if (!_connected) return name;
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
