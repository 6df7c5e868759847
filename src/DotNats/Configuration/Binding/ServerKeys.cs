using DotNats.Configuration.Language;
using DotNats.Protocol.Text;
using Key = DotNats.Configuration.Binding.Keys<DotNats.NatsServerOptions>;

namespace DotNats.Configuration.Binding;

/// <summary>Top-level keys: who this server is, where it listens, what it allows and how it ends.</summary>
// A zero stands for the default throughout, as nats-server takes it.
internal static class ServerKeys
{
    private const string DefaultHost = "0.0.0.0";
    private const int DefaultPort = 4222;

    private static readonly LimitOptions DefaultLimits = new();
    private static readonly TimingOptions DefaultTiming = new();
    private static readonly TimeSpan LeastLameDuck = TimeSpan.FromSeconds(30);

    public static IReadOnlyList<ConfigKey<NatsServerOptions>> All { get; } =
    [
        Key.Listen("listen", Reload.No, "Address and port for clients; port -1 takes a free one.",
            (o, v) => o with { Host = v.HostOr(DefaultHost), Port = PortOr(v.Port, DefaultPort) }),
        Key.Text("host net", Reload.No, "Address for clients.", (o, v) => o with { Host = v.Length == 0 ? DefaultHost : v }),
        Key.Int("port", Reload.No, "Port for clients; -1 takes a free one.", (o, v) => o with { Port = PortOr(v, DefaultPort) }),
        Key.Text("client_advertise", Reload.Yes, "host:port that clients are told instead of the own address.",
            (o, v) => o with { ClientAdvertise = OrNull(v) }),
        Key.Other("server_name", "text", Reload.No, "Name shown to clients and in monitoring; no blanks.", BindName),
        Key.Other("server_tags", "list", Reload.Yes, "Tags for placement, in lower case.", BindTags),
        Key.Map("server_metadata", Reload.Yes, "Texts shown in monitoring.", BindMetadata),
        Key.Map("feature_flags", Reload.No, "Features turned on or off by name.", BindFeatureFlags),
        Key.Flag("proxy_protocol", Reload.No, "Expect a PROXY protocol header before anything else.", (o, v) => o with { ProxyProtocol = v }),
        Key.Flag("allow_non_tls", Reload.No, "Accept plain connections beside TLS ones.", (o, v) => o with { AllowNonTls = v }),
        Key.Flag("no_header_support", Reload.No, "Clients cannot use headers.", (o, v) => o with { NoHeaderSupport = v }),
        Key.Flag("disable_sublist_cache no_sublist_cache", Reload.No, "Turn the cache of matches off.",
            (o, v) => o with { DisableSubscriptionCache = v }),
        Key.Flag("no_fast_producer_stall", Reload.Yes, "Drop messages for a slow subscriber instead of pausing its producer.",
            (o, v) => o with { NoFastProducerStall = v }),

        Key.Other("max_connections max_conn", "integer", Reload.Yes, "Connections at once; 0 allows none.",
            (o, s) => s.TryInt(out int v) ? Limit(o, o.Limits with { MaxConnections = v == 0 ? -1 : v }) : o),
        Key.Int("max_subscriptions max_subs", Reload.No, "Subscriptions of a connection; 0 for no limit.",
            (o, v) => Limit(o, o.Limits with { MaxSubscriptions = v })),
        Key.Other("max_sub_tokens max_subscription_tokens", "1 to 255", Reload.No, "Tokens of a subscription's subject.", BindSubscriptionTokens),
        Key.Other("max_control_line", "size", Reload.Yes, "Bytes of a protocol line.", (o, s) => TrySize(s, out int v)
            ? Limit(o, o.Limits with { MaxControlLineBytes = v == 0 ? DefaultLimits.MaxControlLineBytes : v }) : o),
        Key.Other("max_payload", "size", Reload.Yes, "Bytes of a message; not more than max_pending.", (o, s) => TrySize(s, out int v)
            ? Limit(o, o.Limits with { MaxPayloadBytes = v == 0 ? DefaultLimits.MaxPayloadBytes : v }) : o),
        Key.Integer("max_pending", Reload.No, "Bytes that may wait for a client before it is a slow consumer.",
            (o, v) => Limit(o, o.Limits with { MaxPendingBytes = v == 0 ? DefaultLimits.MaxPendingBytes : v })),
        Key.Int("max_closed_clients", Reload.No, "Closed connections remembered for monitoring.",
            (o, v) => Limit(o, o.Limits with { MaxClosedClients = v == 0 ? DefaultLimits.MaxClosedClients : v })),
        Key.Int("max_traced_msg_len", Reload.Yes, "Bytes of a message that a trace shows; 0 for all.",
            (o, v) => Limit(o, o.Limits with { MaxTracedMessageBytes = v })),

        Key.Duration("ping_interval", Reload.Yes, "Time between PINGs to clients.",
            (o, v) => o with { Timing = o.Timing with { PingInterval = Or(v, DefaultTiming.PingInterval) } }, "ping_interval"),
        Key.Int("ping_max", Reload.Yes, "Unanswered PINGs before a connection is closed.",
            (o, v) => o with { Timing = o.Timing with { MaxPingsOut = v == 0 ? DefaultTiming.MaxPingsOut : v } }),
        Key.Duration("write_deadline", Reload.Yes, "Time a write to a client may make no progress.",
            (o, v) => o with { Timing = o.Timing with { WriteDeadline = Or(v, DefaultTiming.WriteDeadline) } }, "write_deadline"),
        Key.WriteTimeout(Reload.No, (o, v) => o with { WriteTimeout = v }),
        Key.Other("lame_duck_duration", "duration", Reload.No, "Time over which clients are closed in lame duck mode, at least 30s.", BindLameDuckDuration),
        Key.Other("lame_duck_grace_period", "duration", Reload.No, "Wait before the first of them is closed.", BindLameDuckGracePeriod),

        Key.Listen("http", Reload.No, "Address and port of monitoring.",
            (o, v) => o with { Monitoring = o.Monitoring with { Host = OrNull(v.Host), HttpPort = PortOrNull(v.Port) } }),
        Key.Listen("https", Reload.No, "Address and port of monitoring over TLS.",
            (o, v) => o with { Monitoring = o.Monitoring with { Host = OrNull(v.Host), HttpsPort = PortOrNull(v.Port) } }),
        Key.Int("http_port monitor_port", Reload.No, "Port of monitoring.",
            (o, v) => o with { Monitoring = o.Monitoring with { HttpPort = PortOrNull(v) } }),
        Key.Int("https_port", Reload.No, "Port of monitoring over TLS.",
            (o, v) => o with { Monitoring = o.Monitoring with { HttpsPort = PortOrNull(v) } }),
        Key.Text("http_base_path", Reload.No, "Path before all monitoring paths.",
            (o, v) => o with { Monitoring = o.Monitoring with { BasePath = v } }),
    ];

    /// <summary>Null for an empty text, which nats-server takes for a key that is not there.</summary>
    public static string? OrNull(string text) => text.Length == 0 ? null : text;

    private static int PortOr(int port, int fallback) => port == 0 ? fallback : port;

    private static int? PortOrNull(int port) => port == 0 ? null : port;

    private static TimeSpan Or(TimeSpan value, TimeSpan fallback) => value == TimeSpan.Zero ? fallback : value;

    private static NatsServerOptions Limit(NatsServerOptions options, LimitOptions limits) => options with { Limits = limits };

    private static NatsServerOptions BindName(NatsServerOptions options, Setting setting)
    {
        if (!setting.TryText(out string? name))
            return options;
        if (!name.Contains(' '))
            return options with { ServerName = OrNull(name) };
        setting.Error("server name cannot contain spaces");
        return options;
    }

    private static NatsServerOptions BindTags(NatsServerOptions options, Setting setting)
    {
        List<string> tags = [.. options.ServerTags];
        switch (setting.Value)
        {
            case string tag:
                AddTag(tags, tag);
                break;
            case ConfigList list:
                foreach (ConfigNode item in list.Items)
                {
                    if (item.Value is string text)
                        AddTag(tags, text);
                    else
                        setting.Error("error parsing tags: unsupported type *conf.token where string is expected");
                }
                break;
            default:
                setting.Error($"error parsing tags: unsupported type {GoText.TypeOf(setting.Value)}");
                break;
        }
        return options with { ServerTags = tags };
    }

    private static void AddTag(List<string> tags, string tag)
    {
        string folded = tag.Trim().ToLowerInvariant();
        if (folded.Length > 0 && !tags.Contains(folded))
            tags.Add(folded);
    }

    private static NatsServerOptions BindMetadata(NatsServerOptions options, Setting setting)
    {
        if (setting.Value is not ConfigMap map)
        {
            setting.Error($"error parsing metadata: unsupported type {GoText.TypeOf(setting.Value)}");
            return options;
        }
        OptionMap<string> metadata = new();
        foreach ((string name, ConfigNode node) in map.Entries)
        {
            if (setting.With(node).TryText(out string? text))
                metadata[name] = text;
        }
        return options with { ServerMetadata = metadata };
    }

    private static NatsServerOptions BindFeatureFlags(NatsServerOptions options, Setting setting)
    {
        if (setting.Value is not ConfigMap map)
        {
            setting.Error($"error parsing feature flags: unsupported type {GoText.TypeOf(setting.Value)}");
            return options;
        }
        OptionMap<bool> flags = new();
        foreach ((string name, ConfigNode node) in map.Entries)
        {
            if (node.Value is bool flag)
                flags[name] = flag;
            else
                setting.With(node).Error($"error parsing feature flag {GoText.Quote(name)}: expected bool, got {GoText.TypeOf(node.Value)}");
        }
        return options with { FeatureFlags = flags };
    }

    /// <summary>An integer that must fit 31 bits.</summary>
    private static bool TrySize(Setting setting, out int value)
    {
        value = 0;
        if (!setting.TryInteger(out long number))
            return false;
        if (number > int.MaxValue)
        {
            setting.Error($"{setting.Key} value is too big");
            return false;
        }
        value = (int)Math.Max(number, int.MinValue);
        return true;
    }

    private static NatsServerOptions BindSubscriptionTokens(NatsServerOptions options, Setting setting)
    {
        if (!setting.TryInteger(out long tokens))
            return options;
        if (tokens is > 0 and <= byte.MaxValue)
            return Limit(options, options.Limits with { MaxSubscriptionTokens = (int)tokens });
        setting.Error($"{setting.Key} value {(tokens > 0 ? "is too big" : "can not be negative")}");
        return options;
    }

    private static NatsServerOptions BindLameDuckDuration(NatsServerOptions options, Setting setting)
    {
        if (!TryPlainDuration(setting, "lame_duck_duration", out TimeSpan duration))
            return options;
        if (duration >= LeastLameDuck)
            return options with { LameDuck = options.LameDuck with { Duration = duration } };
        setting.Error($"invalid lame_duck_duration of {GoDuration.Format(duration)}, minimum is 30 seconds");
        return options;
    }

    private static NatsServerOptions BindLameDuckGracePeriod(NatsServerOptions options, Setting setting)
    {
        if (!TryPlainDuration(setting, "lame_duck_grace_period", out TimeSpan period))
            return options;
        if (period >= TimeSpan.Zero)
            return options with { LameDuck = options.LameDuck with { GracePeriod = Or(period, new LameDuckOptions().GracePeriod) } };
        setting.Error("invalid lame_duck_grace_period, needs to be positive");
        return options;
    }

    /// <summary>A duration where plain integers are not allowed.</summary>
    private static bool TryPlainDuration(Setting setting, string field, out TimeSpan value)
    {
        value = default;
        if (!setting.TryText(out string? text))
            return false;
        if (GoDuration.TryParse(text, out value, out string? error))
            return true;
        setting.Error($"error parsing {field}: {error}");
        return false;
    }
}
