using DotNats.Security;

namespace DotNats.Server.Accounts;

/// <summary>What the newest JWT of an account says, verified. Immutable; an account's is replaced whole.</summary>
internal sealed class ClaimedAccount(AccountClaims claims, string jwt, bool isOwnKeyTrusted, DateTimeOffset updatedAt)
{
    public AccountClaims Claims { get; } = claims;

    public string Jwt { get; } = jwt;

    /// <summary>False when only the account's signing keys may sign its users.</summary>
    public bool IsOwnKeyTrusted { get; } = isOwnKeyTrusted;

    public DateTimeOffset UpdatedAt { get; } = updatedAt;

    /// <summary>The JWT's time is over, or it was deleted: nobody gets in any more.</summary>
    public bool IsExpired { get; init; }

    /// <summary>Its JWT was deleted; what it may do is nothing.</summary>
    public bool IsDeleted { get; init; }

    /// <summary>Permissions of users who have none of their own; null for no restriction.</summary>
    public PermissionSet? DefaultPermissions { get; } = UserPermissions.Restricting(claims.DefaultPermissions);

    public bool IsRevoked(UserClaims user) => JwtValidity.IsRevoked(Claims.Revocations, user.Subject, user.IssuedAtSeconds);

    /// <summary>The key's scope, null for none; false for a key that may not sign users of this account.</summary>
    public bool TryFindSigner(string key, out UserScopeClaim? scope)
    {
        scope = null;
        return (IsOwnKeyTrusted && key == Claims.Subject) || Claims.SigningKeys.TryGetValue(key, out scope);
    }

    public ClaimedAccount Expire(bool deleted, DateTimeOffset now) => new(Claims, Jwt, IsOwnKeyTrusted, now) { IsExpired = true, IsDeleted = deleted };
}
