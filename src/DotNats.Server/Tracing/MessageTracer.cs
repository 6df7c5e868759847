using DotNats.Primitives;
using DotNats.Protocol;
using DotNats.Server.Connections;
using DotNats.Server.InternalClients;
using DotNats.Server.Routing;

namespace DotNats.Server.Tracing;

/// <summary>Decides which messages are traced and publishes what became of them.</summary>
// Previous stop: ClientSession, for a message whose headers name a destination. Next stop: InternalPublisher, with the event.
// Owner: the server; stateless, any receive side calls.
internal sealed class MessageTracer(ServerCore server)
{
    /// <summary>
    /// Starts the trace of a published message; false where the message goes no further. <paramref name="trace"/> stays null for a message
    /// that is delivered without; <paramref name="command"/> then perhaps carries headers that say so.
    /// </summary>
    public bool TryBegin(DeliveryContext context, ClientSession origin, ref Command command, out MessageTrace? trace)
    {
        trace = null;
        AccountTracing? account = origin.Account.Tracing;
        if (TraceHeaders.Read(command.Body[..command.HeaderLength], account) is not { } headers) return true;
        if (headers.OriginAccount is not null)
        {
            ReportOriginAccount(context, origin, headers);
            if (headers.IsTraceOnly) return false;
        }
        else if (!headers.IsExternal || account!.Samples())
        {
            return TryBegin(context, origin, in command, headers, out trace);
        }

        int before = command.Body.Length;
        command.Body = TraceHeaders.Disable(command.Body, ref command.HeaderLength);
        command.Size += command.Body.Length - before;
        return true;
    }

    /// <summary>A message larger than allowed: its connection ends, and the event says why, as far as its headers are here.</summary>
    /// <param name="received">What arrived behind the control line.</param>
    public void ReportTooLarge(DeliveryContext context, ClientSession origin, in Command command, ReadOnlySpan<byte> received)
    {
        ReadOnlySpan<byte> block = received[..Math.Min(received.Length, Math.Max(0, command.HeaderLength))];
        AccountTracing? account = origin.Account.Tracing;
        if (!TraceHeaders.MayBeIn(block, account) || TraceHeaders.Read(block, account) is not { } headers) return;
        if (headers.OriginAccount is not null) ReportOriginAccount(context, origin, headers);
        else if (headers.IsExternal && !account!.Samples()) return;
        else if (TryBegin(context, origin, in command, headers, out MessageTrace? trace) && trace is not null)
        {
            trace.IngressError = TraceErrors.MaxPayload;
            Publish(context, trace);
        }
    }

    /// <summary>Publishes the event: in the publisher's account, by the server itself.</summary>
    public void Publish(DeliveryContext context, MessageTrace trace)
    {
        // Compat: without a system account nats-server publishes no events, though it heeds trace-only.
        if (server.Accounts.System is null) return;
        string? encoding = ContentEncoding.Choose(trace.Headers.AcceptEncoding);
        ReadOnlyMemory<byte> content = ContentEncoding.Encode(encoding, TraceEventWriter.Write(server.Stamp.Next(), trace));
        InternalPublisher.Publish(context, trace.Account, trace.Headers.Destination, default, ContentEncoding.HeaderOf(encoding), content.Span);
    }

    private bool TryBegin(DeliveryContext context, ClientSession origin, in Command command, TraceHeaders headers, out MessageTrace? trace)
    {
        trace = null;
        byte[] destination = headers.Destination;
        if (!Subjects.IsValidFilter(destination) || !Subjects.IsLiteral(destination))
        {
            context.ReleaseHeld();
            TraceLog.DestinationInvalid(server.Logger, origin, GoQuote.Quote(destination));
            return !headers.IsTraceOnly;
        }

        if (!origin.MayTraceTo(destination))
        {
            origin.ReportPublishViolation(context, destination, trace: null);
            return false;
        }

        trace = new MessageTrace(origin, headers, command.Subject.ToArray(), command.Size);
        return true;
    }

    private void ReportOriginAccount(DeliveryContext context, ClientSession origin, TraceHeaders headers)
    {
        context.ReleaseHeld();
        TraceLog.OriginAccountRefused(server.Logger, origin, "Nats-Trace-Origin-Account", GoQuote.Quote(headers.OriginAccount!));
    }
}
