namespace DotNats.Server.Routing;

/// <summary>The subscriptions that one literal subject matched at one moment. Immutable, shared by match caches.</summary>
internal sealed class MatchResult
{
    public static readonly MatchResult Empty = new([], []);

    public MatchResult(Subscription[] plain, Subscription[][] queueGroups, Subscription[]? denied = null)
    {
        Plain = plain;
        QueueGroups = queueGroups;
        Denied = denied ?? [];
        Count = plain.Length + queueGroups.Length;
    }

    /// <summary>Each of these gets the message.</summary>
    public Subscription[] Plain { get; }

    /// <summary>One member of each of these gets it.</summary>
    public Subscription[][] QueueGroups { get; }

    /// <summary>Those that match but may not have this subject: only traces ask.</summary>
    public Subscription[] Denied { get; }

    /// <summary>How many get a message.</summary>
    public int Count { get; }
}
