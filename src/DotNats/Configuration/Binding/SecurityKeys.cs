using DotNats.Configuration.Language;
using Key = DotNats.Configuration.Binding.Keys<DotNats.NatsServerOptions>;

namespace DotNats.Configuration.Binding;

/// <summary>Top-level keys of who may come in, and of everything that is a section of its own.</summary>
internal static class SecurityKeys
{
    public static IReadOnlyList<ConfigKey<NatsServerOptions>> All { get; } =
    [
        Key.Map("tls", Reload.Partly, "TLS of the client listener.", (o, s) => TlsKeys.Bind(s, isLink: false) is { } tls ? o with { Tls = tls } : o),
        Key.Other("ocsp", "yes/no or map", Reload.Yes, "OCSP stapling.", OcspKeys.Bind),
        Key.Other("ocsp_cache", "yes/no or map", Reload.Yes, "Cache of peers' OCSP responses.", OcspKeys.BindCache),
        Key.Map("authorization", Reload.Partly, "Users and permissions.", BindAuthorization),
        Key.Other("accounts", "map or list", Reload.Yes, "Accounts with their users.", AccountKeys.Bind),
        Key.Map("mappings maps", Reload.Yes, "Subjects published messages go to instead.", (o, s) => o with { Mappings = MappingKeys.Bind(s, o.Mappings ?? []) }),
        Key.Text("no_auth_user", Reload.Partly, "User of clients without credentials.", (o, v) => o with { NoAuthUser = ServerKeys.OrNull(v) }),
        Key.Other("system_account system", "text", Reload.Partly, "Name of the system account.", BindSystemAccount),
        Key.Flag("no_system_account no_system no_sys_acc", Reload.No, "Do without a system account.", (o, v) => o with { NoSystemAccount = v }),
        Key.Section("proxies", Reload.Partly, "Proxies that may speak for clients.", "expected proxies to be a map/struct", ProxyKeys.Section,
            _ => new ProxyTrustOptions(), (o, v) => o with { Proxies = v }),

        Key.Section("cluster", Reload.Partly, "Routes to the other servers of the cluster.", "Expected map to define cluster", ClusterKeys.Section,
            o => o.Cluster ?? new ClusterOptions(), (o, v) => o with { Cluster = v }),
        Key.Section("gateway", Reload.Partly, "Connections to other clusters.", "Expected gateway to be a map", GatewayKeys.Section,
            o => o.Gateway ?? new GatewayOptions(), (o, v) => o with { Gateway = v }),
        Key.Section("leafnodes leaf", Reload.Partly, "Leaf nodes.", "Expected map to define a leafnode", LeafNodeKeys.Section,
            o => o.LeafNodes ?? new LeafNodeOptions(), (o, v) => o with { LeafNodes = v }),
        Key.Section("websocket ws", Reload.Partly, "Clients over WebSocket.", "Expected websocket to be a map", WebSocketKeys.Section,
            o => o.WebSocket ?? new WebSocketOptions(), (o, v) => o with { WebSocket = v }),
        Key.Section("mqtt", Reload.Partly, "MQTT clients.", "Expected mqtt to be a map", MqttKeys.Section,
            o => o.Mqtt ?? new MqttOptions(), (o, v) => o with { Mqtt = v }),
        Key.Other("jetstream", "yes/no or map", Reload.Partly, "Streams and consumers.", JetStreamKeys.Bind),
        Key.Other("store_dir storedir", "path", Reload.No, "Directory of the streams.", JetStreamKeys.BindTopStoreDirectory),
        Key.Map("default_js_domain", Reload.No, "JetStream domain by account.", BindDefaultDomains),
    ];

    private static NatsServerOptions BindAuthorization(NatsServerOptions options, Setting setting)
    {
        if (AuthorizationKeys.Bind(setting) is not { } draft)
            return options;
        options = options with
        {
            Authorization = new AuthorizationOptions
            {
                IsDefined = true,
                Username = draft.Username,
                Password = draft.Password,
                Token = draft.Token,
                Timeout = draft.Timeout,
                Users = draft.Users ?? [],
                DefaultPermissions = draft.DefaultPermissions,
                AuthCallout = draft.Callout,
                ProxyRequired = draft.ProxyRequired,
            },
        };
        if (Conflict(setting.Context, draft) is { } error)
            setting.Error(error);
        else if (draft.Users is { Count: > 0 } users)
            UserNames.Add(setting.Context, setting.Node.Place, users, stopAtFirst: true);
        return options;
    }

    /// <summary>A single user, a token and lists of users, here or in accounts, exclude each other.</summary>
    private static string? Conflict(BindingContext context, AuthorizationDraft draft)
    {
        if ((draft.Username ?? draft.Password) is not null && draft.Token is not null)
            return "Cannot have a user/pass and token";
        if (draft.Users is null && context.UserNames.Count == 0)
            return null;
        if (draft.Username is not null)
            return "Can not have a single user/pass and a users array";
        return draft.Token is null ? null : "Can not have a token and a users array";
    }

    private static NatsServerOptions BindSystemAccount(NatsServerOptions options, Setting setting)
    {
        if (setting.Value is string name)
            return options with { SystemAccount = ServerKeys.OrNull(name) };
        setting.Error("system account name must be a string");
        return options;
    }

    private static NatsServerOptions BindDefaultDomains(NatsServerOptions options, Setting setting)
    {
        if (setting.Value is not ConfigMap map)
        {
            setting.Error($"error default_js_domain config: unsupported type {GoText.TypeOf(setting.Value)}");
            return options;
        }
        OptionMap<string> domains = new();
        foreach ((string account, ConfigNode node) in map.Entries)
        {
            Setting entry = setting.With(node) with { MismatchPlace = setting.Node.Place };
            if (entry.TryText(out string? domain))
                domains[account] = domain;
        }
        return options with { JetStream = options.JetStream with { DefaultDomains = domains } };
    }
}
