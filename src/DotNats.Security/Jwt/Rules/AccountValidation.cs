using DotNats.Primitives;

namespace DotNats.Security;

/// <summary>Whether an account's claims make sense.</summary>
internal static class AccountValidation
{
    private const int MaxInfoLength = 8 * 1024;
    private const int WholePercent = 100;

    public static void Check(AccountClaims claims, ClaimIssues issues)
    {
        SharingValidation.CheckImports(claims.Imports, claims.Subject, issues);
        SharingValidation.CheckExports(claims.Exports, issues);
        if (claims.Limits.JetStreamTiers.ContainsKey(""))
            issues.Error("Tiered JetStream Limits can not contain a blank \"\" tier name");
        PermissionValidation.Check(claims.DefaultPermissions, issues);
        foreach ((string source, IReadOnlyList<WeightedMappingClaim> destinations) in claims.Mappings)
            CheckMapping(source, destinations, issues);
        CheckAuthorization(claims.Authorization, issues);
        if (claims.Trace is { } trace)
            CheckTrace(trace, issues);
        CheckLimits(claims, issues);
        foreach ((string key, UserScopeClaim? scope) in claims.SigningKeys)
        {
            if (!NKey.IsPublicKey(scope?.Key ?? key, NKeyKind.Account))
                issues.Error(scope is null ? $"{GoQuote.Quote(key)} is not a valid account signing key" : $"{scope.Key} is not an account public key");
        }

        CheckInfo(claims.Description, claims.InfoUrl, issues);
        if (claims.ClusterTraffic is not ("" or "system" or "owner"))
            issues.Error($"unknown cluster traffic option: {GoQuote.Quote(claims.ClusterTraffic)}");
        if (NKey.IsPublicKey(claims.Issuer, NKeyKind.Account) && !claims.Limits.IsEmpty)
            issues.Warning("self-signed account JWTs shouldn't contain operator limits");
    }

    public static void CheckInfo(string description, string url, ClaimIssues issues)
    {
        if (description.Length > MaxInfoLength)
            issues.Error("Description is too long");
        if (url.Length > MaxInfoLength)
            issues.Error("Info URL is too long");
        if (url.Length > 0 && UrlText.Parse(url) is { Scheme: "" } or { Host: "" })
            issues.Error("error parsing info url: no hostname or scheme");
    }

    private static void CheckMapping(string source, IReadOnlyList<WeightedMappingClaim> destinations, ClaimIssues issues)
    {
        ClaimSubject.Check(source, issues);
        Dictionary<string, int> totals = new(StringComparer.Ordinal);
        foreach (WeightedMappingClaim destination in destinations)
        {
            ClaimSubject.Check(destination.Subject, issues);
            if (destination.EffectiveWeight > WholePercent)
                issues.Error($"Mapping {GoQuote.Quote(source)} has a weight {destination.EffectiveWeight} that exceeds 100");
            int total = totals.GetValueOrDefault(destination.Cluster) + destination.EffectiveWeight;
            totals[destination.Cluster] = total;
            if (destination.Cluster.Length > 0 && total > WholePercent)
                issues.Error($"Mapping {GoQuote.Quote(source)} in cluster {GoQuote.Quote(destination.Cluster)} exceeds 100% among all of it's weighted to mappings");
        }

        if (totals.GetValueOrDefault("") > WholePercent)
            issues.Error($"Mapping {GoQuote.Quote(source)} exceeds 100% among all of it's weighted to mappings");
    }

    private static void CheckAuthorization(ExternalAuthorizationClaim authorization, ClaimIssues issues)
    {
        if (authorization.AllowedAccounts.Count > 0 && !authorization.IsEnabled)
            issues.Error("External authorization cannot have accounts without users specified");
        foreach (string user in authorization.AuthUsers.Where(user => !NKey.IsPublicKey(user, NKeyKind.User)))
            issues.Error($"AuthUser {GoQuote.Quote(user)} is not a valid user public key");
        foreach (string account in authorization.AllowedAccounts)
        {
            if (account == "*" && authorization.AllowedAccounts.Count > 1)
                issues.Error("AllowedAccounts can only be a list of accounts or \"*\"");
            else if (account != "*" && !NKey.IsPublicKey(account, NKeyKind.Account))
                issues.Error($"Account {GoQuote.Quote(account)} is not a valid account public key");
        }

        if (authorization.XKey.Length > 0 && !NKey.IsPublicKey(authorization.XKey, NKeyKind.Curve))
            issues.Error($"XKey {GoQuote.Quote(authorization.XKey)} is not a valid public xkey");
    }

    private static void CheckTrace(TraceClaim trace, ClaimIssues issues)
    {
        ClaimIssues subject = new();
        ClaimSubject.Check(trace.Destination, subject);
        if (subject.All.Count > 0)
            issues.Error($"the account Trace.Destination {subject.All[0].Text}");
        if (ClaimSubject.HasWildcards(trace.Destination))
            issues.Error($"the account Trace.Destination subject {GoQuote.Quote(trace.Destination)} is not a valid publish subject");
        if (trace.Sampling is < 0 or > WholePercent)
            issues.Error($"the account Trace.Sampling value '{trace.Sampling}' is not valid, should be in the range [1..100]");
    }

    // Compat: too many imports are reported twice, except by an account that nothing was granted at all.
    private static void CheckLimits(AccountClaims claims, ClaimIssues issues)
    {
        const string TooManyImports = "the account contains more imports than allowed by the operator";
        AccountLimitsClaim limits = claims.Limits;
        if (!limits.IsEmpty && limits.Imports >= 0 && claims.Imports.Count > limits.Imports)
            issues.Error(TooManyImports);
        if (limits.Imports != AccountLimitsClaim.NoLimit && claims.Imports.Count > limits.Imports)
            issues.Error(TooManyImports);
        if (limits.Exports == AccountLimitsClaim.NoLimit)
            return;
        if (claims.Exports.Count > limits.Exports)
            issues.Error("the account contains more exports than allowed by the operator");
        foreach (ExportClaim _ in claims.Exports.Where(export => !limits.WildcardExports && ClaimSubject.HasWildcards(export.Subject)))
            issues.Error("the account contains wildcard exports that are not allowed by the operator");
    }
}
