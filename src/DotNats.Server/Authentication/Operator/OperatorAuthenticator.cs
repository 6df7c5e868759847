using System.Net;
using DotNats.Security;
using DotNats.Server.Accounts;

namespace DotNats.Server.Authentication;

/// <summary>Logins by user JWTs, in accounts by JWTs that an operator signed. Immutable; a reload makes a new one.</summary>
/// <remarks>
/// Order of judgement (nats-server's): the JWT itself, proxy, its time and sense, pinned accounts, the account and its operator, the signer and
/// its scope, account expiry, bearer, connection type, signature of the nonce, revocation, source address, time of the day.
/// </remarks>
// Previous stop: Connections/ClientLogin. Next stop: Accounts/Claims/OperatorAccounts, which loads the account.
internal sealed class OperatorAuthenticator(NatsServerOptions options, OperatorAccounts accounts, ServerStatistics statistics, TimeProvider time) : IAuthenticator
{
    // Users of the system account always get in.
    private readonly HashSet<string>? _pinnedAccounts = options.ResolverPinnedAccounts.Count > 0
        ? new HashSet<string>(options.ResolverPinnedAccounts, StringComparer.Ordinal) { AccountRegistry.SystemNameOf(options) }
        : null;

    public bool AuthenticationRequired => true;

    public bool AnnouncesAuthentication => true;

    public bool NonceRequired => true;

    // Two signatures and perhaps a fetch: not on a loop that carries other connections.
    public bool IsSlow(ConnectCredentials credentials) => true;

    public AuthenticationResult Authenticate(ConnectCredentials credentials)
    {
        if (ReadUser(credentials, out string jwt, out AuthenticationResult refused) is not { } user) return refused;
        return accounts.FindLoaded(user.Account) is { Claims: { } account }
            ? Judge(credentials, user, jwt, account)
            : AuthenticationResult.Refuse($"Account JWT lookup error: {AccountVerifier.Missing}");
    }

    public async ValueTask<AuthenticationResult> AuthenticateAsync(ConnectCredentials credentials, CancellationToken cancellationToken)
    {
        if (ReadUser(credentials, out string jwt, out AuthenticationResult refused) is not { } user) return refused;
        (Account? account, string? error) = await accounts.FindAsync(user.Account).ConfigureAwait(false);
        return account?.Claims is { } claims ? Judge(credentials, user, jwt, claims) : AuthenticationResult.Refuse($"Account JWT lookup error: {error}");
    }

    public Identity? FindAnonymousIdentity(string connectionType) => null;

    /// <remarks>What was signed once stays signed: everything is judged anew but the two signatures.</remarks>
    public Reauthentication Reauthenticate(ConnectCredentials credentials, Identity current)
    {
        // Compat: a client that names a user or nkey beside its JWT is looked for in lists that are empty here, and so counts as moved.
        if (!string.IsNullOrEmpty(credentials.NKey) || !string.IsNullOrEmpty(credentials.User))
            return new Reauthentication(ReauthenticationVerdict.Moved, default);
        AuthenticationResult result = current.Claims is { } user && current.Jwt is { } jwt && CheckUser(credentials, user, out AuthenticationResult refused)
            ? JudgeLoaded(credentials, user, jwt)
            : AuthenticationResult.Refuse();
        return new Reauthentication(result.Ok ? ReauthenticationVerdict.Stays : ReauthenticationVerdict.Refused, result);
    }

    private AuthenticationResult JudgeLoaded(ConnectCredentials credentials, UserClaims user, string jwt) =>
        accounts.FindLoaded(user.Account) is { Claims: { } account } ? Judge(credentials, user, jwt, account, isKnown: true) : AuthenticationResult.Refuse();

    // The JWT the client brought, or the sentinel for those who bring none. Compat: one that cannot be read counts as none.
    private UserClaims? ReadUser(ConnectCredentials credentials, out string jwt, out AuthenticationResult refused)
    {
        jwt = credentials.Jwt ?? "";
        if (!JwtReader.TryReadUser(jwt, out UserClaims? user, out _))
        {
            jwt = options.DefaultSentinel ?? "";
            if (jwt.Length == 0)
            {
                refused = AuthenticationResult.Refuse("Authentication requires a user JWT");
                return null;
            }

            if (!JwtReader.TryReadUser(jwt, out user, out JwtError error))
            {
                refused = AuthenticationResult.Refuse($"User JWT not valid: {error.Text}");
                return null;
            }
        }

        return CheckUser(credentials, user, out refused) ? user : null;
    }

    private bool CheckUser(ConnectCredentials credentials, UserClaims user, out AuthenticationResult refused)
    {
        ClaimIssues issues = ClaimsValidation.Check(user, time.GetUtcNow());
        if (user.Limits.ProxyRequired && credentials.ProxyKey is null)
        {
            refused = AuthenticationResult.Refuse("proxy required", AuthenticationFailure.ProxyRequired);
        }
        else if (issues.IsBlocking(includeTime: true))
        {
            refused = AuthenticationResult.Refuse($"User JWT no longer valid: {string.Join("; ", issues.All.Select(static issue => issue.Text))}");
        }
        else if (_pinnedAccounts?.Contains(user.Account) == false)
        {
            statistics.CountPinnedAccountFailure();
            refused = AuthenticationResult.Refuse($"Account {user.Account} not listed as operator pinned account");
        }
        else
        {
            refused = default;
            return true;
        }

        return false;
    }

    private AuthenticationResult Judge(ConnectCredentials credentials, UserClaims user, string jwt, ClaimedAccount account, bool isKnown = false)
    {
        if (!accounts.Trust.IsTrusted(account.Claims.Issuer)) return AuthenticationResult.Refuse("Account JWT not signed by trusted operator");
        if (!UserIdentities.TryScope(user, account.Claims, account.IsOwnKeyTrusted, out UserClaims? scoped, out string? flaw)) return AuthenticationResult.Refuse(flaw);
        if (account.IsExpired) return AuthenticationResult.Refuse("Account JWT has expired");
        if (scoped.Limits.BearerToken && account.Claims.Limits.DisallowBearer) return AuthenticationResult.Refuse("Account does not allow bearer tokens");
        if (RefuseConnectionType(scoped.Limits.AllowedConnectionTypes, credentials.ConnectionType) is { } wrongType) return AuthenticationResult.Refuse(wrongType);
        if (!scoped.Limits.BearerToken && !isKnown && NonceSignature.Check(user.Subject, credentials.Nonce.Span, credentials.Signature) is { } unsigned)
            return AuthenticationResult.Refuse(unsigned);
        if (account.IsRevoked(user)) return AuthenticationResult.Refuse("User authentication revoked");
        IPAddress? address = (credentials.RemoteAddress as IPEndPoint)?.Address;
        if (!SourceNetworks.Allows(scoped.Limits.Sources, address)) return AuthenticationResult.RefuseWithError($"Bad src Ip {address}");
        DateTimeOffset now = time.GetUtcNow();
        ConnectWindow window = ConnectTimes.At(scoped.Limits.Times, scoped.Limits.Locale, now, time.LocalTimeZone);
        if (!window.IsOpen) return AuthenticationResult.RefuseWithError("Outside connect times");
        return AuthenticationResult.Accept(UserIdentities.Create(user, scoped, account.Claims.Subject, account.DefaultPermissions, jwt, window, now, credentials).JudgedBy(account));
    }

    // Compat: words nobody knows are passed over, but a list of nothing else allows nothing.
    private static string? RefuseConnectionType(IReadOnlyList<string>? allowed, string type)
    {
        if (allowed is not { Count: > 0 }) return null;
        string[] known = [.. allowed.Where(ConnectionTypes.IsKnown)];
        if (known.Length == 0) return $"unknown connection type \"{allowed[0].ToUpperInvariant()}\"";
        return known.Contains(type, StringComparer.OrdinalIgnoreCase) ? null : "Connection type not allowed";
    }
}
