using DotNats.Primitives;

namespace DotNats.Security;

/// <summary>Whether claims make sense: times, keys, subjects, limits. Says nothing about trust.</summary>
public static class ClaimsValidation
{
    public static ClaimIssues Check(JwtClaims claims, DateTimeOffset now)
    {
        ClaimIssues issues = new();
        switch (claims)
        {
            case AuthorizationRequestClaims request:
                CheckRequest(request, issues);
                CheckTime(claims, now, issues);
                break;
            case AuthorizationResponseClaims response:
                CheckResponse(response, issues);
                CheckTime(claims, now, issues);
                break;
            default:
                CheckTime(claims, now, issues);
                CheckContent(claims, issues);
                break;
        }

        return issues;
    }

    internal static void CheckActivation(ActivationClaims claims, ClaimIssues issues)
    {
        if (claims.ImportKind == SharingKind.Unknown)
            issues.Error("invalid import type: \"unknown\"");
        ClaimSubject.Check(claims.ImportSubject, issues);
        if (claims.IssuerAccount.Length > 0 && !NKey.IsPublicKey(claims.IssuerAccount, NKeyKind.Account))
            issues.Error("account_id is not an account public key");
    }

    private static void CheckTime(JwtClaims claims, DateTimeOffset now, ClaimIssues issues)
    {
        switch (JwtValidity.StateAt(claims, now))
        {
            case JwtTimeState.Expired: issues.Time("claim is expired"); break;
            case JwtTimeState.NotYetValid: issues.Time("claim is not yet valid"); break;
        }
    }

    private static void CheckContent(JwtClaims claims, ClaimIssues issues)
    {
        switch (claims)
        {
            case OperatorClaims @operator: CheckOperator(@operator, issues); break;
            case AccountClaims account: AccountValidation.Check(account, issues); break;
            case UserClaims user: CheckUser(user, issues); break;
            case ActivationClaims activation: CheckActivation(activation, issues); break;
        }
    }

    private static void CheckOperator(OperatorClaims claims, ClaimIssues issues)
    {
        if (claims.AccountServerUrl.Length > 0 && UrlText.Parse(claims.AccountServerUrl).Scheme.Length == 0)
            issues.Error($"account server url {GoQuote.Quote(claims.AccountServerUrl)} requires a protocol");
        foreach (string url in claims.OperatorServiceUrls.Where(url => url.Length > 0))
            CheckServiceUrl(url, issues);
        foreach (string key in claims.SigningKeys.Where(key => !NKey.IsPublicKey(key, NKeyKind.Operator)))
            issues.Error($"{key} is not an operator public key");
        if (claims.SystemAccount.Length > 0 && !NKey.IsPublicKey(claims.SystemAccount, NKeyKind.Account))
            issues.Error($"{claims.SystemAccount} is not an account public key");
        if (!IsServerVersion(claims.AssertServerVersion))
            issues.Error("assert server version error: asserted server version must be of the form <major>.<minor>.<update>");
    }

    private static void CheckServiceUrl(string text, ClaimIssues issues)
    {
        UrlText url = UrlText.Parse(text);
        if (url.HasUser)
            issues.Error($"operator service url {GoQuote.Quote(text)} - credentials are not supported");
        else if (url.Path.Length > 0)
            issues.Error($"operator service url {GoQuote.Quote(text)} - paths are not supported");
        else if (url.Scheme.ToLowerInvariant() is not ("nats" or "tls" or "ws" or "wss"))
            issues.Error($"operator service url {GoQuote.Quote(text)} - protocol not supported (only 'nats', 'tls', 'ws', 'wss' only)");
    }

    private static bool IsServerVersion(string text) =>
        text.Length == 0 || (text.Split('.') is { Length: 3 } parts && parts.All(part => int.TryParse(part, out int number) && number >= 0));

    private static void CheckUser(UserClaims claims, ClaimIssues issues)
    {
        PermissionValidation.Check(claims.Limits.Permissions, issues);
        foreach (string network in (claims.Limits.Sources ?? []).Where(network => !SourceNetworks.IsNetwork(network)))
            issues.Error($"invalid cidr {GoQuote.Quote(network)} in user src limits");
        foreach (TimeRangeClaim range in claims.Limits.Times ?? [])
        {
            CheckTimeOfDay(range.Start, "start", issues);
            CheckTimeOfDay(range.End, "end", issues);
        }

        if (claims.Limits.Locale.Length > 0 && !ConnectTimes.TryFindZone(claims.Limits.Locale, TimeZoneInfo.Utc, out _))
            issues.Error($"could not parse iana time zone by name: unknown time zone {claims.Limits.Locale}");
        if (claims.IssuerAccount.Length > 0 && !NKey.IsPublicKey(claims.IssuerAccount, NKeyKind.Account))
            issues.Error("account_id is not an account public key");
    }

    private static void CheckTimeOfDay(string text, string which, ClaimIssues issues)
    {
        if (text.Length == 0)
            issues.Error(which == "start" ? "time ranges start must contain a start" : "time ranges end must contain an end");
        else if (!TimeOfDay.TryParse(text, out _))
            issues.Error($"{which} in time range is invalid {GoQuote.Quote(text)}");
    }

    private static void CheckRequest(AuthorizationRequestClaims claims, ClaimIssues issues)
    {
        if (claims.UserNKey.Length == 0)
            issues.Error("User nkey is required");
        else if (!NKey.IsPublicKey(claims.UserNKey, NKeyKind.User))
            issues.Error($"User nkey {GoQuote.Quote(claims.UserNKey)} is not a valid user public key");
    }

    private static void CheckResponse(AuthorizationResponseClaims claims, ClaimIssues issues)
    {
        if (!NKey.IsPublicKey(claims.Subject, NKeyKind.User))
            issues.Error("Subject must be a user public key");
        if (!NKey.IsPublicKey(claims.Audience, NKeyKind.Server))
            issues.Error("Audience must be a server public key");
        if (claims.Error.Length == 0 && claims.Jwt.Length == 0)
            issues.Error("Error or Jwt is required");
        if (claims.Error.Length > 0 && claims.Jwt.Length > 0)
            issues.Error("Only Error or Jwt can be set");
        if (claims.IssuerAccount.Length > 0 && !NKey.IsPublicKey(claims.IssuerAccount, NKeyKind.Account))
            issues.Error("issuer_account is not an account public key");
    }
}
