using Microsoft.Extensions.Logging;

namespace DotNats.Server.Connections;

/// <summary>What client connections log. Texts are nats-server's where it has one: its users grep for them.</summary>
internal static partial class SessionLog
{
    [LoggerMessage(100, LogLevel.Debug, "{Session} - Client connection created")]
    public static partial void Created(ILogger logger, MemberSession session);

    [LoggerMessage(101, LogLevel.Debug, "{Session} - Client connection closed: {Reason}")]
    public static partial void Closed(ILogger logger, MemberSession session, string reason);

    [LoggerMessage(102, LogLevel.Trace, "{Session} - {Text}")]
    public static partial void Trace(ILogger logger, MemberSession session, string text);

    [LoggerMessage(103, LogLevel.Error, "{Session} - {Text}")]
    public static partial void Violation(ILogger logger, MemberSession session, string text);

    [LoggerMessage(104, LogLevel.Error, "{Session} - {Text}")]
    public static partial void AuthenticationError(ILogger logger, MemberSession session, string text);

    [LoggerMessage(105, LogLevel.Debug, "{Session} - Authentication Timeout")]
    public static partial void AuthenticationTimeout(ILogger logger, MemberSession session);

    [LoggerMessage(106, LogLevel.Error, "{Session} - Client Error {Text}")]
    public static partial void ClientError(ILogger logger, MemberSession session, string text);

    [LoggerMessage(107, LogLevel.Error, "{Session} - {Fault}")]
    public static partial void BadArguments(ILogger logger, MemberSession session, string fault);

    [LoggerMessage(108, LogLevel.Error, "{Session} - maximum payload exceeded: {Size} vs {Limit}")]
    public static partial void MaxPayload(ILogger logger, MemberSession session, int size, int limit);

    [LoggerMessage(109, LogLevel.Error, "{Session} - maximum control line exceeded, max_control_line {Limit}")]
    public static partial void MaxControlLine(ILogger logger, MemberSession session, int limit);

    [LoggerMessage(110, LogLevel.Error, "{Session} - Client parser ERROR, state={State}, i={Position}: proto='{Snippet}...'")]
    public static partial void ParseError(ILogger logger, MemberSession session, int state, int position, string snippet);

    [LoggerMessage(111, LogLevel.Error, "{Session} - message headers not supported")]
    public static partial void HeadersNotSupported(ILogger logger, MemberSession session);

    [LoggerMessage(112, LogLevel.Error, "{Session} - maximum subscriptions exceeded")]
    public static partial void MaxSubscriptions(ILogger logger, MemberSession session);

    [LoggerMessage(113, LogLevel.Information, "{Session} - Slow Consumer Detected: MaxPending of {Limit} Exceeded with {Pending} bytes pending")]
    public static partial void SlowConsumerPending(ILogger logger, MemberSession session, long pending, long limit);

    [LoggerMessage(114, LogLevel.Information, "{Session} - Slow Consumer Detected: WriteDeadline of {Deadline} exceeded with {Pending} bytes pending")]
    public static partial void SlowConsumerDeadline(ILogger logger, MemberSession session, string deadline, long pending);

    [LoggerMessage(115, LogLevel.Debug, "{Session} - Client Ping Timer")]
    public static partial void PingTimer(ILogger logger, MemberSession session);

    [LoggerMessage(116, LogLevel.Debug, "{Session} - Delaying PING due to remote client data or ping {Ago} ago")]
    public static partial void PingDelayed(ILogger logger, MemberSession session, string ago);

    [LoggerMessage(117, LogLevel.Debug, "{Session} - Stale Client Connection - Closing")]
    public static partial void Stale(ILogger logger, MemberSession session);

    [LoggerMessage(118, LogLevel.Error, "{Session} - {Error}")]
    public static partial void BadConnect(ILogger logger, MemberSession session, string? error);

    [LoggerMessage(119, LogLevel.Information, "Removed sub \"{Subject}\" for {Session} - not authorized")]
    public static partial void SubscriptionRemoved(ILogger logger, MemberSession session, string subject);

    [LoggerMessage(120, LogLevel.Error, "{Session} - maximum connections exceeded")]
    public static partial void MaxConnections(ILogger logger, MemberSession session);

    [LoggerMessage(125, LogLevel.Error, "{Session} - maximum account active connections exceeded")]
    public static partial void MaxAccountConnections(ILogger logger, MemberSession session);

    [LoggerMessage(121, LogLevel.Error, "{Session} - TLS handshake error: {Error}")]
    public static partial void TlsHandshake(ILogger logger, MemberSession session, string error);

    [LoggerMessage(123, LogLevel.Error, "{Session} - authentication failed unexpectedly")]
    public static partial void AuthenticationFailed(ILogger logger, Exception exception, MemberSession session);

    [LoggerMessage(EventId = 124, Message = "{Session} - {Detail}")]
    public static partial void Refused(ILogger logger, LogLevel level, MemberSession session, string detail);

    [LoggerMessage(122, LogLevel.Warning, "Error reading PROXY protocol header from {Address}: {Error}")]
    public static partial void ProxyHeader(ILogger logger, string address, string error);
}
