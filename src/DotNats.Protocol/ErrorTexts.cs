namespace DotNats.Protocol;

/// <summary>Every text this server puts between the quotes of <c>-ERR '…'</c>. Clients match on them: wire reference section 1.6.</summary>
public static class ErrorTexts
{
    public const string UnknownOperation = "Unknown Protocol Operation";
    public const string AuthorizationViolation = "Authorization Violation";
    public const string AuthenticationTimeout = "Authentication Timeout";
    public const string UserAuthenticationExpired = "User Authentication Expired";
    public const string UserAuthenticationRevoked = "User Authentication Revoked";
    public const string MaxConnectionsExceeded = "maximum connections exceeded";
    public const string ThrottlingActive = "Connection throttling is active. Please try again later.";
    public const string MaxAccountConnectionsExceeded = "maximum account active connections exceeded";
    public const string MaxPayloadViolation = "Maximum Payload Violation";
    public const string MaxControlLineExceeded = "maximum control line exceeded";
    public const string MaxSubscriptionsExceeded = "maximum subscriptions exceeded";
    public const string InvalidSubject = "Invalid Subject";
    public const string InvalidPublishSubject = "Invalid Publish Subject";
    public const string TlsRequired = "Secure Connection - TLS Required";
    public const string StaleConnection = "Stale Connection";
    public const string InvalidClientProtocol = "invalid client protocol";
    public const string NoRespondersNeedsHeaders = "no responders requires headers support";
    public const string HeadersNotSupported = "message headers not supported";
    public const string WrongPort = "attempted to connect to wrong port";
    public const string TooManyTokens = ", too many tokens";
}
