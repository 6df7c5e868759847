using DotNats.Primitives;
using DotNats.Security;
using DotNats.Server.Accounts;

namespace DotNats.Server.Authentication;

/// <summary>An account as operators know it.</summary>
/// <param name="Claims">Null when <paramref name="Error"/> says why there are none.</param>
/// <param name="IsOwnKeyTrusted">False when only the account's signing keys may sign its users.</param>
internal readonly record struct ClaimedCalloutAccount(AccountClaims? Claims, bool IsOwnKeyTrusted, string? Error);

/// <summary>Services named by account JWTs (<c>nats.authorization</c>).</summary>
/// <param name="findLoaded">An account by its key, among those at hand.</param>
/// <param name="find">The same, fetched where it is not.</param>
internal sealed class OperatorCalloutRules(
    Func<string, ClaimedCalloutAccount> findLoaded, Func<string, ValueTask<ClaimedCalloutAccount>> find) : ICalloutRules
{
    private const string AnyAccount = "*";

    /// <summary>Services of the accounts an operator signed.</summary>
    public static OperatorCalloutRules For(OperatorAccounts accounts) => new(
        key => Describe(accounts.FindLoaded(key), null),
        async key =>
        {
            (Account? account, string? error) = await accounts.FindAsync(key).ConfigureAwait(false);
            return Describe(account, error);
        });

    private static ClaimedCalloutAccount Describe(Account? account, string? error) =>
        account?.Claims is { } claimed ? new ClaimedCalloutAccount(claimed.Claims, claimed.IsOwnKeyTrusted, null) : new ClaimedCalloutAccount(null, false, error);

    // Only who got in by a JWT is asked about: others belong to no account, so there is no service to ask.
    public CalloutTerms? TermsFor(ConnectCredentials credentials, in AuthenticationResult judged)
    {
        if (judged.Identity is not { Claims: { } sentinel } identity) return null;
        if (findLoaded(identity.AccountName).Claims is not { Authorization: { IsEnabled: true } authorization }) return null;
        return new CalloutTerms
        {
            AccountName = identity.AccountName,
            RequestSubject = identity.AccountName,
            XKey = authorization.XKey.Length > 0 ? authorization.XKey : null,
            // By the key that was proved, not by the name a client gives itself.
            IsService = authorization.AuthUsers.Contains(sentinel.Subject),
            UserName = credentials.User,
            NKey = credentials.NKey,
            Password = credentials.Password,
            Jwt = identity.Jwt,
            Sentinel = sentinel,
        };
    }

    // The account that a response only says it is from proves nothing: the key counts that signed.
    public string? CheckResponder(CalloutTerms terms, AuthorizationResponseClaims response)
    {
        bool isKnown = response.Issuer == terms.AccountName
            || (findLoaded(terms.AccountName).Claims is { } account && account.SigningKeys.ContainsKey(response.Issuer));
        return isKnown ? null : CalloutAnswer.UnknownSigner;
    }

    public async ValueTask<CalloutPlacement> PlaceAsync(CalloutTerms terms, UserClaims user)
    {
        string asking = GoQuote.Quote(terms.AccountName);
        if (user.Account != terms.AccountName && !MayPlaceIn(terms.AccountName, user.Account))
        {
            return CalloutPlacement.Refuse(
                $"account {GoQuote.Quote(user.Issuer)} not permitted as valid account option for auth callout for account {asking}");
        }

        ClaimedCalloutAccount target = await find(user.Account).ConfigureAwait(false);
        if (target.Claims is not { } claims)
            return CalloutPlacement.Refuse($"no valid account {GoQuote.Quote(user.Account)} for auth callout response on account {asking}: {target.Error}");
        return UserIdentities.TryScope(user, claims, target.IsOwnKeyTrusted, out UserClaims? scoped, out string? flaw)
            ? new CalloutPlacement(claims.Subject, scoped, claims.DefaultPermissions, null)
            : CalloutPlacement.Refuse(Explain(flaw, user));
    }

    // Compat: a wildcard counts only when it stands alone.
    private bool MayPlaceIn(string asking, string target)
    {
        if (findLoaded(asking).Claims is not { } account) return false;
        IReadOnlyList<string> allowed = account.Authorization.AllowedAccounts;
        return (allowed.Count == 1 && allowed[0] == AnyAccount) || allowed.Contains(target);
    }

    private static string Explain(string flaw, UserClaims user) =>
        flaw == "User JWT issuer is not known" ? $"user JWT issuer {GoQuote.Quote(user.Issuer)} is not known" : flaw;
}
