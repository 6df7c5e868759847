namespace DotNats.JetStream;

/// <summary>What the server writes into a consumer's metadata.</summary>
internal static class ConsumerVersions
{
    /// <summary>The configuration as it is stored.</summary>
    public static ConsumerConfig WithRequiredLevel(ConsumerConfig config) => config with { Metadata = AssetVersions.Stored(config.Metadata, RequiredLevelOf(config)) };

    /// <summary>The configuration as answers show it.</summary>
    public static ConsumerConfig ToTell(ConsumerConfig config, string version) => config with { Metadata = AssetVersions.Told(config.Metadata, version) };

    /// <summary>The configuration with the required level of another one.</summary>
    public static ConsumerConfig WithLevelOf(ConsumerConfig config, ConsumerConfig other) => config with { Metadata = AssetVersions.WithLevelOf(config.Metadata, other.Metadata) };

    private static int RequiredLevelOf(ConsumerConfig config)
    {
        if (config.AckPolicy == AckPolicy.FlowControl) return 4;
        bool isPaused = config.PauseUntil is { IsZero: false };
        bool hasPriority = config.PriorityPolicy != PriorityPolicy.None || config.PinnedTtlNanoseconds != 0 || config.PriorityGroups.Count > 0;
        return isPaused || hasPriority ? 1 : 0;
    }
}
