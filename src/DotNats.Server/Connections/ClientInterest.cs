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
        if (session.IsAtLimit)
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
        if (!session.Subscriptions.Contains(id))
        {
            if (!Subjects.IsWellFormedFilter(subject))
            {
                session.SendError(context, ErrorTexts.InvalidSubject);
                return;
            }

            byte[]? group = queue.IsEmpty ? null : queue.ToArray();
            var subscription = new Subscription(session, subject.ToArray(), group, id) { FilterDeliveries = filter };
            context.ReleaseHeld();
            session.TryAddSubscription(subscription);
        }

        if (session.Options.Verbose) session.SendOk(context);
    }

    private bool MaySubscribe(DeliveryContext context, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queue, ReadOnlySpan<byte> sid, out bool filter)
    {
        SubscribeDecision decision = session.DecideSubscribe(subject, queue);
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
        if (session.Subscriptions.Limit(id, maximum) is { } ended) session.Account.RemoveInterest(ended);
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
}
