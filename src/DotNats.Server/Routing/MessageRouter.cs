using DotNats.Server.Accounts;

namespace DotNats.Server.Routing;

/// <summary>From a published message to everybody it is for.</summary>
// Previous stop: Connections/ClientSession. Next stop: each subscriber's Deliver, then Connections/Outbound.
internal static class MessageRouter
{
    /// <summary>Delivers to all matching subscriptions and one member of each matching queue group; false where nobody took it.</summary>
    public static bool Route(DeliveryContext context, Account account, in Message message) =>
        Route(context, context.Matches.Find(context, account, in message.Subject), in message);

    /// <summary>The same, for whom it is being known already.</summary>
    public static bool Route(DeliveryContext context, MatchResult match, in Message message)
    {
        bool delivered = false;
        ReadOnlySpan<byte> subject = Message.Split(message.Subject);
        foreach (Subscription subscription in match.Plain)
            delivered |= subscription.Subscriber.Deliver(context, subscription, in message, subject);
        foreach (Subscription[] group in match.QueueGroups)
            delivered |= DeliverToOne(context, group, in message);
        if (message.Trace is not null) TraceDenied(context, match, in message);
        return delivered;
    }

    // A trace tells also who was left out.
    private static void TraceDenied(DeliveryContext context, MatchResult match, in Message message)
    {
        foreach (Subscription subscription in match.Denied) subscription.Subscriber.Deliver(context, subscription, in message, message.Subject);
    }

    // A random member first, then the others in order until one takes it.
    private static bool DeliverToOne(DeliveryContext context, Subscription[] group, in Message message)
    {
        int start = group.Length == 1 ? 0 : context.NextRandom(group.Length);
        for (int i = 0; i < group.Length; i++)
        {
            int index = start + i;
            if (index >= group.Length) index -= group.Length;
            Subscription subscription = group[index];
            if (subscription.Subscriber.Deliver(context, subscription, in message, Message.Split(message.Subject))) return true;
        }

        return false;
    }
}
