using System.Text;
using DotNats.Primitives;
using DotNats.Protocol;
using DotNats.Server.Authentication;
using DotNats.Server.Routing;

namespace DotNats.Server.Connections;

/// <summary>From INFO to an authenticated client of the NATS protocol: the greeting, CONNECT, and the answer to it.</summary>
// Owner: the receive side, as of all of the login.
internal sealed class ClientLogin(ClientSession session) : MemberLogin(session)
{
    private readonly ClientSession _session = session;
    private string? _nonce;

    // Past its login. Compat: what it calls itself is in no line of the log before.
    private bool _introduced;
    private bool _spokeFirst;

    public override void Start()
    {
        if (Server.NonceRequired) _nonce = Server.NewNonce();
        base.Start();
    }

    /// <summary>Sends the INFO for this client as things stand: with the batch of <paramref name="context"/>, or at once without one.</summary>
    /// <param name="context">The batch it leaves with; null for at once.</param>
    /// <param name="connectInfo">It answers a CONNECT, so it tells what the client has become.</param>
    /// <param name="includeClientIp">False while only a proxy's address is known.</param>
    /// <param name="requireTls">The client came with a TLS handshake, so TLS is required of it whatever others may do.</param>
    public void SendInfo(DeliveryContext? context, bool connectInfo = false, bool includeClientIp = true, bool requireTls = false)
    {
        InfoWriter writer = Server.Info.RentWriter();
        ServerInfo info = InfoFor(connectInfo, includeClientIp);
        ReadOnlySpan<byte> line = writer.Write(requireTls ? info with { TlsRequired = true } : info);
        if (context is null) Connection.SendNow(line);
        else _session.Send(context, line);
        Server.Info.ReturnWriter(writer);
    }

    /// <summary>Asks this client to go elsewhere, though the server stays.</summary>
    public void SendLameDuckInfo()
    {
        InfoWriter writer = Server.Info.RentWriter();
        Connection.SendNow(writer.Write(InfoFor(connectInfo: false, includeClientIp: true) with { LameDuckMode = true }));
        Server.Info.ReturnWriter(writer);
    }

    private ServerInfo InfoFor(bool connectInfo, bool includeClientIp)
    {
        ServerInfo info = Server.Info.ForClient(_session, connectInfo ? null : _nonce);
        if (!includeClientIp) info = info with { ClientIp = null };
        if (!connectInfo) return info;
        return info with
        {
            ConnectInfo = true,
            RemoteAccount = _session.Account.Name,
            IsSystemAccount = ReferenceEquals(_session.Account, Server.Accounts.System),
        };
    }

    /// <summary>May a client nobody knows yet say this? Only CONNECT, unless anonymous ones have a user.</summary>
    public bool Admits(byte firstByte, DeliveryContext context)
    {
        if (firstByte is (byte)'C' or (byte)'c') return true;
        if (Server.Authenticator.FindAnonymousIdentity(_session.ConnectionType) is { } anonymous)
        {
            IsConnected = _spokeFirst = true;
            // A service may have a say in this. What the client said waits for it.
            if (Server.Authenticator is CalloutAuthenticator)
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
        _session.Pings.OnConnect();
        if (!ConnectOptions.TryParse(arguments, _session.Options))
        {
            SessionLog.BadConnect(Server.Logger, _session, ConnectOptions.FindError(arguments));
            Connection.Close(CloseReason.ProtocolViolation, context);
            return;
        }

        _spokeFirst = false;
        BeginAnew();
        if (IdentifyProxy(context)) Authenticate(context);
    }

    // Before anything else is judged, also where nobody has to log in. False, and closed, for a proxy that is not trusted.
    private bool IdentifyProxy(DeliveryContext context)
    {
        ProxyVerdict verdict = Server.Proxies.Check(_session.Options.ProxySignature, Nonce);
        // Compat: a second CONNECT without a signature leaves the proxy known by the first.
        ProxyKey = verdict.Key ?? ProxyKey;
        if (verdict.Standing != ProxyStanding.NotTrusted) return true;
        Conclude(context, AuthenticationResult.Refuse(verdict.Flaw, AuthenticationFailure.ProxyNotTrusted));
        return false;
    }

    protected override ConnectCredentials ReadCredentials() => ClientCredentials.Of(_session, _session.Options.Jwt, Nonce, ProxyKey);

    // In nats-server's order: each refusal has its own text. Who was let in before it said CONNECT has asked for nothing.
    protected override void OnAccepted(DeliveryContext context)
    {
        if (_spokeFirst) return;
        ConnectOptions options = _session.Options;
        IsAwaited = false;
        _session.OnAuthenticated();
        if (options.NewAccount || !string.IsNullOrEmpty(options.Account))
        {
            Violate(context, AuthenticationFailure.NotAuthorized);
            return;
        }

        _introduced = true;
        ForgetLogName();
        if (options.Protocol is < 0 or > 1)
        {
            Refuse(context, ErrorTexts.InvalidClientProtocol, CloseReason.BadClientProtocolVersion);
        }
        else if (options.NoResponders && !_session.HeadersSupported)
        {
            Refuse(context, ErrorTexts.NoRespondersNeedsHeaders, CloseReason.NoRespondersRequiresHeaders);
        }
        else if (options.Verbose)
        {
            _session.SendOk(context);
        }
    }

    private void Refuse(DeliveryContext context, string text, CloseReason reason)
    {
        _session.SendError(context, text);
        Connection.Close(reason, context);
        context.ReleaseHeld();
        SessionLog.Violation(Server.Logger, _session, text);
    }

    private byte[] Nonce => _nonce is null ? [] : Encoding.ASCII.GetBytes(_nonce);

    private string? UserLabel(ConnectOptions options)
    {
        // Compat: what a service calls the user stands in place of all that the client said.
        if (Identity is { IsVouchedFor: true, UserName: { } vouched, NKey: null }) return $"user:{vouched}";
        if (!string.IsNullOrEmpty(options.NKey)) return $"nkey:{options.NKey}";
        if (!string.IsNullOrEmpty(options.User)) return $"user:{options.User}";
        if (!string.IsNullOrEmpty(options.Jwt)) return $"jwt:{Identity?.Claims?.Subject}";
        return string.IsNullOrEmpty(options.Token) ? null : "token";
    }

    // Compat: "v1.2.3:lang:name" and "account/user", as far as known, behind the address.
    protected override string NameForLogs(string address)
    {
        if (!_introduced) return address;
        ConnectOptions options = _session.Options;
        var parts = new List<string>(3);
        if (!string.IsNullOrEmpty(options.Version)) parts.Add($"v{options.Version}");
        if (!string.IsNullOrEmpty(options.Language)) parts.Add(options.Language);
        if (!string.IsNullOrEmpty(options.Name)) parts.Add(options.Name);
        string name = address;
        if (parts.Count > 0) name += $" - {GoQuote.Quote(string.Join(':', parts))}";
        if (UserLabel(options) is { } user) name += $" - {GoQuote.Quote($"{_session.Account.Name}/{user}")}";
        return name;
    }
}
