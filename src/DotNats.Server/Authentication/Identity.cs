using DotNats.Security;

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

    /// <summary>False when the server asked for nothing, so that name and key are only what the client says of itself.</summary>
    public bool IsAuthenticated { get; init; } = true;

    /// <summary>What monitoring shows as <c>authorized_user</c>; null for nothing.</summary>
    public string? DisplayName => CredentialNames.Raw(NKey, UserName, UsedToken ? "-" : null);

    // The password or token as configured, to see at a reload whether it changed. Never shown.
    internal string? StoredSecret { get; init; }

    /// <summary>How logs name the user: <c>User "a"</c>, <c>Nkey "U…"</c>, <c>Token "[REDACTED]"</c> or <c>User "N/A"</c>.</summary>
    public string Describe() => CredentialNames.Describe(NKey, UserName, UsedToken ? "-" : null);

    /// <summary>True when both were proved and are the same user of the same account with the same stored secret; permissions may differ.</summary>
    public bool HasSameAccess(Identity other) =>
        IsAuthenticated && other.IsAuthenticated && AccountName == other.AccountName && UserName == other.UserName && NKey == other.NKey && UsedToken == other.UsedToken
        && IsNoAuthUser == other.IsNoAuthUser && StoredSecret == other.StoredSecret;

    public override string ToString() => $"{Describe()} in {AccountName}";
}
