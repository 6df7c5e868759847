using DotNats.Primitives;
using DotNats.Server.Accounts;
using DotNats.Server.Connections;

namespace DotNats.Server.Routing;

/// <summary>One interest of one session: a subject filter, perhaps a queue group.</summary>
// Owner: its session. Counters change under the lock of the session's connection, which every deliverer holds anyway.
// Lifetime: from SUB to UNSUB, its maximum or the end of the session. Match results may hold it longer: IsClosed tells.
// Invariant: Delivered <= Maximum where Maximum > 0.
internal sealed class Subscription : ISubjectEntry
{
    public Subscription(ISubscriber subscriber, byte[] subject, byte[]? queue, SubscriptionId id)
    {
        Subscriber = subscriber;
        Subject = subject;
        Queue = queue;
        Id = id;
    }

    public ISubscriber Subscriber { get; }

    public byte[] Subject { get; }

    /// <summary>Queue group, or null.</summary>
    public byte[]? Queue { get; }

    public SubscriptionId Id { get; }

    /// <summary>Messages delivered since SUB.</summary>
    public long Delivered;

    /// <summary>Messages after which the subscription ends; 0 for never.</summary>
    public long Maximum;

    /// <summary>Set once; a deliverer that still finds it in a match result passes it over.</summary>
    public volatile bool IsClosed;

    /// <summary>The subject is a wildcard that a deny clause cuts into: each subject it matches is asked about.</summary>
    /// <remarks>Changed only before the table has it, or followed by <see cref="Accounts.Account.ReviewInterest"/>.</remarks>
    public bool FilterDeliveries;

    /// <summary>What stands for it in accounts that its account imports messages from; changed by <see cref="ShadowSet"/> alone.</summary>
    public ShadowSet? Shadows;

    /// <summary>The match of a subject that this one alone matches; made when first needed, by the table, under its lock.</summary>
    public MatchResult? MatchOfItself;
}

/// <summary>Whoever owns subscriptions: client sessions now, links and internal services beside them.</summary>
internal interface ISubscriber
{
    /// <summary>The client whose subscriptions they are; null for the server's own.</summary>
    MemberSession? Member => null;

    /// <summary>Hands over one message; false where this subscriber cannot have it (closed, own echo, denied, over its maximum).</summary>
    /// <param name="subject">What it is delivered under: the message's own, or the importer's name for it.</param>
    bool Deliver(DeliveryContext context, Subscription subscription, in Message message, ReadOnlySpan<byte> subject);

    /// <summary>Whether a subscription with <see cref="Subscription.FilterDeliveries"/> may have messages of a literal subject that it matches.</summary>
    /// <remarks>Called under the lock of a subscription table: computes, and takes no other lock.</remarks>
    bool Admits(Subscription subscription, ReadOnlySpan<byte> subject) => true;
}
