namespace DotNats.JetStream;

/// <summary>Where in a stream a consumer begins.</summary>
internal enum DeliverPolicy
{
    All,
    Last,
    New,
    ByStartSequence,
    ByStartTime,
    LastPerSubject,
}

/// <summary>How messages are acknowledged.</summary>
internal enum AckPolicy
{
    None,

    /// <summary>An acknowledgement is for all messages before it too.</summary>
    All,
    Explicit,

    /// <summary>Flow control messages acknowledge what was delivered before them.</summary>
    FlowControl,
}

/// <summary>How fast messages are delivered that were there before.</summary>
internal enum ReplayPolicy
{
    Instant,

    /// <summary>As fast as they came.</summary>
    Original,
}

/// <summary>Which of several clients of one pull consumer gets a message.</summary>
internal enum PriorityPolicy
{
    None,
    Overflow,
    PinnedClient,
    Prioritized,
}

/// <summary>What a request to create a consumer may do.</summary>
internal enum ConsumerAction
{
    CreateOrUpdate,
    Update,
    Create,
}

/// <summary>The words of every enumeration of consumers.</summary>
internal static class ConsumerPolicyNames
{
    public static PolicyNames<DeliverPolicy> Deliver { get; } = new(
        (DeliverPolicy.All, "all"), (DeliverPolicy.All, "undefined"), (DeliverPolicy.Last, "last"), (DeliverPolicy.New, "new"),
        (DeliverPolicy.ByStartSequence, "by_start_sequence"), (DeliverPolicy.ByStartTime, "by_start_time"), (DeliverPolicy.LastPerSubject, "last_per_subject"));

    public static PolicyNames<AckPolicy> Ack { get; } =
        new((AckPolicy.None, "none"), (AckPolicy.All, "all"), (AckPolicy.Explicit, "explicit"), (AckPolicy.FlowControl, "flow_control"));

    public static PolicyNames<ReplayPolicy> Replay { get; } = new((ReplayPolicy.Instant, "instant"), (ReplayPolicy.Original, "original"));

    public static PolicyNames<PriorityPolicy> Priority { get; } = new(
        (PriorityPolicy.None, "none"), (PriorityPolicy.Overflow, "overflow"), (PriorityPolicy.PinnedClient, "pinned_client"), (PriorityPolicy.Prioritized, "prioritized"))
    {
        Complaint = "unknown priority policy: ",
    };

    public static PolicyNames<ConsumerAction> Action { get; } =
        new((ConsumerAction.CreateOrUpdate, ""), (ConsumerAction.Update, "update"), (ConsumerAction.Create, "create")) { Complaint = "unknown consumer action: " };
}
