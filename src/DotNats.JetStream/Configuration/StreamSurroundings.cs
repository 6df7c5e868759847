namespace DotNats.JetStream;

/// <summary>What is around a stream when its configuration is judged: the account's other streams and what it and the server allow.</summary>
internal sealed record StreamSurroundings
{
    /// <summary>Every stream of the account by name, the judged one included where it exists.</summary>
    public IReadOnlyDictionary<string, StreamConfig> Streams { get; init; } = new Dictionary<string, StreamConfig>();

    public AccountLimits Limits { get; init; } = AccountLimits.None;

    public ServerResources Server { get; init; } = ServerResources.Unbounded;

    /// <summary>The longest duplicate window the server allows; 0 for any.</summary>
    public long MaxDuplicateWindowNanoseconds { get; init; }

    /// <summary>Whether streams may have more than one replica here.</summary>
    public bool AllowsReplicas { get; init; }

    public StreamConfig? Find(string name) => Streams.GetValueOrDefault(name);
}
