using DotNats.Server.Routing;

namespace DotNats.Server.Accounts;

/// <summary>
/// Stands in the importing account for a service of another: a request published here goes on there, with a reply subject of the server's own,
/// and tells its publisher whether anybody took it.
/// </summary>
/// <remarks>A reload gives it another import while requests pass; its subscription stays.</remarks>
// Owner: the account's sharing. Called by any publisher of the account. Previous and next stop: MessageRouter.
internal sealed class ServiceImportSlot : ISubscriber
{
    private readonly Account _account;
    private volatile ServiceImport _import;

    public ServiceImportSlot(Account account, ServiceImport import, int number)
    {
        _account = account;
        _import = import;
        Subscription = new Subscription(this, import.LocalFilter, queue: null, new SubscriptionId(System.Text.Encoding.ASCII.GetBytes($"{number}")));
    }

    /// <summary>What the account's table holds.</summary>
    public Subscription Subscription { get; }

    /// <summary>The import in force: same exporter and same local subject, the rest may change.</summary>
    public ServiceImport Import
    {
        get => _import;
        set => _import = value;
    }

    // Compat: acknowledgements of JetStream go to where the message came from, under their own subject.
    public static bool IsKeptReply(ReadOnlySpan<byte> reply) => reply.StartsWith("$JS.ACK."u8);

    public bool Deliver(DeliveryContext context, Subscription subscription, in Message message, ReadOnlySpan<byte> subject)
    {
        ServiceImport import = _import;
        if (subscription.IsClosed || ImportStep.Contains(message.Via, import.Export)) return false;
        foreach (byte[] prefix in import.ExceptPrefixes)
        {
            if (subject.StartsWith(prefix)) return false;
        }

        context.ReleaseHeld();
        Interlocked.Increment(ref subscription.Delivered);
        int mark = context.Scratch.Mark;
        ReadOnlySpan<byte> there = SubjectThere(context, import, subject);
        if (import.Exporter.TryMap(context, there, out ReadOnlySpan<byte> mapped))
        {
            there = mapped;
            // Compat: only where a mapping of the exporting account gave it another subject.
            message.Origin?.Server.Mqtt?.OnCrossed(context, in message, import.Exporter, mapped);
        }

        bool delivered = Request(context, import, in message, there);
        context.Scratch.Release(mark);
        return delivered;
    }

    private static ReadOnlySpan<byte> SubjectThere(DeliveryContext context, ServiceImport import, ReadOnlySpan<byte> subject)
    {
        if (import.Transform is not { } transform) return import.KeepsSubject ? subject : import.RemoteSubject;
        return context.MadeSubjects.TryMake(context, transform, subject, out ReadOnlySpan<byte> remote) ? remote : default;
    }

    private bool Request(DeliveryContext context, ServiceImport import, in Message message, ReadOnlySpan<byte> subject)
    {
        LatencySample? sample = import.Latency is null ? null : LatencySample.TryTake(import, in message);
        scoped Message there = message;
        there.Subject = subject;
        Span<byte> room = stackalloc byte[ReplySubject.LongestLength];
        ulong ticket = 0;
        bool hasResponse = !message.Reply.IsEmpty && !IsKeptReply(message.Reply);
        if (hasResponse)
        {
            ServiceResponses responses = import.Exporter.Responses;
            ticket = responses.Open(_account, import.Export, import.Share, message.Reply, sample);
            there.Reply = room[..responses.WriteSubject(ticket, sample is not null, room)];
        }
        else if (message.Reply.IsEmpty)
        {
            sample?.ReportFailure(import.Exporter, ResponseEnd.NoReplySubject);
        }

        ImportStep step = context.TakeStep(import.Export, message.Via);
        step.Importer = _account;
        step.Share = message.Via?.Share ?? import.Share;
        step.ShowsServer = import.Share || message.Via is { ShowsServer: true } || import.Exporter.IsSystem;
        there.Via = step;
        bool delivered = RequestorHeader.Route(context, _account, import, ref there, message.Subject);
        context.GiveBackStep(step);
        // A message that is only traced is answered by nobody.
        if (hasResponse && !delivered) import.Exporter.Responses.Drop(ticket, ResponseEnd.NotDelivered);
        else if (hasResponse && message.Trace is { IsTraceOnly: true }) import.Exporter.Responses.Drop(ticket, ResponseEnd.Answered);
        return delivered;
    }
}
