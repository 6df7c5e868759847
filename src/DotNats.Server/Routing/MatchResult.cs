namespace DotNats.Server.Routing;

/// <summary>The subscriptions that one literal subject matched at one moment. Immutable, shared by match caches.</summary>
internal sealed class MatchResult
{
    public static readonly MatchResult Empty = new([], []);

    public MatchResult(Subscription[] plain, Subscription[][] queueGroups)
    {
        Plain = plain;
        QueueGroups = queueGroups;
        Count = plain.Length + queueGroups.Length;
    }

    /// <summary>Each of these gets the message.</summary>
    public Subscription[] Plain { get; }

    /// <summary>One member of each of these gets it.</summary>
    public Subscription[][] QueueGroups { get; }

    public int Count { get; }
}
