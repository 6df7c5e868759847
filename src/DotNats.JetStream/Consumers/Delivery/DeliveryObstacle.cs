namespace DotNats.JetStream.Consumers;

/// <summary>Why a consumer does not deliver at the moment.</summary>
internal enum DeliveryObstacle
{
    /// <summary>It does, or is about to.</summary>
    None,

    /// <summary>Everything was delivered.</summary>
    NothingToDeliver,
    Paused,

    /// <summary>Nobody listens where it pushes to.</summary>
    NoInterest,

    /// <summary>Nobody asks for messages.</summary>
    NoRequests,

    /// <summary>Nobody who asks can have this one: another client is pinned, or too little is pending.</summary>
    NoTurn,
    MaxAckPending,
    FlowControl,

    /// <summary>A rate limit, or the pace that messages came at.</summary>
    Pace,

    /// <summary>A client takes bytes slower than they are sent.</summary>
    SlowReceiver,

    /// <summary>What is left is being counted.</summary>
    Counting,
}

/// <summary>The same in words, for people.</summary>
internal static class DeliveryObstacles
{
    /// <summary>Everything was delivered, somebody wants more, and what is pending may come again.</summary>
    public const string WaitsForAcks = "everything is delivered; what is pending waits for its acknowledgement or its next delivery";

    /// <summary>Everything was delivered, and more does not come.</summary>
    public const string StreamFailed = "the stream's storage has failed, and it takes no messages";

    /// <summary>Null where there is nothing to explain.</summary>
    /// <param name="isReplaying">The pace is that of the messages' own times.</param>
    public static string? Explain(DeliveryObstacle obstacle, PriorityPolicy policy, bool isReplaying) => obstacle switch
    {
        DeliveryObstacle.Paused => "paused",
        DeliveryObstacle.NoInterest => "no interest in the deliver subject",
        DeliveryObstacle.NoRequests => "no pull requests waiting",
        DeliveryObstacle.NoTurn => policy switch
        {
            PriorityPolicy.PinnedClient => "another client is pinned than those that ask",
            PriorityPolicy.Overflow => "too little is pending for the waiting pull requests (min_pending, min_ack_pending)",
            _ => "no waiting pull request may have the next message",
        },
        DeliveryObstacle.MaxAckPending => "max_ack_pending reached",
        DeliveryObstacle.FlowControl => "flow control stalled: the client has not answered",
        DeliveryObstacle.Pace => isReplaying ? "replay waits for the time between messages" : "rate limit reached",
        DeliveryObstacle.SlowReceiver => "a receiver is slow",
        _ => null,
    };
}
