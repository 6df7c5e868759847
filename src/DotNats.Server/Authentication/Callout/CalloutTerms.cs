using DotNats.Security;

namespace DotNats.Server.Authentication;

/// <summary>On what terms one login is put to an authorization service.</summary>
internal sealed record CalloutTerms
{
    /// <summary>Account the service is in.</summary>
    public required string AccountName { get; init; }

    /// <summary>Whom the request's claims are about: the account's key.</summary>
    public required string RequestSubject { get; init; }

    /// <summary>Public curve key the request is sealed for; null for one in the clear.</summary>
    public string? XKey { get; init; }

    /// <summary>The client is the service itself (<c>auth_users</c>): nobody is asked about it.</summary>
    public bool IsService { get; init; }

    /// <summary>The user the client turned out to be, or says it is.</summary>
    public string? UserName { get; init; }

    public string? NKey { get; init; }

    public string? Password { get; init; }

    /// <summary>The JWT the client came with; null without operators, where JWTs mean nothing.</summary>
    public string? Jwt { get; init; }

    /// <summary>What that JWT says; its name and tags stay with the connection.</summary>
    public UserClaims? Sentinel { get; init; }
}

/// <summary>Where a user of the service's is put, and with what limits.</summary>
/// <param name="AccountName">Null when <paramref name="Flaw"/> says why nowhere.</param>
/// <param name="User">The claims with the scope of a signing key applied.</param>
internal readonly record struct CalloutPlacement(string? AccountName, UserClaims? User, PermissionSet? DefaultPermissions, string? Flaw)
{
    public static CalloutPlacement Refuse(string flaw) => new(null, null, null, flaw);
}

/// <summary>Whom a service is asked about, and whose word counts: by the configuration file, or by account JWTs.</summary>
internal interface ICalloutRules
{
    /// <summary>Null for a login that is none of a service's business.</summary>
    /// <param name="judged">What the server itself thinks of the credentials.</param>
    CalloutTerms? TermsFor(ConnectCredentials credentials, in AuthenticationResult judged);

    /// <summary>Why this issuer may not answer, or null.</summary>
    string? CheckResponder(CalloutTerms terms, AuthorizationResponseClaims response);

    /// <summary>Finds the account of a user that the service vouches for.</summary>
    ValueTask<CalloutPlacement> PlaceAsync(CalloutTerms terms, UserClaims user);
}
