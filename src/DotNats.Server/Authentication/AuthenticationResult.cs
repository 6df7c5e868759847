namespace DotNats.Server.Authentication;

/// <summary>Why a connection was refused. On the wire all are <c>Authorization Violation</c>; the closed-connection reason differs.</summary>
public enum AuthenticationFailure
{
    None,

    /// <summary>Unknown user, wrong secret or signature, connection type not allowed (<c>Authentication Failure</c>).</summary>
    NotAuthorized,

    /// <summary>A proxy signature by no trusted key (<c>Proxy Not Trusted</c>).</summary>
    ProxyNotTrusted,

    /// <summary>The user may only come through a trusted proxy (<c>Proxy Required</c>).</summary>
    ProxyRequired,
}

/// <summary>Outcome of one login.</summary>
public readonly record struct AuthenticationResult
{
    public bool Ok => Identity is not null;

    /// <summary>Set when, and only when, the login is good.</summary>
    public Identity? Identity { get; private init; }

    public AuthenticationFailure Reason { get; private init; }

    /// <summary>What the debug log says about a refusal beyond "no", in nats-server's words; never for the client.</summary>
    public string? Detail { get; private init; }

    /// <summary>True for a detail that is logged as an error and not only when debugging.</summary>
    public bool IsDetailError { get; private init; }

    /// <summary>Account whose owner is told of a refusal; null for the one the connection is in.</summary>
    public string? ReportAccount { get; private init; }

    /// <summary>What that owner is told; null for the name of the close reason.</summary>
    public string? ReportText { get; private init; }

    public AuthenticationResult ReportTo(string accountName, string? text) => this with { ReportAccount = accountName, ReportText = text };

    public static AuthenticationResult Accept(Identity identity) => new() { Identity = identity };

    public static AuthenticationResult Refuse(string? detail = null, AuthenticationFailure reason = AuthenticationFailure.NotAuthorized) =>
        new() { Reason = reason, Detail = detail };

    /// <summary>As <see cref="Refuse"/>, with a detail that operators want to see.</summary>
    public static AuthenticationResult RefuseWithError(string detail) =>
        new() { Reason = AuthenticationFailure.NotAuthorized, Detail = detail, IsDetailError = true };
}

/// <summary>What becomes of a live connection when the authentication rules were replaced.</summary>
public enum ReauthenticationVerdict
{
    /// <summary>Stays, with the new identity's permissions; subscriptions they no longer allow are removed.</summary>
    Stays,

    /// <summary>Its user is gone or lives in another account: closed without a word (<c>Client Closed</c>), so that it connects anew.</summary>
    Moved,

    /// <summary>Its credentials are no longer good: <c>Authorization Violation</c> and closed.</summary>
    Refused,
}

/// <param name="Result">Set for <see cref="ReauthenticationVerdict.Stays"/> and <see cref="ReauthenticationVerdict.Refused"/>.</param>
public readonly record struct Reauthentication(ReauthenticationVerdict Verdict, AuthenticationResult Result);
