using System.Buffers;
using DotNats.Server.Connections;
using DotNats.Server.Routing;
using DotNats.Server.Tracing;

namespace DotNats.Server.Accounts;

/// <summary>Tells a service who asks: sets <c>Nats-Request-Info</c> in a request that goes to another account, and sends it there.</summary>
// Next stop: MessageRouter in the exporting account.
internal static class RequestorHeader
{
    private static ReadOnlySpan<byte> Name => "Nats-Request-Info"u8;

    /// <param name="message">As it is to arrive, its last import included.</param>
    /// <param name="localSubject">Its subject in the importing account.</param>
    public static bool Route(DeliveryContext context, Account importer, ServiceImport import, scoped ref Message message, scoped ReadOnlySpan<byte> localSubject)
    {
        ImportStep step = message.Via!;
        string? service = step.Previous is null ? null : importer.Name;
        ReadOnlySpan<byte> info;
        if (message.Origin?.Session is MemberSession client) info = (client.RequestorInfo ??= new RequestorInfo(client)).Json(step.Share, step.ShowsServer, service);
        // Where the server itself asks there is nobody to tell about but the account it asks for: a stream that copies another asks like a client.
        else if (message.Origin is null && import.IsBuiltIn && step.Beginning is { } account) info = account.DescribeServer(service);
        else return Cross(context, import, ref message, localSubject);
        byte[] body = ArrayPool<byte>.Shared.Rent(HeaderBlock.MaxLength(message.Body.Length, Name.Length, info.Length));
        try
        {
            int length = HeaderBlock.Set(message.Body, ref message.HeaderLength, Name, info, body);
            message.Body = body.AsSpan(0, length);
            message.SizeText = message.HeaderLengthText = default;
            return Cross(context, import, ref message, localSubject);
        }
        finally
        {
            context.ReleaseHeld();
            ArrayPool<byte>.Shared.Return(body);
        }
    }

    private static bool Cross(DeliveryContext context, ServiceImport import, scoped ref Message message, scoped ReadOnlySpan<byte> localSubject)
    {
        if (message.Trace is null) return MessageRouter.Route(context, import.Exporter, in message);
        Span<byte> room = stackalloc byte[ReplySubject.LongestLength];
        ReadOnlySpan<byte> destination = import.AllowTrace ? room[..import.Exporter.Responses.WriteUnusedSubject(room)] : default;
        return TracedCrossing.Route(context, import.Exporter, ref message, localSubject, destination);
    }
}
