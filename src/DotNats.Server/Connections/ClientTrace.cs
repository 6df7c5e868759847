using System.Text;
using DotNats.Primitives;
using DotNats.Protocol;
using DotNats.Server.Routing;

namespace DotNats.Server.Connections;

/// <summary>Protocol traces of clients, in the form nats-server's users grep for. Called only where tracing is on; cost is no object.</summary>
internal static class ClientTrace
{
    private static ReadOnlySpan<byte> AuthenticationQuestion => "$SYS.REQ.USER.AUTH"u8;

    /// <summary>A command as it came; of a message without what is in it.</summary>
    public static void Inbound(ClientSession session, in Command command)
    {
        switch (command.Kind)
        {
            case CommandKind.Publish:
                Operation(session, "<<-", command.HeaderLength >= 0 ? "HPUB" : "PUB", Encoding.UTF8.GetString(command.Arguments));
                break;
            case CommandKind.Connect:
                Operation(session, "<<-", "CONNECT", ConnectText.Redact(command.Arguments));
                break;
            case CommandKind.Ping or CommandKind.Pong:
                Operation(session, "<<-", command.Kind.ToString().ToUpperInvariant(), null);
                break;
            case CommandKind.Subscribe:
                Operation(session, "<<-", "SUB", Encoding.UTF8.GetString(command.Arguments));
                break;
            case CommandKind.Unsubscribe:
                Operation(session, "<<-", "UNSUB", Encoding.UTF8.GetString(command.Arguments));
                break;
        }
    }

    /// <summary>What is in a published message; behind its mapping, if it has one.</summary>
    public static void InboundPayload(ClientSession session, in Command command) => Payload(session, "<<-", command.Body, command.HeaderLength);

    public static void Mapping(ClientSession session, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> mapped) =>
        Operation(session, "<<-", "MAPPING", $"{Encoding.UTF8.GetString(subject)} -> {Encoding.UTF8.GetString(mapped)}");

    public static void Outbound(ClientSession session, string operation, string? argument) => Operation(session, "->>", operation, argument);

    public static void Delivery(ClientSession session, Subscription subscription, in Message message, ReadOnlySpan<byte> subject)
    {
        bool headers = message.HeaderLength > 0 && session.HeadersSupported;
        ReadOnlySpan<byte> body = message.HeaderLength > 0 && !headers ? message.Body[message.HeaderLength..] : message.Body;
        string reply = message.Reply.IsEmpty ? "" : $" {Encoding.UTF8.GetString(message.Reply)}";
        string sizes = headers ? $"{message.HeaderLength} {body.Length - 2}" : $"{body.Length - 2}";
        Operation(session, "->>", $"{(headers ? "HMSG" : "MSG")} {Encoding.UTF8.GetString(subject)} {subscription.Id}{reply} {sizes}", null);
        // A question to an authorization service holds what the client sent to prove who it is.
        if (subject.SequenceEqual(AuthenticationQuestion)) SessionLog.Trace(session.Connection.Server.Logger, session, "->> MSG_PAYLOAD: [\"[REDACTED]\"]");
        else Payload(session, "->>", body, headers ? message.HeaderLength : 0);
    }

    private static void Operation(ClientSession session, string arrow, string operation, string? argument) =>
        SessionLog.Trace(session.Connection.Server.Logger, session, argument is null ? $"{arrow} [{operation}]" : $"{arrow} [{operation} {argument}]");

    private static void Payload(ClientSession session, string arrow, ReadOnlySpan<byte> body, int headerLength)
    {
        NatsServerOptions options = session.Connection.Server.Options;
        ReadOnlySpan<byte> shown = body[..^2];
        if (options.Logging.TraceHeaders)
        {
            if (headerLength <= 4) return;
            shown = body[..(headerLength - 4)];
        }

        if (shown.IsEmpty) return;
        int most = options.Limits.MaxTracedMessageBytes;
        string text = most > 0 && shown.Length > most ? $"\"{GoQuote.Quote(shown[..most])[1..^1]}...\"" : GoQuote.Quote(shown);
        SessionLog.Trace(session.Connection.Server.Logger, session, $"{arrow} MSG_PAYLOAD: [{text}]");
    }
}
