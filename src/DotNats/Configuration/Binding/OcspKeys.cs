using DotNats.Configuration.Language;
using Cache = DotNats.Configuration.Binding.Keys<DotNats.OcspCacheOptions>;
using Peer = DotNats.Configuration.Binding.Keys<DotNats.OcspPeerOptions>;

namespace DotNats.Configuration.Binding;

/// <summary>Binds <c>ocsp</c>, <c>ocsp_cache</c> and <c>ocsp_peer</c>.</summary>
internal static class OcspKeys
{
    private static readonly TimeSpan LeastSaveInterval = TimeSpan.FromSeconds(1);

    public static ConfigSection<OcspCacheOptions> CacheSection { get; } = new(
        [
            Cache.Other("type", "local or none", Reload.Yes, "Where responses are kept.", BindCacheType),
            Cache.Other("local_store", "path", Reload.Yes, "Directory they are kept in.",
                (o, s) => TryGet(s, CacheField, out string? v) ? o with { Directory = v! } : o),
            Cache.Other("preserve_revoked", "yes/no", Reload.Yes, "Keep responses that say revoked.",
                (o, s) => TryGet(s, CacheField, out bool v) ? o with { PreserveRevoked = v } : o),
            Cache.Other("save_interval", "seconds or duration", Reload.Yes, "Time between saves, at least 1s.", BindSaveInterval),
        ],
        CacheField,
        allowsVariables: false);

    public static ConfigSection<OcspPeerOptions> PeerSection { get; } = new(
        [
            Peer.Other("verify", "yes/no", Reload.Yes, "Check certificates.", (o, s) => TryGet(s, PeerField, out bool v) ? o with { Verify = v } : o),
            Peer.Other("allowed_clockskew", "seconds or duration", Reload.Yes, "Difference of clocks allowed.",
                (o, s) => TryPeerSeconds(s, out TimeSpan v) ? o with { AllowedClockSkew = v } : o),
            Peer.Other("ca_timeout", "seconds or duration", Reload.Yes, "Time a responder may take.",
                (o, s) => TryPeerSeconds(s, out TimeSpan v) ? o with { ResponderTimeout = v } : o),
            Peer.Other("cache_ttl_when_next_update_unset", "seconds or duration", Reload.Yes, "Time a response without an end is kept.",
                (o, s) => TryPeerSeconds(s, out TimeSpan v) ? o with { TimeToLiveWithoutNextUpdate = v } : o),
            Peer.Other("warn_only", "yes/no", Reload.Yes, "Log instead of refusing.", (o, s) => TryGet(s, PeerField, out bool v) ? o with { WarnOnly = v } : o),
            Peer.Other("unknown_is_good", "yes/no", Reload.Yes, "Take unknown for good.",
                (o, s) => TryGet(s, PeerField, out bool v) ? o with { UnknownIsGood = v } : o),
            Peer.Other("allow_when_ca_unreachable", "yes/no", Reload.Yes, "Accept when no responder answers.",
                (o, s) => TryGet(s, PeerField, out bool v) ? o with { AllowWhenUnreachable = v } : o),
        ],
        PeerField,
        allowsVariables: false);

    /// <summary>Binds the top-level <c>ocsp</c>.</summary>
    public static NatsServerOptions Bind(NatsServerOptions options, Setting setting)
    {
        switch (setting.Value)
        {
            case bool on:
                return options with { Ocsp = new OcspOptions { Mode = on ? OcspMode.Auto : OcspMode.Never } };
            case ConfigMap map:
                return options with { Ocsp = BindStapling(setting, map) };
        }
        setting.Error($"error parsing ocsp config: unsupported type {GoText.TypeOf(setting.Value)}");
        return options;
    }

    /// <summary>Binds the top-level <c>ocsp_cache</c>.</summary>
    public static NatsServerOptions BindCache(NatsServerOptions options, Setting setting)
    {
        switch (setting.Value)
        {
            case bool on:
                return options with { OcspCache = new OcspCacheOptions { Enabled = on } };
            case ConfigMap map:
                return options with { OcspCache = CacheSection.Bind(new OcspCacheOptions(), map, setting.Context) };
        }
        setting.Error($"error parsing tags: unsupported type {GoText.TypeOf(setting.Value)}");
        return options;
    }

    /// <summary>Binds <c>ocsp_peer</c> of a tls section.</summary>
    public static TlsOptions BindPeer(TlsOptions options, Setting setting)
    {
        switch (setting.Value)
        {
            case bool on:
                return options with { OcspPeer = new OcspPeerOptions { Verify = on } };
            case ConfigMap map:
                // Compat: an error in here shows its own place and, before that, this section's.
                BindingContext inner = setting.Context.Nested();
                OcspPeerOptions peer = PeerSection.Bind(new OcspPeerOptions(), map, inner);
                foreach (ConfigError error in inner.Errors)
                    setting.Error(error.ToString());
                return options with { OcspPeer = peer };
        }
        // Compat: the type named is that of the section around it.
        setting.Error("error parsing ocsp peer config: unsupported type map[string]interface {}");
        return options;
    }

    private static string CacheField(string key) => $"error parsing OCSP peer cache config, unknown field [{GoText.Quote(key)}]";

    private static string PeerField(string key) => $"error parsing tls peer config, unknown field [{GoText.Quote(key)}]";

    private static OcspOptions BindStapling(Setting setting, ConfigMap map)
    {
        OcspOptions options = new();
        foreach ((string key, ConfigNode node) in map.Entries)
        {
            Setting entry = setting.With(node) with { MismatchPlace = setting.Node.Place };
            switch (key)
            {
                case "mode":
                    if (entry.TryText(out string? mode))
                        options = options with { Mode = ModeOf(entry, mode) };
                    break;
                case "url":
                    if (entry.TryText(out string? url))
                        options = options with { Urls = [url] };
                    break;
                // Compat: nats-server knows this key but can read no list there.
                case "urls":
                    options = options with { Urls = entry.Texts("ocsp urls") ?? [] };
                    break;
                default:
                    entry.Error("error parsing ocsp config: unsupported field string");
                    break;
            }
        }
        return options;
    }

    private static OcspMode ModeOf(Setting setting, string mode)
    {
        switch (mode.ToLowerInvariant())
        {
            case "always":
                return OcspMode.Always;
            case "must":
                return OcspMode.Must;
            case "never":
                return OcspMode.Never;
            case "auto":
                return OcspMode.Auto;
        }
        setting.Error("error parsing ocsp config: unsupported ocsp mode string");
        return OcspMode.Auto;
    }

    private static OcspCacheOptions BindCacheType(OcspCacheOptions options, Setting setting)
    {
        if (!TryGet(setting, CacheField, out string? type))
            return options;
        if (type!.ToLowerInvariant() is "local" or "none")
            return options with { Enabled = type.Equals("local", StringComparison.OrdinalIgnoreCase) };
        setting.Error($"error parsing OCSP peer cache config, unknown type [{type}]");
        return options;
    }

    private static OcspCacheOptions BindSaveInterval(OcspCacheOptions options, Setting setting)
    {
        if (AuthorizationKeys.TrySeconds(setting.Value, out double seconds) is { } error)
        {
            string section = setting.Value is string ? "tls peer" : "OCSP peer cache";
            setting.Error($"error parsing {section} config, conversion error: {(setting.Value is string ? error : "unexpected type")}");
            return options;
        }
        TimeSpan interval = Setting.Seconds(Math.Truncate(seconds));
        return options with { SaveInterval = interval < LeastSaveInterval ? LeastSaveInterval : interval };
    }

    private static bool TryPeerSeconds(Setting setting, out TimeSpan value)
    {
        string? error = AuthorizationKeys.TrySeconds(setting.Value, out double seconds);
        if (error is not null && (setting.Value is not string || setting.Key.Equals("allowed_clockskew", StringComparison.OrdinalIgnoreCase)))
            error = "unexpected type";
        if (error is not null)
            setting.Error($"error parsing tls peer config, conversion error: {error}");
        value = Setting.Seconds(seconds);
        return error is null && seconds >= 0;
    }

    private static bool TryGet<T>(Setting setting, Func<string, string> complaint, out T? value)
    {
        value = setting.Value is T found ? found : default;
        if (setting.Value is T)
            return true;
        setting.Error(complaint(setting.Key));
        return false;
    }
}
