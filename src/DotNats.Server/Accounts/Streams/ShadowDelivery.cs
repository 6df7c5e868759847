using DotNats.Server.Routing;
using DotNats.Server.Tracing;

namespace DotNats.Server.Accounts;

/// <summary>
/// Stands in the exporting account for one subscription of an importing one: what is published there reaches the subscriber here under the
/// subject it has here.
/// </summary>
// Owner: the subscription's ShadowSet. Called by any publisher of the exporting account; keeps nothing. Next stop: the subscriber itself.
internal sealed class ShadowDelivery(Account importer, StreamImport import, Subscription original) : ISubscriber
{
    public StreamImport Import { get; } = import;

    /// <summary>The subscription in the importing account.</summary>
    public Subscription Original { get; } = original;

    public bool Deliver(DeliveryContext context, Subscription subscription, in Message message)
    {
        // What came as a request to a service is not exported again.
        if (message.Via is not null || subscription.IsClosed) return false;
        if (Import.Transform is not { } transform) return Pass(context, subscription, in message, Import.KeepsSubject ? message.Subject : Import.ToFilter);
        int mark = context.Scratch.Mark;
        Span<byte> room = context.Scratch.Take(checked((int)transform.MaxLength(message.Subject.Length)));
        bool delivered = transform.TryApply(message.Subject, room, context.Random, out int length) && Pass(context, subscription, in message, room[..length]);
        context.Scratch.Release(mark);
        return delivered;
    }

    private bool Pass(DeliveryContext context, Subscription shadow, in Message message, ReadOnlySpan<byte> subject)
    {
        scoped Message local = message;
        local.Subject = subject;
        return message.Trace is null ? Original.Subscriber.Deliver(context, Original, in local) : PassTraced(context, shadow, ref local);
    }

    private bool PassTraced(DeliveryContext context, Subscription shadow, scoped ref Message local)
    {
        MessageTrace trace = local.Trace!;
        trace.AddStreamExport(importer, local.Subject);
        if (!Import.AllowTrace)
        {
            if (trace.IsTraceOnly) return true;
            local.Trace = null;
        }

        trace.Shadow = shadow;
        bool delivered = Original.Subscriber.Deliver(context, Original, in local);
        trace.Shadow = null;
        return delivered;
    }
}
