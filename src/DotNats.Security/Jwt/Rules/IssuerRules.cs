namespace DotNats.Security;

/// <summary>Whose signature counts for what.</summary>
public static class IssuerRules
{
    /// <summary>Keys whose accounts a server of these operators takes: an operator's own unless it is strict, and its signing keys.</summary>
    public static IReadOnlySet<string> TrustedKeys(IEnumerable<OperatorClaims> operators)
    {
        HashSet<string> keys = new(StringComparer.Ordinal);
        foreach (OperatorClaims trusted in operators)
        {
            if (!trusted.StrictSigningKeyUsage)
                keys.Add(trusted.Subject);
            keys.UnionWith(trusted.SigningKeys);
        }

        return keys;
    }

    /// <summary>May this operator's claims have been followed by such? With strict use of signing keys its own key signs only itself.</summary>
    public static bool DidSign(OperatorClaims signer, JwtClaims claims) =>
        claims.Issuer == signer.Subject
            ? !signer.StrictSigningKeyUsage || claims.Subject == signer.Subject
            : signer.SigningKeys.Contains(claims.Issuer);

    /// <summary>Is the key this account's own (no scope) or one of its signing keys (perhaps with a scope)?</summary>
    public static bool TryFindSigner(AccountClaims account, string issuer, out UserScopeClaim? scope)
    {
        scope = null;
        return issuer == account.Subject || account.SigningKeys.TryGetValue(issuer, out scope);
    }

    /// <summary>Did the account sign this user, itself or by a signing key that names it?</summary>
    public static bool DidSign(AccountClaims account, UserClaims user) =>
        user.Issuer == account.Subject || (user.IssuerAccount == account.Subject && account.SigningKeys.ContainsKey(user.Issuer));

    /// <summary>Did the account sign this activation, itself or by a signing key that names it?</summary>
    public static bool DidSign(AccountClaims account, ActivationClaims activation) =>
        activation.Issuer == account.Subject || (activation.IssuerAccount == account.Subject && account.SigningKeys.ContainsKey(activation.Issuer));

    /// <summary>Null when the scoped key signed the user and the user claims nothing for itself; else the reason.</summary>
    public static string? CheckScope(UserScopeClaim scope, UserClaims user)
    {
        if (user.Issuer != scope.Key)
            return "issuer not the scoped signer";
        return user.Limits.IsEmpty ? null : "scoped users require no permissions or limits set";
    }
}
