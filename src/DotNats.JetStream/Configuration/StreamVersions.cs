namespace DotNats.JetStream;

/// <summary>What the server writes into a stream's metadata.</summary>
internal static class StreamVersions
{
    /// <summary>The API level of this server.</summary>
    public const int ApiLevel = AssetVersions.ApiLevel;

    /// <summary>The configuration as it is stored: with the level its features need, without what is only told.</summary>
    public static StreamConfig WithRequiredLevel(StreamConfig config) => config with { Metadata = AssetVersions.Stored(config.Metadata, RequiredLevelOf(config)) };

    /// <summary>The configuration as answers show it.</summary>
    /// <param name="version">The release of nats-server that this server is like.</param>
    public static StreamConfig ToTell(StreamConfig config, string version) => config with { Metadata = AssetVersions.Told(config.Metadata, version) };

    /// <summary>The configuration with the required level of another one, so that the two differ only where somebody asked for it.</summary>
    public static StreamConfig WithLevelOf(StreamConfig config, StreamConfig other) => config with { Metadata = AssetVersions.WithLevelOf(config.Metadata, other.Metadata) };

    /// <summary>Why this server must leave a stored stream alone; null where it understands it.</summary>
    /// <param name="decodingError">What is wrong with the stored JSON, unknown fields included; null for nothing.</param>
    public static string? OfflineReason(IReadOnlyDictionary<string, string> metadata, string? decodingError) => AssetVersions.OfflineReason(metadata, decodingError);

    /// <summary>Whether a request or a stored asset that asks for a level can be served.</summary>
    public static bool IsSupported(string level) => AssetVersions.IsSupported(level);

    private static int RequiredLevelOf(StreamConfig config)
    {
        if (config.AllowBatchPublish) return 4;
        if (config.AllowMessageCounter || config.AllowAtomicPublish || config.AllowMessageSchedules || config.PersistMode == PersistMode.Async) return 2;
        return config.AllowMessageTtl || config.SubjectDeleteMarkerTtlNanoseconds > 0 ? 1 : 0;
    }
}
