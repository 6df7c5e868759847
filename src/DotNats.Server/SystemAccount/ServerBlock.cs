using DotNats.Server.Monitoring;

namespace DotNats.Server.SystemAccount;

/// <summary>How a server names itself in everything it says over the system account. Names and order are nats-server's (wire reference section 8).</summary>
internal sealed record ServerBlock
{
    public required string Name { get; init; }

    public required string Host { get; init; }

    public required string Id { get; init; }

    public string? Cluster { get; init; }

    /// <summary>JetStream domain.</summary>
    public string? Domain { get; init; }

    public required string Ver { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    public required IReadOnlyDictionary<string, bool> FeatureFlags { get; init; }

    public bool Jetstream { get; init; }

    /// <summary>1 JetStream, 2 binary snapshots, 4 replication traffic in the account.</summary>
    public ulong Flags { get; init; }

    /// <summary>Number of the message among all of this server that carry such a block.</summary>
    public ulong Seq { get; init; }

    public DateTime Time { get; init; }
}

/// <summary>Makes the blocks of one server and numbers them.</summary>
// Owner: the server; any thread. Invariant: a number is used once.
internal sealed class ServerStamp(ServerCore server)
{
    // Compat: JetStream is on, snapshots may be binary, replication traffic may use the account; the last two are said only where the first holds.
    private const ulong JetStreamFlags = 7;

    // Compat: nats-server's first message has number 2.
    private ulong _sequence = 1;
    private volatile Facts? _facts;

    /// <summary>The block for one message, which has to be sent now: numbers shall arrive in order.</summary>
    public ServerBlock Next()
    {
        NatsServerOptions options = server.Options;
        Facts? facts = _facts;
        if (facts is null || !ReferenceEquals(facts.Options, options)) _facts = facts = new Facts(options);
        return new ServerBlock
        {
            Name = server.Name,
            Host = server.Info.Current.Host,
            Id = server.Id,
            Cluster = string.IsNullOrEmpty(options.Cluster?.Name) ? null : options.Cluster.Name,
            Domain = string.IsNullOrEmpty(options.JetStream.Domain) ? null : options.JetStream.Domain,
            Ver = ServerVersion.Compatible,
            Tags = options.ServerTags.Count > 0 ? options.ServerTags : null,
            Metadata = facts.Metadata,
            FeatureFlags = facts.FeatureFlags,
            Jetstream = server.JetStream is { IsEnabled: true },
            Flags = server.JetStream is { IsEnabled: true } ? JetStreamFlags : 0,
            Seq = Interlocked.Increment(ref _sequence),
            Time = server.Time.GetUtcNow().UtcDateTime,
        };
    }

    // What is made once for all messages under the same options.
    private sealed class Facts(NatsServerOptions options)
    {
        public NatsServerOptions Options { get; } = options;

        public IReadOnlyDictionary<string, bool> FeatureFlags { get; } = Monitoring.FeatureFlags.Merge(options.FeatureFlags);

        public IReadOnlyDictionary<string, string>? Metadata { get; } = options.ServerMetadata.Count == 0
            ? null
            : options.ServerMetadata.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary();
    }
}
