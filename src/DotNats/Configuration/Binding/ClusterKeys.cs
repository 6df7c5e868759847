using DotNats.Configuration.Language;
using DotNats.Security;
using Key = DotNats.Configuration.Binding.Keys<DotNats.ClusterOptions>;

namespace DotNats.Configuration.Binding;

/// <summary>Binds <c>cluster {}</c>.</summary>
internal static class ClusterKeys
{
    private static readonly TimeSpan LongestPingInterval = TimeSpan.FromSeconds(30);

    public static ConfigSection<ClusterOptions> Section { get; } = new(
    [
        Key.Other("name", "text", Reload.Partly, "Name all servers of the cluster share; no blanks.", (o, s) => SpacelessName.TryRead(s, "cluster", out string? name)
            ? o with { Name = name } : o),
        Key.Listen("listen", Reload.No, "Address and port for routes.", (o, v) => o with { Host = v.HostOr(o.Host), Port = v.Port }),
        Key.Text("host net", Reload.No, "Address for routes.", (o, v) => o with { Host = v.Length == 0 ? "0.0.0.0" : v }),
        Key.Int("port", Reload.No, "Port for routes; -1 takes a free one.", (o, v) => o with { Port = v }),
        Key.Text("advertise cluster_advertise", Reload.Yes, "host:port other servers are told.", (o, v) => o with { Advertise = ServerKeys.OrNull(v) }),
        Key.Flag("no_advertise", Reload.Yes, "Other servers' clients are not told of this server.", (o, v) => o with { NoAdvertise = v }),
        Key.Other("routes", "list of URLs", Reload.Yes, "Servers to connect to.", (o, s) => s.TryList(out ConfigList? list)
            && UrlReader.ReadList(s, list, "route") is { } urls ? o with { Routes = urls } : o),
        Key.Int("connect_retries", Reload.Yes, "Attempts to reach a server that another told of.", (o, v) => o with { ConnectRetries = v }),
        Key.Flag("connect_backoff", Reload.Yes, "Wait longer after each failed attempt.", (o, v) => o with { ConnectBackoff = v }),
        Key.Map("authorization", Reload.Yes, "User and password routes log in with.", BindAuthorization),
        Key.Map("permissions", Reload.Yes, "Subjects imported from and exported to other servers.", BindPermissions),
        Key.Map("tls", Reload.Yes, "TLS of routes; always mutual.", (o, s) => TlsKeys.Bind(s, isLink: true) is { } tls ? o with { Tls = tls } : o),
        Key.Int("pool_size", Reload.Yes, "Connections to each server.", (o, v) => o with { PoolSize = v == 0 ? new ClusterOptions().PoolSize : v }),
        Key.Texts("accounts", Reload.Yes, "Accounts with a connection of their own.", "accounts", (o, v) => o with { Accounts = v }),
        CompressionKeys.Key<ClusterOptions>("s2_fast", (o, v) => o with { Compression = v }),
        Key.Other("ping_interval", "duration", Reload.Yes, "Time between PINGs to other servers, at most 30s.", BindPingInterval),
        Key.Int("ping_max", Reload.Yes, "Unanswered PINGs before a route is closed.", (o, v) => o with { MaxPingsOut = v == 0 ? null : v }),
        Key.Duration("write_deadline", Reload.Yes, "Time a write to a route may make no progress.",
            (o, v) => o with { WriteDeadline = v == TimeSpan.Zero ? null : v }, "write_deadline"),
        Key.WriteTimeout(Reload.Yes, (o, v) => o with { WriteTimeout = v }),
    ]);

    private static ClusterOptions BindAuthorization(ClusterOptions options, Setting setting)
    {
        if (AuthorizationKeys.BindForLink(setting, "Cluster") is not { } draft)
            return options;
        options = options with { Username = draft.Username, Password = draft.Password, AuthTimeout = draft.Timeout };
        if (draft.DefaultPermissions is not { } permissions || !CheckSubjects(setting, permissions))
            return options;
        setting.InvalidUse(setting.Key, "setting \"permissions\" within cluster authorization block is deprecated");
        return options.Import is null && options.Export is null ? WithPermissions(options, permissions) : options;
    }

    private static ClusterOptions BindPermissions(ClusterOptions options, Setting setting)
    {
        if (Permissions.Bind(setting) is not { } permissions)
            return options;
        if (permissions.Responses is null)
            return CheckSubjects(setting, permissions) ? WithPermissions(options, permissions) : options;
        setting.Error("Cluster permissions do not support dynamic responses");
        return options;
    }

    private static ClusterOptions WithPermissions(ClusterOptions options, PermissionSet permissions) =>
        options with { Import = permissions.Publish, Export = permissions.Subscribe };

    private static bool CheckSubjects(Setting setting, PermissionSet permissions)
    {
        if (CheckSubjects(permissions.Publish, permissions.Subscribe) is not { } error)
            return true;
        setting.Error(error);
        return false;
    }

    /// <summary>What is wrong with the subjects; unlike a user's they know no queues. Null when nothing is.</summary>
    public static string? CheckSubjects(SubjectPermission? import, SubjectPermission? export) =>
        Check("import allow", import?.Allow) ?? Check("import deny", import?.Deny) ?? Check("export allow", export?.Allow) ?? Check("export deny", export?.Deny);

    private static string? Check(string what, IReadOnlyList<string>? subjects) =>
        Permissions.CheckSubjects(subjects, allowQueue: false) is { } error ? $"cluster {what}: {error}" : null;

    private static ClusterOptions BindPingInterval(ClusterOptions options, Setting setting)
    {
        if (!setting.TryDuration("ping_interval", out TimeSpan interval))
            return options;
        if (interval <= LongestPingInterval)
            return options with { PingInterval = interval == TimeSpan.Zero ? null : interval };
        setting.Warn("Cluster 'ping_interval' will reset to 30s which is the max for routes");
        return options with { PingInterval = LongestPingInterval };
    }
}

/// <summary>Names of clusters and gateways.</summary>
internal static class SpacelessName
{
    /// <param name="what">Whose name, in messages.</param>
    public static bool TryRead(Setting setting, string what, out string? name)
    {
        if (!setting.TryText(out name))
            return false;
        if (!name.Contains(' '))
        {
            name = ServerKeys.OrNull(name);
            return true;
        }
        setting.Error($"{what} name cannot contain spaces");
        return false;
    }
}
