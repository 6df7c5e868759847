using DotNats.Configuration.Binding;
using DotNats.Primitives;
using DotNats.Security;

namespace DotNats.Configuration.Validation;

/// <summary>With operators everything about accounts and users comes from JWTs, and nothing of it may be configured.</summary>
internal static class OperatorRules
{
    private const string Release = "2.15.1";

    public static void Check(NatsServerOptions options, List<string> errors)
    {
        if (options.Operators.Count == 0)
        {
            if (options.DefaultSentinel is not null)
                errors.Add("default sentinel requires operators and accounts");
            return;
        }
        CheckSentinel(options.DefaultSentinel, errors);
        if (options.Resolver is null)
            errors.Add("operators require an account resolver to be configured");
        if (options.Accounts.Count > 0)
            errors.Add("operators do not allow Accounts to be configured directly");
        if (NoAuthUserRules.HasUsers(options))
            errors.Add("operators do not allow users to be configured directly");
        if (options.TrustedKeys.Count > 0)
            errors.Add("conflicting options for 'TrustedKeys' and 'TrustedOperators'");
        CheckSystemAccount(options, errors);
        foreach (OperatorOptions trusted in options.Operators)
            CheckVersion(trusted, errors);
        foreach (string key in options.Operators.SelectMany(TrustedKeys).Where(k => !NKey.IsPublicKey(k, NKeyKind.Operator)))
            errors.Add($"trusted Keys {SecretText.QuoteKey(key)} are required to be a valid public operator nkey");
        foreach (string key in options.ResolverPinnedAccounts.Where(k => !NKey.IsPublicKey(k, NKeyKind.Account)))
            errors.Add($"pinned account key {SecretText.QuoteKey(key)} is not a valid public account nkey");
        if (options.Authorization.AuthCallout is not null)
            errors.Add("operators do not allow authorization callouts to be configured directly");
        if (options.NoAuthUser is not null)
            errors.Add("no_auth_user not compatible with Trusted Operator");
    }

    private static IEnumerable<string> TrustedKeys(OperatorOptions trusted) =>
        trusted.StrictSigningKeyUsage ? trusted.SigningKeys : trusted.SigningKeys.Prepend(trusted.Subject);

    private static void CheckSentinel(string? sentinel, List<string> errors)
    {
        if (sentinel is null)
            return;
        if (!JwtReader.TryReadUser(sentinel, out UserClaims? claims, out _))
            errors.Add("default sentinel JWT not valid");
        // What looks signed by a scoped key may become a bearer token by its scope: known when the account is, refused at the login if not.
        else if (!claims.Limits.BearerToken && (claims.IssuerAccount.Length == 0 || !claims.Limits.IsEmpty))
            errors.Add("default sentinel must be a bearer token");
    }

    private static void CheckSystemAccount(NatsServerOptions options, List<string> errors)
    {
        if (options.SystemAccount is { } configured)
        {
            string[] named = [.. options.Operators.Select(o => o.SystemAccount).OfType<string>()];
            if (named.Length > 0 && !named.Contains(configured))
                errors.Add("system_account in config and operator JWT must be identical");
        }
        else if (options.Operators[0].SystemAccount is null && options.Resolver is { Kind: ResolverKind.Full or ResolverKind.Cache })
        {
            errors.Add("using nats based account resolver - the system account needs to be specified in configuration or the operator jwt");
        }
    }

    private static void CheckVersion(OperatorOptions trusted, List<string> errors)
    {
        if (trusted.AssertServerVersion is not { } asserted)
            return;
        Version own = SemanticVersion.Parse(Release)!;
        if (SemanticVersion.Parse(asserted) is not { } wanted)
            errors.Add($"operator {trusted.Subject} expects version {asserted} got error instead: asserted server version must be of the form <major>.<minor>.<update>");
        else if (wanted.Major > own.Major)
            errors.Add($"operator {trusted.Subject} expected major version {wanted.Major} > server major version {own.Major}");
        else if (wanted.Major == own.Major && wanted.Minor > own.Minor)
            errors.Add($"operator {trusted.Subject} expected minor version {wanted.Minor} > server minor version {own.Minor}");
        else if (wanted.Major == own.Major && wanted.Minor == own.Minor && wanted.Build > own.Build)
            errors.Add($"operator {trusted.Subject} expected update version {wanted.Build} > server update version {own.Build}");
    }
}
