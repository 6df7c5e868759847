namespace DotNats.Client;

/// <summary>What happens to a message for which a subscription's queue has no room.</summary>
public enum NatsQueueFullMode
{
    /// <summary>It is dropped and counted; see <see cref="NatsSubscription.DroppedMessages"/> and <see cref="NatsConnection.ErrorOccurred"/>.</summary>
    DropNewest,

    /// <summary>The connection reads nothing more until there is room, for none of its subscriptions; the server then slows publishers down and
    /// at last closes this connection as a slow consumer. For bulk work on a connection of its own.</summary>
    PauseConnection,
}

/// <summary>How a subscription receives.</summary>
public sealed record NatsSubscriptionOptions
{
    /// <summary>Of all members of a queue group one gets each message; null for no group.</summary>
    public string? QueueGroup { get; init; }

    /// <summary>The subscription ends after so many messages; 0 for never.</summary>
    public int MaxMessages { get; init; }

    /// <summary>Messages that may wait to be read, at least 1.</summary>
    public int QueueCapacity { get; init; } = 64 * 1024;

    public NatsQueueFullMode WhenFull { get; init; } = NatsQueueFullMode.DropNewest;
}
