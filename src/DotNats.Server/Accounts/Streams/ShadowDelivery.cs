using DotNats.Server.Connections;
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
    // Nearly all subscriptions are such a client's; null for another's.
    private readonly ClientSession? _client = original.Subscriber as ClientSession;
    private readonly MemberSession? _member = original.Subscriber.Member;

    public StreamImport Import { get; } = import;

    /// <summary>The subscription in the importing account.</summary>
    public Subscription Original { get; } = original;

    public bool Deliver(DeliveryContext context, Subscription subscription, in Message message, ReadOnlySpan<byte> subject)
    {
        // What came as a request to a service is not exported again.
        if (message.Via is not null || subscription.IsClosed) return false;
        if (Import.Transform is not { } transform) return Pass(context, subscription, in message, Import.KeepsSubject ? subject : Import.ToFilter);
        if (message.Trace is null && _client is not null && context.MadeSubjects.TryRecall(transform, subject, out ReadOnlySpan<byte> known))
            return PassToClient(context, in message, Message.Split(known));
        int mark = context.Scratch.Mark;
        bool delivered = context.MadeSubjects.TryMake(context, transform, subject, out ReadOnlySpan<byte> local) && Pass(context, subscription, in message, Message.Split(local));
        context.Scratch.Release(mark);
        return delivered;
    }

    /// <summary>As the subscription itself, asked for the subject it would see.</summary>
    public bool Admits(Subscription subscription, ReadOnlySpan<byte> subject)
    {
        if (!Original.FilterDeliveries) return true;
        if (Import.Transform is not { } transform) return Original.Subscriber.Admits(Original, Import.KeepsSubject ? subject : Import.ToFilter);
        byte[] room = new byte[transform.RoomFor(subject.Length)];
        return transform.TryApply(subject, room, StreamImport.NoRandom, out int length) && Original.Subscriber.Admits(Original, room.AsSpan(0, length));
    }

    private bool Pass(DeliveryContext context, Subscription shadow, in Message message, ReadOnlySpan<byte> subject)
    {
        if (message.Trace is not null) return PassTraced(context, shadow, in message, subject);
        if (_client is not null) return PassToClient(context, in message, subject);
        if (!Original.Subscriber.Deliver(context, Original, in message, subject)) return false;
        Count(context, in message);
        return true;
    }

    private bool PassToClient(DeliveryContext context, in Message message, ReadOnlySpan<byte> subject)
    {
        if (!_client!.Deliver(context, Original, in message, subject)) return false;
        Count(context, in message);
        return true;
    }

    private void Count(DeliveryContext context, in Message message)
    {
        if (_member is null) return;
        int headers = _member.HeadersSupported ? 0 : Math.Max(0, message.HeaderLength);
        context.Crossings.Count(Import.Exporter, importer, message.Size - headers);
    }

    private bool PassTraced(DeliveryContext context, Subscription shadow, in Message message, ReadOnlySpan<byte> subject)
    {
        scoped Message local = message;
        MessageTrace trace = local.Trace!;
        trace.AddStreamExport(importer, subject);
        if (!Import.AllowTrace)
        {
            if (trace.IsTraceOnly) return true;
            local.Trace = null;
        }

        trace.Shadow = shadow;
        bool delivered = Original.Subscriber.Deliver(context, Original, in local, subject);
        trace.Shadow = null;
        if (delivered && !trace.IsTraceOnly) Count(context, in local);
        return delivered;
    }
}
