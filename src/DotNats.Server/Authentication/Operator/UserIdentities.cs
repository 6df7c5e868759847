using System.Diagnostics.CodeAnalysis;
using DotNats.Security;

namespace DotNats.Server.Authentication;

/// <summary>From a user's claims, once they are known to be true, to the identity its connection gets. Pure.</summary>
internal static class UserIdentities
{
    /// <summary>The user as its signer made it: with the limits of the scope, where a scoped signing key signed.</summary>
    /// <param name="isOwnKeyTrusted">False when only the account's signing keys may sign its users.</param>
    /// <param name="flaw">Why not, in nats-server's words.</param>
    public static bool TryScope(
        UserClaims user, AccountClaims account, bool isOwnKeyTrusted, [NotNullWhen(true)] out UserClaims? scoped, [NotNullWhen(false)] out string? flaw)
    {
        scoped = null;
        flaw = "User JWT issuer is not known";
        bool isOwnKey = isOwnKeyTrusted && user.Issuer == account.Subject;
        if (!account.SigningKeys.TryGetValue(user.Issuer, out UserScopeClaim? scope) && !isOwnKey)
            return false;
        if (scope is null || isOwnKey)
        {
            scoped = user;
            return true;
        }

        if (IssuerRules.CheckScope(scope, user) is { } refusal)
        {
            flaw = $"User JWT is not valid: {refusal}";
            return false;
        }

        flaw = "User JWT generated invalid permissions";
        if (!ScopeTemplate.TryApply(scope.Template, user, account, out UserLimitsClaim? limits, out _))
            return false;
        scoped = user with { Limits = limits };
        return true;
    }

    /// <summary>The identity of a user that was let in.</summary>
    /// <param name="signed">The claims as they were signed.</param>
    /// <param name="scoped">The same after <see cref="TryScope"/>; the same object where there are no scopes.</param>
    /// <param name="accountName">Where it lives.</param>
    /// <param name="accountPermissions">For users whose claims have none.</param>
    /// <param name="jwt">The JWT the client itself brought; null when another service vouches for it.</param>
    /// <param name="window">The window of the day that is open; see <see cref="ConnectTimes"/>.</param>
    /// <param name="credentials">What the client calls itself beside.</param>
    /// <param name="sentinel">The claims it came with to the service that vouches for it.</param>
    public static Identity Create(
        UserClaims signed,
        UserClaims scoped,
        string accountName,
        PermissionSet? accountPermissions,
        string? jwt,
        ConnectWindow window,
        DateTimeOffset now,
        ConnectCredentials credentials,
        UserClaims? sentinel = null)
    {
        PermissionSet? own = UserPermissions.Restricting(scoped.Limits.Permissions);
        PermissionSet? effective = own ?? (accountPermissions is null ? null : UserPermissions.Restricting(accountPermissions));
        return new Identity
        {
            AccountName = accountName,
            UserName = NullIfEmpty(credentials.User),
            NKey = NullIfEmpty(credentials.NKey),
            Claims = signed,
            Jwt = jwt,
            Sentinel = sentinel,
            Permissions = Compile(effective),
            HasAccountPermissions = own is null,
            MaxSubscriptions = ToLimit(scoped.Limits.Subscriptions),
            MaxPayloadBytes = ToLimit(scoped.Limits.PayloadBytes),
            ExpiresAt = JwtValidity.Earlier(JwtValidity.Remaining(signed, now), window.ClosesIn) is { } left ? After(now, left) : null,
        };
    }

    /// <summary>Permissions from claims, ready for use.</summary>
    // Compat: templates of scoped keys are not looked through by anybody, so an entry may be no subject: such a one never matches.
    public static CompiledPermissions? Compile(PermissionSet? permissions)
    {
        if (permissions is null || CompiledPermissions.Validate(permissions).Count == 0)
            return CompiledPermissions.Compile(permissions);
        return CompiledPermissions.Compile(permissions with
        {
            Publish = OnlySubjects(permissions.Publish, static list => new PermissionSet { Publish = list }),
            Subscribe = OnlySubjects(permissions.Subscribe, static list => new PermissionSet { Subscribe = list }),
        });
    }

    /// <summary>A limit of claims as servers count: what does not fit an <see cref="int"/> is the largest one.</summary>
    public static int ToLimit(long claimed) => (int)long.Clamp(claimed, int.MinValue, int.MaxValue);

    private static SubjectPermission? OnlySubjects(SubjectPermission? list, Func<SubjectPermission, PermissionSet> wrap)
    {
        return list is null ? null : new SubjectPermission { Allow = Keep(list.Allow), Deny = Keep(list.Deny) };

        IReadOnlyList<string>? Keep(IReadOnlyList<string>? entries) =>
            entries is null ? null : [.. entries.Where(entry => CompiledPermissions.Validate(wrap(new SubjectPermission { Allow = [entry] })).Count == 0)];
    }

    private static DateTimeOffset After(DateTimeOffset now, TimeSpan left) => left < DateTimeOffset.MaxValue - now ? now + left : DateTimeOffset.MaxValue;

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
