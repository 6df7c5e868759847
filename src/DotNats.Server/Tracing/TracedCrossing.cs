using System.Buffers;
using System.Text;
using DotNats.Server.Accounts;
using DotNats.Server.Routing;

namespace DotNats.Server.Tracing;

/// <summary>A traced message that goes on in another account by a service import, or comes back from one.</summary>
internal static class TracedCrossing
{
    /// <summary>Notes the crossing, and routes the message there as far as tracing lets it.</summary>
    /// <param name="from">The subject it leaves by.</param>
    /// <param name="destination">Where other servers would send their part of the trace; empty where the trace ends at the account's border.</param>
    public static bool Route(DeliveryContext context, Account target, scoped ref Message message, scoped ReadOnlySpan<byte> from, scoped ReadOnlySpan<byte> destination)
    {
        context.ReleaseHeld();
        message.Trace!.AddServiceImport(target, from, message.Subject);
        if (destination.IsEmpty)
        {
            if (message.Trace.IsTraceOnly) return false;
            message.Trace = null;
            destination = Encoding.ASCII.GetBytes(TraceHeaders.Disabled);
        }

        byte[] body = ArrayPool<byte>.Shared.Rent(HeaderBlock.MaxLength(message.Body.Length, TraceHeaders.DestinationName.Length, destination.Length));
        try
        {
            int length = HeaderBlock.Set(message.Body, ref message.HeaderLength, TraceHeaders.DestinationName, destination, body);
            message.Body = body.AsSpan(0, length);
            message.SizeText = message.HeaderLengthText = default;
            return MessageRouter.Route(context, target, in message);
        }
        finally
        {
            context.ReleaseHeld();
            ArrayPool<byte>.Shared.Return(body);
        }
    }
}
