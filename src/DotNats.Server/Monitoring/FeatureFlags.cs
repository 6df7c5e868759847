namespace DotNats.Server.Monitoring;

/// <summary>Switches that nats-server 2.15 knows under <c>feature_flags</c>, with their defaults.</summary>
internal static class FeatureFlags
{
    /// <summary>Acknowledgements and answers to flow control have subjects that name domain and account.</summary>
    public const string LongAcks = "js_ack_fc_v2";

    private static readonly KeyValuePair<string, bool>[] Defaults =
    [
        new(LongAcks, false),
        new("js_api_reply_v2", false),
        new("js_raft_delete_range", true),
        new("js_snapshot_sources", false),
    ];

    /// <summary>All known flags by name; configured values win, unknown names are left out.</summary>
    public static IReadOnlyDictionary<string, bool> Merge(IReadOnlyDictionary<string, bool> configured)
    {
        Dictionary<string, bool> merged = [];
        foreach ((string name, bool value) in Defaults)
            merged.Add(name, configured.TryGetValue(name, out bool chosen) ? chosen : value);
        return merged;
    }

    /// <summary>Whether a known flag is on.</summary>
    public static bool IsOn(IReadOnlyDictionary<string, bool> configured, string name) =>
        configured.TryGetValue(name, out bool chosen) ? chosen : Array.Exists(Defaults, flag => flag.Key == name && flag.Value);
}
