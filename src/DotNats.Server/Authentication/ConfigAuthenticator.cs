using DotNats.Primitives;
using DotNats.Security;

namespace DotNats.Server.Authentication;

/// <summary>
/// Logins by what the configuration file says: users, nkeys, one user, a token, <c>no_auth_user</c>, certificates with
/// <c>verify_and_map</c>. Immutable; a reload makes a new one.
/// </summary>
/// <remarks>Order of judgement (nats-server's): nkey, certificate or user of a list, token, single user.</remarks>
public sealed class ConfigAuthenticator : IAuthenticator
{
    private const string GlobalAccount = "$G";

    private readonly UserDirectory _directory;
    private readonly PasswordCheck _passwords;
    private readonly Identity? _tokenIdentity;
    private readonly Identity? _singleUserIdentity;
    private readonly bool _simpleProxyRequired;
    private readonly bool _mapsCertificates;
    private readonly string[] _mappedTypes;

    /// <param name="options">Validated options (<see cref="AuthenticationValidation"/>).</param>
    /// <param name="previous">The authenticator this one replaces at a reload, else null.</param>
    /// <exception cref="ArgumentException">A permission is no subject.</exception>
    public ConfigAuthenticator(NatsServerOptions options, ConfigAuthenticator? previous = null) : this(options, LoginTerms.ForClients(options), previous)
    {
    }

    /// <param name="options">As above.</param>
    /// <param name="terms">Those of the listener whose clients are judged.</param>
    /// <param name="previous">As above.</param>
    internal ConfigAuthenticator(NatsServerOptions options, LoginTerms terms, ConfigAuthenticator? previous = null)
    {
        _directory = new UserDirectory(options, terms, previous?._directory.ImplicitUserName);
        _mapsCertificates = terms.MapsCertificates;
        _mappedTypes = LoginTerms.MappedTypes(options);
        _simpleProxyRequired = options.Authorization.ProxyRequired;
        if (!string.IsNullOrEmpty(terms.Token))
            _tokenIdentity = new Identity { AccountName = GlobalAccount, UsedToken = true, StoredSecret = terms.Token };
        if (!string.IsNullOrEmpty(terms.Username))
        {
            _singleUserIdentity = new Identity
            {
                AccountName = GlobalAccount,
                UserName = terms.Username,
                StoredSecret = terms.Password ?? "",
            };
        }

        _passwords = new PasswordCheck(StoredSecrets());
        AuthenticationRequired = _directory.HasUsers || _directory.HasNKeys || _tokenIdentity is not null || _singleUserIdentity is not null;
        AnnouncesAuthentication = AuthenticationRequired && (_directory.NoAuthUserName is null || _directory.ImplicitUserName is not null);
        HasPlaintextPasswords = FindPlaintextPasswords();
    }

    public bool AuthenticationRequired { get; }

    public bool AnnouncesAuthentication { get; }

    public bool NonceRequired => _directory.HasNKeys;

    /// <summary>True when a password is stored in clear, which deserves a warning at start-up. Tokens and users that only a certificate can be are not counted.</summary>
    public bool HasPlaintextPasswords { get; }

    public bool IsSlow(ConnectCredentials credentials) =>
        AuthenticationRequired && _passwords.IsSlow && (credentials.HasUserOrToken || _mapsCertificates)
        && (string.IsNullOrEmpty(credentials.NKey) || !_directory.HasNKeys);

    public AuthenticationResult Authenticate(ConnectCredentials credentials)
    {
        if (!AuthenticationRequired)
            return AuthenticationResult.Accept(Unchecked(credentials));
        if (_directory.HasNKeys && FindNKeyName(credentials) is { } nkey)
            return AuthenticateNKey(nkey, credentials);
        if (_directory.HasUsers)
        {
            if (_mapsCertificates)
                return AuthenticateCertificate(credentials);
            if (AnonymousUser(credentials) is { } anonymous)
                return AuthenticateAnonymous(anonymous, credentials.ConnectionType, credentials.ProxyKey is not null);
            if (!string.IsNullOrEmpty(credentials.User))
                return AuthenticateUser(credentials);
        }

        return AuthenticateSimple(credentials);
    }

    public Identity? FindAnonymousIdentity(string connectionType)
    {
        if (!AuthenticationRequired || _directory.NoAuthUserName is not { } name || _directory.FindUser(name) is not { } user)
            return null;
        return AuthenticateAnonymous(user, connectionType, isProxied: false).Identity;
    }

    public Reauthentication Reauthenticate(ConnectCredentials credentials, Identity current)
    {
        string? name = current.NKey ?? current.UserName;
        ConfiguredUser? entry = current.NKey is not null ? _directory.FindNKey(current.NKey)
            : current.UserName is not null ? _directory.FindUser(current.UserName)
            : null;
        if (KeepUnchanged(entry, credentials, current) is { } kept)
            return new Reauthentication(ReauthenticationVerdict.Stays, AuthenticationResult.Accept(kept));
        // Compat: a named user that is in no list counts as moved, not as refused; so does the single user of authorization {}.
        if (name is not null && entry?.Identity.AccountName != current.AccountName)
            return new Reauthentication(ReauthenticationVerdict.Moved, default);
        AuthenticationResult result = Authenticate(credentials);
        return new Reauthentication(result.Ok ? ReauthenticationVerdict.Stays : ReauthenticationVerdict.Refused, result);
    }

    // What was proved once stays proved while user, account and stored secret are the same: no second bcrypt run for every client.
    private Identity? KeepUnchanged(ConfiguredUser? entry, ConnectCredentials credentials, Identity current)
    {
        if (!AuthenticationRequired)
            return current.IsAuthenticated ? null : current;
        Identity? known = entry is null ? _tokenIdentity ?? _singleUserIdentity : current.IsNoAuthUser ? entry.NoAuthIdentity : entry.Identity;
        if (known is null || !known.HasSameAccess(current))
            return null;
        // Whether the certificate still maps to this user, only mapping it again can tell.
        bool mayStay = entry is null
            ? !_simpleProxyRequired || credentials.ProxyKey is not null
            : !_mapsCertificates && (!entry.ProxyRequired || credentials.ProxyKey is not null) && entry.Allows(credentials.ConnectionType);
        return mayStay ? known : null;
    }

    // Null when the login is not by nkey.
    private string? FindNKeyName(ConnectCredentials credentials)
    {
        if (!string.IsNullOrEmpty(credentials.NKey))
            return credentials.NKey;
        return !credentials.HasUserOrToken && _directory.NoAuthUserName is { } name && _directory.FindNKey(name) is not null ? name : null;
    }

    private AuthenticationResult AuthenticateNKey(string nkey, ConnectCredentials credentials)
    {
        if (_directory.FindNKey(nkey) is not { } user || !user.Allows(credentials.ConnectionType))
            return AuthenticationResult.Refuse();
        if (user.ProxyRequired && credentials.ProxyKey is null)
            return RefuseWithoutProxy();
        // Compat: the no_auth_user's nkey needs no signature, not even from a client that names it.
        if (user.NoAuthIdentity is { } anonymous)
            return AuthenticationResult.Accept(anonymous);
        string? flaw = NonceSignature.Check(nkey, credentials.Nonce.Span, credentials.Signature);
        return flaw is null ? AuthenticationResult.Accept(user.Identity) : AuthenticationResult.Refuse(flaw);
    }

    private AuthenticationResult AuthenticateCertificate(ConnectCredentials credentials)
    {
        if (CertificateMapping.Find(_directory, credentials, out string? flaw) is not { } user)
            return AuthenticationResult.Refuse(flaw);
        if (user.ProxyRequired && credentials.ProxyKey is null)
            return RefuseWithoutProxy();
        // Compat: the certificate names the user, but a password in CONNECT is still compared, so one that is sent without need refuses.
        return _passwords.Verify(user.Password, credentials.Password ?? "")
            ? AuthenticationResult.Accept(user.Identity)
            : AuthenticationResult.Refuse();
    }

    private ConfiguredUser? AnonymousUser(ConnectCredentials credentials) =>
        !credentials.HasUserOrToken && _directory.NoAuthUserName is { } name ? _directory.FindUser(name) : null;

    private static AuthenticationResult AuthenticateAnonymous(ConfiguredUser user, string connectionType, bool isProxied)
    {
        // Compat: nats-server logs the client in with the stored password as if it had sent it, which a bcrypt hash never equals.
        if (!user.Allows(connectionType) || PasswordVerifier.IsBcrypt(user.Password))
            return AuthenticationResult.Refuse();
        return user.ProxyRequired && !isProxied ? RefuseWithoutProxy() : AuthenticationResult.Accept(user.NoAuthIdentity!);
    }

    private AuthenticationResult AuthenticateUser(ConnectCredentials credentials)
    {
        ConfiguredUser? user = _directory.FindUser(credentials.User!);
        bool good = _passwords.Verify(user?.Password, credentials.Password ?? "");
        if (user is null || !user.Allows(credentials.ConnectionType))
            return AuthenticationResult.Refuse();
        if (user.ProxyRequired && credentials.ProxyKey is null)
            return RefuseWithoutProxy();
        if (IsCertificateOnly(user))
            return AuthenticationResult.Refuse($"User {GoQuote.Quote(user.Identity.UserName ?? "")} requires a client certificate");
        return good ? AuthenticationResult.Accept(user.Identity) : AuthenticationResult.Refuse();
    }

    // Who has no password because a certificate says who it is, on some listener, is nobody without one on the others.
    private bool IsCertificateOnly(ConfiguredUser user) =>
        user.Password.Length == 0 && user.NoAuthIdentity is null && Array.Exists(_mappedTypes, user.Allows);

    private AuthenticationResult AuthenticateSimple(ConnectCredentials credentials)
    {
        if (_simpleProxyRequired && credentials.ProxyKey is null)
            return RefuseWithoutProxy();
        if (_tokenIdentity is not null)
            return Judge(_tokenIdentity, _passwords.Verify(_tokenIdentity.StoredSecret, credentials.Token ?? ""));
        if (_singleUserIdentity is null)
            return AuthenticationResult.Refuse();
        bool named = PasswordVerifier.FixedTimeEquals(_singleUserIdentity.UserName!, credentials.User ?? "");
        bool good = _passwords.Verify(_singleUserIdentity.StoredSecret, credentials.Password ?? "");
        return Judge(_singleUserIdentity, named && good);
    }

    private static AuthenticationResult Judge(Identity identity, bool good) =>
        good ? AuthenticationResult.Accept(identity) : AuthenticationResult.Refuse();

    private static AuthenticationResult RefuseWithoutProxy() =>
        AuthenticationResult.Refuse("proxy connection required", AuthenticationFailure.ProxyRequired);

    // Nobody asks, so whatever the client says of itself is only its label.
    private static Identity Unchecked(ConnectCredentials credentials) => new()
    {
        AccountName = GlobalAccount,
        UserName = string.IsNullOrEmpty(credentials.User) ? null : credentials.User,
        NKey = string.IsNullOrEmpty(credentials.NKey) ? null : credentials.NKey,
        UsedToken = !string.IsNullOrEmpty(credentials.Token),
        IsAuthenticated = false,
    };

    private IEnumerable<string> StoredSecrets()
    {
        IEnumerable<string> simple = new[] { _tokenIdentity?.StoredSecret, _singleUserIdentity?.StoredSecret }.OfType<string>();
        return _directory.Users.Select(user => user.Password).Concat(simple);
    }

    private bool FindPlaintextPasswords()
    {
        if (_singleUserIdentity?.StoredSecret is { Length: > 0 } single && !PasswordVerifier.IsBcrypt(single))
            return true;
        return _directory.Users.Any(user => !PasswordVerifier.IsBcrypt(user.Password)
            && user.Identity.UserName != _directory.ImplicitUserName
            && !(user.Password.Length == 0 && _mapsCertificates && user.Allows(ConnectionTypes.Standard)));
    }
}
