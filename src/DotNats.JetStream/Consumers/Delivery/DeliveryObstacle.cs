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
    /// <summary>Null where there is nothing to explain.</summary>
    public static string? Explain(DeliveryObstacle obstacle) => obstacle switch
    {
        DeliveryObstacle.Paused => "paused",
        DeliveryObstacle.NoInterest => "no interest in the deliver subject",
        DeliveryObstacle.NoRequests => "no pull requests waiting",
        DeliveryObstacle.NoTurn => "no waiting pull request may have the next message",
        DeliveryObstacle.MaxAckPending => "max_ack_pending reached",
        DeliveryObstacle.FlowControl => "flow control stalled",
        DeliveryObstacle.Pace => "waiting for the rate limit or the replay pace",
        DeliveryObstacle.SlowReceiver => "a receiver is slow",
        _ => null,
    };
}
