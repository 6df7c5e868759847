using DotNats.Security;
using DotNats.Server.Accounts;

namespace DotNats.Server.Authentication;

/// <summary>Who an authenticated connection is and what it may do. Immutable; connections of one user share it.</summary>
public sealed class Identity
{
    public required string AccountName { get; init; }

    /// <summary>User name, also the one a certificate was mapped to; null for nkeys, tokens and servers without authentication.</summary>
    public string? UserName { get; init; }

    /// <summary>Public user nkey that signed the nonce.</summary>
    public string? NKey { get; init; }

    /// <summary>Null for no restriction.</summary>
    public CompiledPermissions? Permissions { get; init; }

    /// <summary>True when the client brought no credentials and <c>no_auth_user</c> (or its implied form) let it in.</summary>
    public bool IsNoAuthUser { get; init; }

    /// <summary>True when a token let the client in.</summary>
    public bool UsedToken { get; init; }

    /// <summary>What the user's JWT says, as it was signed (the scope of a signing key not applied); null without one. See <see cref="UserIdentities"/>.</summary>
    public UserClaims? Claims { get; init; }

    /// <summary>The JWT the client brought, for monitoring and for services that ask; null without one. Who has a bearer's can log in with it.</summary>
    public string? Jwt { get; init; }

    /// <summary>What the JWT says that the client itself brought; null for logins without one. Its name and tags are what monitoring shows.</summary>
    public UserClaims? Introduction => IsVouchedFor ? Sentinel : Claims;

    /// <summary>The JWT with which a client came to an authorization service that vouched for it; null for none.</summary>
    public UserClaims? Sentinel { get; init; }

    /// <summary>True when an authorization service let the client in: <see cref="Claims"/> are what that signed.</summary>
    public bool IsVouchedFor => Claims is not null && Jwt is null;

    /// <summary>The moment the server must end the connection: its JWT expires, or the time of the day ends at which the user may be there. Null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Subscriptions this user may have at once, beside the account's and the server's limit; -1 for any number.</summary>
    public int MaxSubscriptions { get; init; } = -1;

    /// <summary>Bytes of a message from this user, likewise; -1 for no limit of its own.</summary>
    public int MaxPayloadBytes { get; init; } = -1;

    /// <summary>True when the JWT grants no permissions of its own, so that the account's default ones apply and change with them.</summary>
    public bool HasAccountPermissions { get; init; }

    /// <summary>The key that speaks for this user in monitoring: the signing key of its JWT, or its account; null for other logins than by key.</summary>
    public string? IssuerKey => SigningKey ?? (Claims is not null || NKey is not null ? AccountName : null);

    /// <summary>The account's signing key that signed the user's JWT; null when the account's own key did.</summary>
    public string? SigningKey => Claims is { IssuerAccount.Length: > 0 } claims ? claims.Issuer : null;

    /// <summary>False when the server asked for nothing, so that name and key are only what the client says of itself.</summary>
    public bool IsAuthenticated { get; init; } = true;

    /// <summary>What monitoring shows as <c>authorized_user</c>; null for nothing.</summary>
    // Compat: what CONNECT names comes before the key the JWT is about.
    public string? DisplayName => CredentialNames.Raw(NKey, UserName, null) ?? (IsVouchedFor ? null : Claims?.Subject) ?? CredentialNames.Raw(null, null, UsedToken ? "-" : null);

    /// <summary>The account's claims it was judged by; null where none were.</summary>
    internal ClaimedAccount? Judge { get; private init; }

    // The password or token as configured, to see at a reload whether it changed. Never shown.
    internal string? StoredSecret { get; init; }

    /// <summary>How logs name the user: <c>User "a"</c>, <c>Nkey "U…"</c>, <c>JWT User "U…"</c>, <c>Token "[REDACTED]"</c> or <c>User "N/A"</c>.</summary>
    public string Describe() =>
        Claims is not null && !IsVouchedFor && NKey is null && UserName is null ? $"JWT User \"{Claims.Subject}\"" : CredentialNames.Describe(NKey, UserName, UsedToken ? "-" : null);

    /// <summary>True when both were proved and are the same user of the same account with the same stored secret; permissions may differ.</summary>
    public bool HasSameAccess(Identity other) =>
        IsAuthenticated && other.IsAuthenticated && AccountName == other.AccountName && UserName == other.UserName && NKey == other.NKey && UsedToken == other.UsedToken
        && IsNoAuthUser == other.IsNoAuthUser && StoredSecret == other.StoredSecret;

    internal Identity WithPermissions(CompiledPermissions? permissions) => Copy(permissions, Judge);

    internal Identity JudgedBy(ClaimedAccount account) => Copy(Permissions, account);

    private Identity Copy(CompiledPermissions? permissions, ClaimedAccount? judge) => new()
    {
        AccountName = AccountName,
        UserName = UserName,
        NKey = NKey,
        Permissions = permissions,
        IsNoAuthUser = IsNoAuthUser,
        UsedToken = UsedToken,
        Claims = Claims,
        Jwt = Jwt,
        Sentinel = Sentinel,
        ExpiresAt = ExpiresAt,
        MaxSubscriptions = MaxSubscriptions,
        MaxPayloadBytes = MaxPayloadBytes,
        HasAccountPermissions = HasAccountPermissions,
        IsAuthenticated = IsAuthenticated,
        StoredSecret = StoredSecret,
        Judge = judge,
    };

    public override string ToString() => $"{Describe()} in {AccountName}";
}
