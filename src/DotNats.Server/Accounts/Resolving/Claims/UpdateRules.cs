using DotNats.Security;

namespace DotNats.Server.Accounts.Resolving;

/// <summary>What may be put into a store by request, and in which words it is refused. Pure.</summary>
// Compat: FULL and CACHE differ in the order of their checks, in words, and in the account an answer names. Neither asks whether the
// issuer is trusted or the time has come: an account is judged when it is used, and one that is not trusted then does no harm.
internal sealed class UpdateRules(bool isCache, TrustedOperator trusted)
{
    private readonly bool _isCache = isCache;
    private readonly string _failed = isCache ? "jwt update cache resulted in error" : "jwt update resulted in error";

    public string Done { get; } = isCache ? "jwt updated cache" : "jwt updated";

    /// <summary>A refusal because of <paramref name="error"/>.</summary>
    public UpdateVerdict Refuse(string account, string error) => new(account, _failed, error);

    /// <summary>May these claims be kept? Null when they may.</summary>
    /// <param name="addressed">The account the subject of the request names; null where it names none.</param>
    /// <param name="isInUse">Is the account in use here?</param>
    public UpdateVerdict? Judge(AccountClaims claims, string? addressed, Func<string, bool> isInUse, DateTimeOffset now)
    {
        if (!_isCache)
        {
            return addressed is null
                ? CheckIssuer(claims) ?? CheckClaims(claims, now)
                : CheckClaims(claims, now) ?? CheckSubject(claims, addressed) ?? CheckIssuer(claims);
        }

        return CheckSubject(claims, addressed ?? claims.Subject) ?? CheckIssuer(claims)
            // A cache holds what is used here and fetches the rest when it is.
            ?? (isInUse(claims.Subject) ? null : new UpdateVerdict(claims.Subject, "jwt update cache skipped", null))
            ?? CheckClaims(claims, now);
    }

    /// <summary>The account named where the JWT could not be read.</summary>
    public string Unreadable(string? addressed) => _isCache && addressed is not null ? addressed : "n/a";

    private static UpdateVerdict? Unless(bool holds, string account, string message, string error) => holds ? null : new UpdateVerdict(account, message, error);

    private UpdateVerdict? CheckSubject(AccountClaims claims, string addressed) =>
        Unless(claims.Subject == addressed, addressed, _failed, "subject does not match jwt content");

    private UpdateVerdict? CheckIssuer(AccountClaims claims) =>
        Unless(!trusted.IsStrict || claims.Issuer != trusted.Key, claims.Subject, _failed, "operator requires issuer to be a signing key");

    private UpdateVerdict? CheckClaims(AccountClaims claims, DateTimeOffset now)
    {
        ClaimIssues issues = ClaimsValidation.Check(claims, now);
        return Unless(
            !issues.IsBlocking(includeTime: false),
            claims.Subject,
            _isCache ? "jwt update cache validation failed" : "jwt validation failed",
            $"validation errors: [{string.Join(' ', issues.Errors)}]");
    }
}

/// <summary>Why an update is not made.</summary>
/// <param name="Error">Null where that is no failure.</param>
internal sealed record UpdateVerdict(string Account, string Message, string? Error);
