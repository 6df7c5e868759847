using DotNats.Primitives;
using DotNats.Security;
using DotNats.Server.Accounts;

namespace DotNats.Server.Authentication;

/// <summary>A service named by the configuration file (<c>authorization { auth_callout }</c>). Immutable.</summary>
internal sealed class ConfiguredCalloutRules(NatsServerOptions options, AccountRegistry accounts) : ICalloutRules
{
    private readonly AuthCalloutOptions _callout = options.Authorization.AuthCallout!;

    public CalloutTerms? TermsFor(ConnectCredentials credentials, in AuthenticationResult judged)
    {
        Identity? identity = judged.Identity;
        // Compat: users of accounts outside allowed_accounts are the configuration's business alone; those of $G always are the service's.
        if (identity is not null && identity.AccountName != AccountRegistry.GlobalName && !Delegates(identity.AccountName)) return null;
        // A name that was proved comes before one that is only claimed: whoever knows one user's password is not another.
        string? userName = identity?.UserName ?? credentials.User;
        string? nkey = identity?.NKey ?? credentials.NKey;
        string? known = identity is { NKey: null, UserName: not null } ? identity.UserName : CredentialNames.Raw(nkey, userName, null);
        // A file without users proves nothing, so nobody is the service then; nats-server would take anybody's word for it.
        bool isProof = identity is null or { IsAuthenticated: true };
        return new CalloutTerms
        {
            AccountName = _callout.Account,
            RequestSubject = _callout.Issuer,
            XKey = string.IsNullOrEmpty(_callout.XKey) ? null : _callout.XKey,
            IsService = isProof && known is not null && _callout.AuthUsers.Contains(known),
            UserName = userName,
            NKey = nkey,
            // Compat: whom no_auth_user lets in is asked about as if it had sent that user's password.
            Password = identity is { IsNoAuthUser: true, UserName: not null } ? identity.StoredSecret : credentials.Password,
        };
    }

    public string? CheckResponder(CalloutTerms terms, AuthorizationResponseClaims response) =>
        response.Issuer == _callout.Issuer ? null : CalloutAnswer.UnknownSigner;

    public ValueTask<CalloutPlacement> PlaceAsync(CalloutTerms terms, UserClaims user) => new(Place(terms, user));

    // Compat: the audience names the account, any that there is: allowed_accounts says who is asked about, not where users may be put.
    private CalloutPlacement Place(CalloutTerms terms, UserClaims user)
    {
        string asking = GoQuote.Quote(terms.AccountName);
        if (user.IssuerAccount.Length > 0) return CalloutPlacement.Refuse($"error non operator mode account {asking}: attempted to use issuer_account");
        if (user.Issuer != _callout.Issuer)
        {
            return CalloutPlacement.Refuse(
                $"wrong issuer for auth callout response on account {asking}, expected {GoQuote.Quote(_callout.Issuer)} got {GoQuote.Quote(user.Issuer)}");
        }

        if (!accounts.TryGet(user.Audience, out Account? account))
            return CalloutPlacement.Refuse($"no valid account {GoQuote.Quote(user.Audience)} for auth callout response on account {asking}: account missing");
        // Compat: default_permissions of the account are for the users of the file; those of a service have what it gives them.
        return new CalloutPlacement(account.Name, user, DefaultPermissions: null, Flaw: null);
    }

    private bool Delegates(string accountName) => _callout.AllowedAccounts.Count == 0 || _callout.AllowedAccounts.Contains(accountName);
}
