namespace DotNats.Server.Connections;

/// <summary>Why a connection ended. The texts are what <c>/connz</c> and system events show: wire reference section 1.6.</summary>
internal enum CloseReason : byte
{
    ClientClosed,
    AuthenticationTimeout,
    AuthenticationViolation,
    TlsHandshakeError,
    SlowConsumerPendingBytes,
    SlowConsumerWriteDeadline,
    WriteError,
    ReadError,
    ParseError,
    StaleConnection,
    ProtocolViolation,
    BadClientProtocolVersion,
    WrongPort,
    MaxAccountConnectionsExceeded,
    MaxConnectionsExceeded,
    MaxPayloadExceeded,
    MaxControlLineExceeded,
    MaxSubscriptionsExceeded,
    ServerShutdown,
    AuthenticationExpired,
    CredentialsRevoked,
    InternalClient,
    NoRespondersRequiresHeaders,
    Kicked,
    MissingAccount,
    ProxyNotTrusted,
    ProxyRequired,
}

internal static class CloseReasonTexts
{
    public static string ToText(this CloseReason reason) => reason switch
    {
        CloseReason.ClientClosed => "Client Closed",
        CloseReason.AuthenticationTimeout => "Authentication Timeout",
        CloseReason.AuthenticationViolation => "Authentication Failure",
        CloseReason.TlsHandshakeError => "TLS Handshake Failure",
        CloseReason.SlowConsumerPendingBytes => "Slow Consumer (Pending Bytes)",
        CloseReason.SlowConsumerWriteDeadline => "Slow Consumer (Write Deadline)",
        CloseReason.WriteError => "Write Error",
        CloseReason.ReadError => "Read Error",
        CloseReason.ParseError => "Parse Error",
        CloseReason.StaleConnection => "Stale Connection",
        CloseReason.ProtocolViolation => "Protocol Violation",
        CloseReason.BadClientProtocolVersion => "Bad Client Protocol Version",
        CloseReason.WrongPort => "Incorrect Port",
        CloseReason.MaxAccountConnectionsExceeded => "Maximum Account Connections Exceeded",
        CloseReason.MaxConnectionsExceeded => "Maximum Connections Exceeded",
        CloseReason.MaxPayloadExceeded => "Maximum Message Payload Exceeded",
        CloseReason.MaxControlLineExceeded => "Maximum Control Line Exceeded",
        CloseReason.MaxSubscriptionsExceeded => "Maximum Subscriptions Exceeded",
        CloseReason.ServerShutdown => "Server Shutdown",
        CloseReason.AuthenticationExpired => "Authentication Expired",
        CloseReason.CredentialsRevoked => "Credentials Revoked",
        CloseReason.InternalClient => "Internal Client",
        CloseReason.NoRespondersRequiresHeaders => "No Responders Requires Headers",
        CloseReason.Kicked => "Kicked",
        CloseReason.MissingAccount => "Missing Account",
        CloseReason.ProxyNotTrusted => "Proxy Not Trusted",
        CloseReason.ProxyRequired => "Proxy Required",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };
}
