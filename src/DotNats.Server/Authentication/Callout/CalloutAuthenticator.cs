using DotNats.Primitives;
using DotNats.Security;
using DotNats.Server.Accounts;
using DotNats.Server.InternalClients;

namespace DotNats.Server.Authentication;

/// <summary>Logins about which a service has the last word: what the server thinks of them itself comes first, and stands where no service is concerned.</summary>
/// <remarks>Immutable; a reload makes a new one. Waiting logins hold no thread.</remarks>
// Previous stop: Connections/ClientLogin. Next stops: the authenticator inside, CalloutExchange.
internal sealed class CalloutAuthenticator : IAuthenticator
{
    private readonly ServerCore _server;
    private readonly IAuthenticator _inner;
    private readonly ICalloutRules _rules;
    private readonly NatsServerOptions _options;
    private readonly bool _keepsUsers;

    /// <param name="inner">Judges credentials by what the server itself knows.</param>
    /// <param name="previous">What this one replaces at a reload; null at the start.</param>
    public CalloutAuthenticator(ServerCore server, IAuthenticator inner, ICalloutRules rules, NatsServerOptions options, IAuthenticator? previous)
    {
        _server = server;
        _inner = inner;
        _rules = rules;
        _options = options;
        _keepsUsers = previous is CalloutAuthenticator before && HasSameUsers(before._options, options);
    }

    // Also where the file has no users: who does not say who it is cannot be asked about. nats-server lets such clients speak before CONNECT.
    public bool AuthenticationRequired => true;

    public bool AnnouncesAuthentication => _inner.AnnouncesAuthentication;

    public bool NonceRequired => _inner.NonceRequired;

    public bool IsSlow(ConnectCredentials credentials) => true;

    /// <remarks>Nobody is asked here, so only those pass who need not be asked about.</remarks>
    public AuthenticationResult Authenticate(ConnectCredentials credentials)
    {
        AuthenticationResult judged = _inner.Authenticate(credentials);
        if (_rules.TermsFor(credentials, judged) is not { } terms) return judged;
        return terms.IsService ? Guard(judged, terms) : AuthenticationResult.Refuse();
    }

    /// <remarks>Whether a service has a say is found out anew for each login: account JWTs change. Those that none is named for cost one look.</remarks>
    public ValueTask<AuthenticationResult> AuthenticateAsync(ConnectCredentials credentials, CancellationToken cancellationToken)
    {
        if (!_inner.IsSlow(credentials)) return Continue(credentials, _inner.Authenticate(credentials), cancellationToken);
        ValueTask<AuthenticationResult> judging = _inner.AuthenticateAsync(credentials, cancellationToken);
        return judging.IsCompletedSuccessfully ? Continue(credentials, judging.Result, cancellationToken) : ContinueAsync(credentials, judging, cancellationToken);
    }

    // The service is asked about this one too: ClientLogin takes it as the sign that there is somebody to ask about.
    public Identity? FindAnonymousIdentity(string connectionType) => _inner.FindAnonymousIdentity(connectionType);

    // Compat: users that the service let in are in no list, so a change of the lists sends them away to be asked about anew.
    public Reauthentication Reauthenticate(ConnectCredentials credentials, Identity current)
    {
        if (current.IsVouchedFor)
        {
            return _keepsUsers
                ? new Reauthentication(ReauthenticationVerdict.Stays, AuthenticationResult.Accept(current))
                : new Reauthentication(ReauthenticationVerdict.Moved, default);
        }

        Reauthentication judged = _inner.Reauthenticate(credentials, current);
        if (judged.Verdict != ReauthenticationVerdict.Stays || _rules.TermsFor(credentials, judged.Result) is not { } terms) return judged;
        return terms.IsService ? judged with { Result = Guard(judged.Result, terms) } : new Reauthentication(ReauthenticationVerdict.Moved, default);
    }

    private async ValueTask<AuthenticationResult> ContinueAsync(
        ConnectCredentials credentials, ValueTask<AuthenticationResult> judging, CancellationToken cancellationToken) =>
        await Continue(credentials, await judging.ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    private ValueTask<AuthenticationResult> Continue(ConnectCredentials credentials, in AuthenticationResult judged, CancellationToken cancellationToken)
    {
        if (_rules.TermsFor(credentials, judged) is not { } terms) return new(judged);
        return terms.IsService ? new(Guard(judged, terms)) : AskAndGuardAsync(credentials, judged, terms, cancellationToken);
    }

    private async ValueTask<AuthenticationResult> AskAndGuardAsync(
        ConnectCredentials credentials, AuthenticationResult judged, CalloutTerms terms, CancellationToken cancellationToken) =>
        Guard(await AskAsync(credentials, judged, terms, cancellationToken).ConfigureAwait(false), terms);

    private async ValueTask<AuthenticationResult> AskAsync(
        ConnectCredentials credentials, AuthenticationResult judged, CalloutTerms terms, CancellationToken cancellationToken)
    {
        string name = GoQuote.Quote(terms.AccountName);
        if (!_server.Accounts.TryGet(terms.AccountName, out Account? account))
            return Refuse(terms, $"No valid account {name} for auth callout request: account missing");
        // The server's key goes with the server.
        if (cancellationToken.IsCancellationRequested) return AuthenticationResult.Refuse();
        if (CalloutRequest.Make(_server, terms, credentials) is not { } request)
            return Refuse(terms, $"Error encrypting auth request claim on account {name}: nkeys: invalid public key");
        InternalMessage? answer = await _server.Callouts.AskAsync(account, request, _server.AuthenticationTimeout, cancellationToken).ConfigureAwait(false);
        if (answer is not null) return await JudgeAsync(answer, request.Expectation, credentials, judged, terms).ConfigureAwait(false);
        if (cancellationToken.IsCancellationRequested) return AuthenticationResult.Refuse();
        CalloutLog.NoAnswer(_server.Logger, name);
        return AuthenticationResult.Refuse().ReportTo(terms.AccountName, "");
    }

    private async ValueTask<AuthenticationResult> JudgeAsync(
        InternalMessage answer, CalloutExpectation expected, ConnectCredentials credentials, AuthenticationResult judged, CalloutTerms terms)
    {
        DateTimeOffset now = _server.Time.GetUtcNow();
        if (!CalloutAnswer.TryRead(answer.Payload, expected, now, out AuthorizationResponseClaims? response, out bool wasSealed, out string? flaw)) return Refuse(terms, flaw);
        // Compat: what was sealed can only be from the holder of the curve key, so nobody asks who signed it.
        if (!wasSealed && _rules.CheckResponder(terms, response) is { } stranger) return Refuse(terms, stranger);
        if (response.Error.Length > 0) return Refuse(terms, $"auth callout service returned an error: {response.Error}");
        if (!CalloutAnswer.TryReadUser(response.Jwt, out UserClaims? user, out flaw)) return Refuse(terms, flaw);
        bool needsProxy = judged.Reason == AuthenticationFailure.ProxyRequired || user.Limits.ProxyRequired;
        if (needsProxy && credentials.ProxyKey is null) return Refuse(terms, "proxy connection required", AuthenticationFailure.ProxyRequired);
        if (CalloutAnswer.CheckUser(user, expected, now, _server.Time.LocalTimeZone, out ConnectWindow window) is { } wrong) return Refuse(terms, wrong);
        CalloutPlacement placed = await _rules.PlaceAsync(terms, user).ConfigureAwait(false);
        if (placed.Flaw is { } nowhere) return Refuse(terms, nowhere);
        return AuthenticationResult.Accept(IdentityOf(user, placed, terms, window, now));
    }

    // Compat: of the limits in such a JWT only permissions and times count; numbers of subscriptions and bytes are the account's.
    private static Identity IdentityOf(UserClaims user, CalloutPlacement placed, CalloutTerms terms, ConnectWindow window, DateTimeOffset now)
    {
        UserClaims scoped = placed.User!;
        UserClaims unlimited = scoped with { Limits = scoped.Limits with { Subscriptions = -1, PayloadBytes = -1 } };
        // What the service calls the user comes before what the client calls itself.
        ConnectCredentials names = user.Name.Length > 0
            ? new ConnectCredentials { User = user.Name }
            : new ConnectCredentials { User = terms.UserName, NKey = terms.NKey };
        return UserIdentities.Create(user, unlimited, placed.AccountName!, placed.DefaultPermissions, jwt: null, window, now, names, terms.Sentinel);
    }

    private AuthenticationResult Refuse(CalloutTerms terms, string flaw, AuthenticationFailure reason = AuthenticationFailure.NotAuthorized)
    {
        string text = CalloutAnswer.ToSentence(flaw);
        CalloutLog.Refused(_server.Logger, text);
        return AuthenticationResult.Refuse(reason: reason).ReportTo(terms.AccountName, text);
    }

    private static AuthenticationResult Guard(AuthenticationResult result, CalloutTerms terms) =>
        result.Identity is not { } identity ? result.ReportTo(terms.AccountName, result.ReportText)
            : identity.AccountName != terms.AccountName ? result
            : AuthenticationResult.Accept(identity.WithPermissions(CalloutGuard.Deny(identity.Permissions, CalloutRequest.Subject)));

    private static bool HasSameUsers(NatsServerOptions one, NatsServerOptions other) =>
        one.Authorization.Equals(other.Authorization) && Equals(one.Accounts, other.Accounts) && one.NoAuthUser == other.NoAuthUser && one.SystemAccount == other.SystemAccount;
}
