using System.Globalization;

namespace DotNats.JetStream;

/// <summary>What the server writes into a stream's metadata: which API level it needs (stored), and which server answers (only told).</summary>
// Levels: 0 is all before 2.11; 1 is 2.11; 2 is 2.12.0; 3 is a later 2.12; 4 is 2.14; 5 is 2.15.
internal static class StreamVersions
{
    /// <summary>The API level of this server.</summary>
    public const int ApiLevel = 5;

    private const string RequiredLevelKey = "_nats.req.level";
    private const string ServerVersionKey = "_nats.ver";
    private const string ServerLevelKey = "_nats.level";

    /// <summary>The configuration as it is stored: with the level its features need, without what is only told.</summary>
    public static StreamConfig WithRequiredLevel(StreamConfig config) => WithMetadata(config, metadata =>
    {
        RemoveTold(metadata);
        metadata[RequiredLevelKey] = RequiredLevelOf(config).ToString(CultureInfo.InvariantCulture);
    });

    /// <summary>The configuration as answers show it.</summary>
    /// <param name="version">The release of nats-server that this server is like.</param>
    public static StreamConfig ToTell(StreamConfig config, string version) => WithMetadata(config, metadata =>
    {
        metadata[ServerVersionKey] = version;
        metadata[ServerLevelKey] = ApiLevel.ToString(CultureInfo.InvariantCulture);
    });

    /// <summary>The configuration with the required level of another one, so that the two differ only where somebody asked for it.</summary>
    public static StreamConfig WithLevelOf(StreamConfig config, StreamConfig other) => WithMetadata(config, metadata =>
    {
        RemoveTold(metadata);
        if (other.Metadata.TryGetValue(RequiredLevelKey, out string? level)) metadata[RequiredLevelKey] = level;
        else metadata.Remove(RequiredLevelKey);
    });

    /// <summary>Why this server must leave a stored stream or consumer alone; null where it understands it.</summary>
    /// <param name="decodingError">What is wrong with the stored JSON, unknown fields included; null for nothing.</param>
    public static string? OfflineReason(IReadOnlyDictionary<string, string> metadata, string? decodingError)
    {
        if (metadata.TryGetValue(RequiredLevelKey, out string? level) && level.Length > 0 && !IsSupported(level))
        {
            return decodingError is null
                ? $"unsupported - required API level: {level}, current API level: {ApiLevel}"
                : $"unsupported - config error: {(decodingError.StartsWith("json: ", StringComparison.Ordinal) ? decodingError["json: ".Length..] : decodingError)}";
        }

        return decodingError is null ? null : $"decoding error: {decodingError}";
    }

    /// <summary>Whether a request or a stored asset that asks for a level can be served.</summary>
    public static bool IsSupported(string level) =>
        long.TryParse(level, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number <= ApiLevel;

    private static int RequiredLevelOf(StreamConfig config)
    {
        if (config.AllowBatchPublish) return 4;
        if (config.AllowMessageCounter || config.AllowAtomicPublish || config.AllowMessageSchedules || config.PersistMode == PersistMode.Async) return 2;
        return config.AllowMessageTtl || config.SubjectDeleteMarkerTtlNanoseconds > 0 ? 1 : 0;
    }

    private static void RemoveTold(Dictionary<string, string> metadata)
    {
        metadata.Remove(ServerVersionKey);
        metadata.Remove(ServerLevelKey);
    }

    private static StreamConfig WithMetadata(StreamConfig config, Action<Dictionary<string, string>> change)
    {
        var metadata = new Dictionary<string, string>(config.Metadata, StringComparer.Ordinal);
        change(metadata);
        return config with { Metadata = metadata };
    }
}
