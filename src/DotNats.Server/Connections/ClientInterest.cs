using System.Text;
using DotNats.Primitives;
using DotNats.Protocol;
using DotNats.Security;
using DotNats.Server.Routing;

namespace DotNats.Server.Connections;

/// <summary>SUB and UNSUB of one client, and what hangs on its subscriptions.</summary>
// Owner: the receive side of its connection; ClientSubscriptions says who else touches the sids.
internal sealed class ClientInterest(ClientSession session, ServerCore server)
{
    public ClientSubscriptions Subscriptions { get; } = new(session.Connection);

    /// <summary>It has as many subscriptions as server and account allow.</summary>
    public bool IsAtLimit => session.MaxSubscriptions is var most and >= 0 && Subscriptions.Count >= most;

    /// <summary>SUB &lt;subject&gt; [queue] &lt;sid&gt;; false for a wrong number of arguments.</summary>
    public bool Subscribe(DeliveryContext context, ReadOnlySpan<byte> arguments)
    {
        var reader = new ArgumentReader(arguments, splitAtLineEnds: true);
        int count = reader.Count();
        if (count is < 2 or > 3) return false;
        ReadOnlySpan<byte> subject = reader.Next();
        ReadOnlySpan<byte> queue = count == 3 ? reader.Next() : default;
        ReadOnlySpan<byte> sid = reader.Next();
        if (!MaySubscribe(context, subject, queue, sid, out bool filter)) return true;
        if (IsAtLimit)
        {
            session.SendError(context, ErrorTexts.MaxSubscriptionsExceeded);
            context.ReleaseHeld();
            SessionLog.MaxSubscriptions(server.Logger, session);
            return true;
        }

        Add(context, subject, queue, new SubscriptionId(sid), filter);
        return true;
    }

    private void Add(DeliveryContext context, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queue, SubscriptionId id, bool filter)
    {
        // Compat: a sid in use is left as it is, without a word.
        if (!Subscriptions.Contains(id))
        {
            if (!Subjects.IsWellFormedFilter(subject))
            {
                session.SendError(context, ErrorTexts.InvalidSubject);
                return;
            }

            byte[]? group = queue.IsEmpty ? null : queue.ToArray();
            var subscription = new Subscription(session, subject.ToArray(), group, id) { FilterDeliveries = filter };
            context.ReleaseHeld();
            Subscriptions.TryAdd(subscription);
            session.Account.AddInterest(subscription);
            // Closed meanwhile by another thread: its clean-up may have come before the table knew of this one.
            if (session.Connection.IsClosed) session.Account.RemoveInterest(subscription);
        }

        if (session.Options.Verbose) session.SendOk(context);
    }

    private bool MaySubscribe(DeliveryContext context, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queue, ReadOnlySpan<byte> sid, out bool filter)
    {
        SubscribeDecision decision = session.Permissions?.CanSubscribe(subject, queue) ?? new SubscribeDecision(true, false);
        filter = decision.FilterDeliveries;
        if (!decision.Allowed || queue.SequenceEqual("_sys_"u8))
        {
            string name = GoQuote.Quote(subject), id = Encoding.UTF8.GetString(sid);
            string withQueue = queue.IsEmpty ? "" : $" using queue {GoQuote.Quote(queue)}";
            string queueLog = queue.IsEmpty ? "" : $", Queue: {GoQuote.Quote(queue)}";
            session.ReportViolation(context, $"Permissions Violation for Subscription to {name}{withQueue}", $"Subscription Violation - Subject {name}{queueLog}, SID {id}");
            return false;
        }

        int tokens = server.Options.Limits.MaxSubscriptionTokens;
        if (tokens > 0 && subject.Count((byte)'.') + 1 > tokens)
        {
            string name = GoQuote.Quote(subject), id = Encoding.UTF8.GetString(sid);
            session.ReportViolation(
                context,
                $"Permissions Violation for Subscription to {name}{ErrorTexts.TooManyTokens}",
                $"Subscription Violation Too Many Tokens - Subject {name}, SID {id}");
            return false;
        }

        return true;
    }

    /// <summary>UNSUB &lt;sid&gt; [max]; false for a wrong number of arguments.</summary>
    public bool Unsubscribe(DeliveryContext context, ReadOnlySpan<byte> arguments)
    {
        var reader = new ArgumentReader(arguments, splitAtLineEnds: true);
        int count = reader.Count();
        if (count is < 1 or > 2) return false;
        var id = new SubscriptionId(reader.Next());
        long maximum = count == 2 ? CommandParser.ParseSize(reader.Next()) : -1;
        context.ReleaseHeld();
        if (Subscriptions.Limit(id, maximum) is { } ended) session.Account.RemoveInterest(ended);
        if (session.Options.Verbose) session.SendOk(context);
        return true;
    }

    /// <summary>Status 503 to the publisher's own subscription on the reply, if it has one.</summary>
    public void SendNoResponders(DeliveryContext context, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> reply)
    {
        MatchResult match = context.Matches.Find(context, session.Account, reply);
        // Compat: no deny clause keeps a status from its subscription.
        if ((FindOwn(match.Plain) ?? FindOwn(match.Denied)) is not { } subscription) return;
        byte[] body = [.. "NATS/1.0 503\r\nNats-Subject: "u8, .. subject, .. "\r\n\r\n\r\n"u8];
        var status = new Message { Subject = reply, HeaderLength = body.Length - 2, Body = body };
        context.Hold(session.Connection);
        // Compat: a status is no delivery: it counts neither for the subscription nor for the connection.
        if (session.Connection.Outbound.AppendStatus(in status, subscription.Id) != AppendResult.Closed) context.PromiseFlush(session.Connection);
    }

    private Subscription? FindOwn(Subscription[] subscriptions)
    {
        foreach (Subscription subscription in subscriptions)
        {
            if (ReferenceEquals(subscription.Subscriber, session) && subscription.Queue is null && !subscription.IsClosed) return subscription;
        }

        return null;
    }

    /// <summary>Ends every subscription: the connection closed, or a second CONNECT starts anew.</summary>
    public void Clear()
    {
        foreach (Subscription subscription in Subscriptions.Clear()) session.Account.RemoveInterest(subscription);
    }

    /// <summary>After a reload: ends what the new permissions refuse and tells the client.</summary>
    public void ApplyPermissions()
    {
        foreach (Subscription subscription in Subscriptions.Snapshot())
        {
            SubscribeDecision decision = session.Permissions?.CanSubscribe(subscription.Subject, subscription.Queue) ?? new SubscribeDecision(true, false);
            bool filtered = subscription.FilterDeliveries;
            subscription.FilterDeliveries = decision.FilterDeliveries;
            if (decision.Allowed)
            {
                if (filtered || decision.FilterDeliveries) session.Account.ReviewInterest(subscription);
                continue;
            }

            Subscriptions.Remove(subscription);
            session.Account.RemoveInterest(subscription);
            string subject = Encoding.UTF8.GetString(subscription.Subject);
            string queue = subscription.Queue is null ? "" : $" using queue {GoQuote.Quote(subscription.Queue)}";
            string text = $"-ERR 'Permissions Violation for Subscription to {GoQuote.Quote(subscription.Subject)}{queue} (sid {GoQuote.Quote(Encoding.UTF8.GetBytes(subscription.Id.ToString()))})'\r\n";
            session.Connection.SendNow(Encoding.UTF8.GetBytes(text));
            SessionLog.SubscriptionRemoved(server.Logger, session, subject);
        }
    }
}
