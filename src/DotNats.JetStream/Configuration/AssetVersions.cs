using System.Globalization;

namespace DotNats.JetStream;

/// <summary>What the server writes into the metadata of streams and consumers: which API level they need (stored), and which server answers (only told).</summary>
// Levels: 0 is all before 2.11; 1 is 2.11; 2 is 2.12.0; 3 is a later 2.12; 4 is 2.14; 5 is 2.15.
internal static class AssetVersions
{
    /// <summary>The API level of this server.</summary>
    public const int ApiLevel = 5;

    private const string RequiredLevelKey = "_nats.req.level";
    private const string ServerVersionKey = "_nats.ver";
    private const string ServerLevelKey = "_nats.level";

    // Most assets have no other metadata and need no level: they share this.
    private static readonly Dictionary<string, string> LevelZero = new(StringComparer.Ordinal) { [RequiredLevelKey] = "0" };

    /// <summary>Metadata as it is stored: with the level that is needed, without what is only told.</summary>
    public static IReadOnlyDictionary<string, string> Stored(IReadOnlyDictionary<string, string> metadata, int requiredLevel)
    {
        if (requiredLevel == 0 && metadata.Keys.All(static key => key is RequiredLevelKey or ServerVersionKey or ServerLevelKey)) return LevelZero;
        Dictionary<string, string> stored = WithoutTold(metadata);
        stored[RequiredLevelKey] = requiredLevel.ToString(CultureInfo.InvariantCulture);
        return stored;
    }

    /// <summary>Metadata as answers show it.</summary>
    /// <param name="version">The release of nats-server that this server is like.</param>
    public static IReadOnlyDictionary<string, string> Told(IReadOnlyDictionary<string, string> metadata, string version) =>
        new Dictionary<string, string>(metadata, StringComparer.Ordinal)
        {
            [ServerVersionKey] = version,
            [ServerLevelKey] = ApiLevel.ToString(CultureInfo.InvariantCulture),
        };

    /// <summary>Metadata with the required level of another asset, so that the two differ only where somebody asked for it.</summary>
    public static IReadOnlyDictionary<string, string> WithLevelOf(IReadOnlyDictionary<string, string> metadata, IReadOnlyDictionary<string, string> other)
    {
        Dictionary<string, string> result = WithoutTold(metadata);
        if (other.TryGetValue(RequiredLevelKey, out string? level)) result[RequiredLevelKey] = level;
        else result.Remove(RequiredLevelKey);
        return result;
    }

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

    private static Dictionary<string, string> WithoutTold(IReadOnlyDictionary<string, string> metadata)
    {
        var result = new Dictionary<string, string>(metadata, StringComparer.Ordinal);
        result.Remove(ServerVersionKey);
        result.Remove(ServerLevelKey);
        return result;
    }
}
