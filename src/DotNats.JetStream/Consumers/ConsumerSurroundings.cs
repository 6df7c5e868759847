namespace DotNats.JetStream;

/// <summary>What is around a consumer when its configuration is judged: its stream, the stream's other consumers, and what account and server allow.</summary>
internal sealed record ConsumerSurroundings
{
    public required StreamConfig Stream { get; init; }

    /// <summary>Every consumer of the stream by name, the judged one included where it exists.</summary>
    public IReadOnlyDictionary<string, ConsumerConfig> Consumers { get; init; } = new Dictionary<string, ConsumerConfig>();

    public AccountLimits Limits { get; init; } = AccountLimits.None;

    /// <summary>The most a consumer may have unacknowledged on this server; 0 for any.</summary>
    public long ServerMaxAckPending { get; init; }

    /// <summary>The most messages a request may ask for on this server; 0 for any.</summary>
    public long ServerMaxRequestBatch { get; init; }

    /// <summary>Consumers of a stream of which nothing else limits them; 0 or less for any number.</summary>
    public long ServerMaxConsumers { get; init; }

    /// <summary>Whether consumers may have more than one replica here.</summary>
    public bool AllowsReplicas { get; init; }

    /// <summary>Whether somebody listens to a subject.</summary>
    public Func<string, bool> HasInterest { get; init; } = static _ => false;

    /// <summary>Consumers that count against limits.</summary>
    public int CountLimited() => Consumers.Values.Count(consumer => !consumer.IsInternal);
}
