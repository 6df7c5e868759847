using DotNats.Configuration.Language;
using DotNats.Configuration.Validation;
using DotNats.Security;
using Key = DotNats.Configuration.Binding.Keys<DotNats.LeafNodeRemoteOptions>;
using Proxy = DotNats.Configuration.Binding.Keys<DotNats.LeafNodeProxyOptions>;

namespace DotNats.Configuration.Binding;

/// <summary>Binds <c>remotes [ {} ]</c> of leaf nodes.</summary>
internal static class LeafNodeRemoteKeys
{
    public static ConfigSection<LeafNodeRemoteOptions> Section { get; } = new(
    [
        Key.Other("url urls", "URL or list", Reload.No, "Servers to connect to.", BindUrls),
        Key.Text("account local", Reload.No, "Local account.", (o, v) => o with { Account = ServerKeys.OrNull(v) }),
        Key.Other("credentials creds", "path", Reload.No, "File with user JWT and seed.", BindCredentials),
        Key.Other("nkey seed", "text", Reload.No, "User seed.", BindSeed),
        Key.Map("tls", Reload.Yes, "TLS towards the remote.", (o, s) => TlsKeys.Bind(s, isLink: false) is { } tls ? o with { Tls = tls } : o),
        Key.Flag("hub", Reload.No, "This side is the hub.", (o, v) => o with { Hub = v }),
        Key.Other("deny_imports deny_import", "subjects", Reload.No, "Subjects not taken from the remote.",
            (o, s) => Permissions.SubjectList(s, allowQueue: false) is { } list ? o with { DenyImports = list } : o),
        Key.Other("deny_exports deny_export", "subjects", Reload.No, "Subjects not given to the remote.",
            (o, s) => Permissions.SubjectList(s, allowQueue: false) is { } list ? o with { DenyExports = list } : o),
        Key.Flag("no_randomize dont_randomize", Reload.No, "Try the URLs in order.", (o, v) => o with { NoRandomize = v }),
        Key.Flag("ws_compression ws_compress websocket_compress websocket_compression", Reload.No, "Compress WebSocket frames.",
            (o, v) => o with { WebSocketCompression = v }),
        Key.Flag("ws_no_masking websocket_no_masking", Reload.No, "Do not mask WebSocket frames.", (o, v) => o with { WebSocketNoMasking = v }),
        Key.Other("jetstream_cluster_migrate js_cluster_migrate", "yes/no or map", Reload.No, "Hand leaders away while the remote is away.", BindMigrate),
        Key.Flag("isolate_leafnode_interest isolate", Reload.No, "Keep local interest of other leaf nodes from the remote.",
            (o, v) => o with { LocalIsolation = v }),
        Key.Flag("request_isolation", Reload.No, "Ask the remote to do the same.", (o, v) => o with { RequestIsolation = v }),
        CompressionKeys.Key<LeafNodeRemoteOptions>("s2_auto", (o, v) => o with { Compression = v }),
        Key.Duration("first_info_timeout", Reload.No, "Time the remote's first INFO may take.",
            (o, v) => o with { FirstInfoTimeout = v <= TimeSpan.Zero ? new LeafNodeRemoteOptions().FirstInfoTimeout : v }),
        Key.Duration("dial_timeout", Reload.No, "Time a connection may take.", (o, v) => o with { DialTimeout = v <= TimeSpan.Zero ? null : v }),
        Key.Flag("disabled", Reload.Yes, "Do not connect.", (o, v) => o with { Disabled = v }),
        Key.Flag("ignore_discovered_servers", Reload.No, "Use only the URLs given here.", (o, v) => o with { IgnoreDiscoveredServers = v }),
        Key.Section("proxy", Reload.No, "HTTP proxy for ws and wss URLs.", "Expected proxy to be a map", ProxySection,
            o => o.Proxy ?? new LeafNodeProxyOptions(), (o, v) => o with { Proxy = v }),
    ]);

    public static ConfigSection<LeafNodeProxyOptions> ProxySection => new(
    [
        Proxy.Text("url", Reload.No, "http or https URL of the proxy.", (o, v) => o with { Url = v }),
        Proxy.Text("username", Reload.No, "User at the proxy.", (o, v) => o with { Username = ServerKeys.OrNull(v) }),
        Proxy.Text("password", Reload.No, "Password at the proxy.", (o, v) => o with { Password = ServerKeys.OrNull(v) }),
        Proxy.Duration("timeout", Reload.No, "Time the proxy may take.", (o, v) => o with { Timeout = v }, "proxy timeout"),
    ]);

    /// <summary>Binds the list; null when it is none.</summary>
    public static IReadOnlyList<LeafNodeRemoteOptions>? Bind(Setting setting)
    {
        if (setting.Value is not ConfigList list)
        {
            setting.Error($"Expected remotes field to be an array, got {GoText.TypeOf(setting.Value)}");
            return null;
        }
        List<LeafNodeRemoteOptions> remotes = [];
        HashSet<string> names = [];
        foreach (ConfigNode item in list.Items)
        {
            if (item.Value is not ConfigMap map)
            {
                setting.With(item).Error($"Expected remote leafnode entry to be a map/struct, got {GoText.Print(item.Value)}");
                continue;
            }
            LeafNodeRemoteOptions remote = Section.Bind(new LeafNodeRemoteOptions(), map, setting.Context);
            ConfigPlace proxyPlace = map.Entries.FirstOrDefault(e => e.Key.Equals("proxy", StringComparison.OrdinalIgnoreCase)).Value?.Place ?? item.Place;
            if (LeafNodeRules.CheckProxy(remote) is { } error)
                setting.Context.Error(proxyPlace, error);
            else if (names.Add(LeafNodeRules.NameOf(remote, redacted: false)))
                remotes.Add(remote with { Urls = [.. remote.Urls.Select(UrlReader.WithLeafNodePort)] });
            else
                setting.Context.Error(map.LastPlace ?? item.Place, $"duplicate remote {LeafNodeRules.NameOf(remote, redacted: true)}");
        }
        return remotes;
    }

    private static LeafNodeRemoteOptions BindUrls(LeafNodeRemoteOptions options, Setting setting)
    {
        switch (setting.Value)
        {
            case ConfigList list:
                return UrlReader.ReadList(setting, list, "leafnode") is { } urls ? options with { Urls = urls } : options;
            case string text:
                return UrlReader.Read(setting, text, "leafnode") is { } url
                    ? options with { Urls = [.. options.Urls, url] }
                    : options;
        }
        setting.Error($"Expected remote leafnode url to be an array or string, got {GoText.Print(setting.Value)}");
        return options;
    }

    private static LeafNodeRemoteOptions BindCredentials(LeafNodeRemoteOptions options, Setting setting)
    {
        if (!setting.TryText(out string? path))
            return options;
        if (!PathExpansion.TryExpand(path, setting.Context.Environment, out string expanded, out string? error))
            setting.Error(error!);
        else if (options.Seed is not null)
            setting.Error("Remote leafnode can not have both creds and nkey defined");
        else
            return options with { CredentialsFile = ServerKeys.OrNull(expanded) };
        return options;
    }

    private static LeafNodeRemoteOptions BindSeed(LeafNodeRemoteOptions options, Setting setting)
    {
        if (!setting.TryText(out string? seed))
            return options;
        if (!IsUserSeed(seed))
            setting.Error($"Remote leafnode nkey is not a valid seed: {SecretText.QuoteKey(seed)}");
        else if (options.CredentialsFile is not null)
            setting.Error("Remote leafnode can not have both creds and nkey defined");
        else
            return options with { Seed = seed };
        return options;
    }

    private static bool IsUserSeed(string seed)
    {
        try
        {
            using NKey key = NKey.FromSeed(seed);
            return key.Kind == NKeyKind.User;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static LeafNodeRemoteOptions BindMigrate(LeafNodeRemoteOptions options, Setting setting)
    {
        switch (setting.Value)
        {
            case bool migrate:
                return options with { JetStreamClusterMigrate = migrate };
            // Compat: other keys of the map are not looked at.
            case ConfigMap map:
                options = options with { JetStreamClusterMigrate = true };
                return map["leader_migrate_delay"] is { } node && setting.With(node).TryDuration("leader_migrate_delay", out TimeSpan delay)
                    ? options with { JetStreamClusterMigrateDelay = delay }
                    : options;
        }
        setting.Error($"Expected boolean or map for jetstream_cluster_migrate, got {GoText.TypeOf(setting.Value)}");
        return options;
    }
}
