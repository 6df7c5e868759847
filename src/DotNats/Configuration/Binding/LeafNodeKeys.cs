using DotNats.Configuration.Language;
using DotNats.Security;
using Key = DotNats.Configuration.Binding.Keys<DotNats.LeafNodeOptions>;
using User = DotNats.Configuration.Binding.Keys<DotNats.LeafNodeUserOptions>;

namespace DotNats.Configuration.Binding;

/// <summary>Binds <c>leafnodes {}</c>, but for its remotes.</summary>
internal static class LeafNodeKeys
{
    public static ConfigSection<LeafNodeOptions> AuthorizationSection { get; } = new(
    [
        Key.Text("user username", Reload.No, "Name of the only user.", (o, v) => o with { Username = ServerKeys.OrNull(v) }),
        Key.Text("password pass", Reload.No, "Password of the only user.", (o, v) => o with { Password = ServerKeys.OrNull(v) }),
        Key.Other("nkey", "text", Reload.No, "Public user nkey leaf nodes prove.", BindNKey),
        Key.Other("timeout", "seconds or duration", Reload.No, "Time a leaf node has to log in.",
            (o, s) => AuthorizationKeys.TryTimeout(s, "leafnode authorization", out TimeSpan? timeout) ? o with { AuthTimeout = timeout } : o),
        Key.Other("users", "list", Reload.No, "Users with the account each is bound to.", BindUsers),
        Key.Text("account", Reload.No, "Account of the only user.", (o, v) => o with { Account = ServerKeys.OrNull(v) }),
        Key.Flag("proxy_required", Reload.No, "Leaf nodes must come through a trusted proxy.", (o, v) => o with { ProxyRequired = v }),
    ]);

    public static ConfigSection<LeafNodeUserOptions> UserSection { get; } = new(
    [
        User.Text("user username", Reload.No, "Name of the user.", (o, v) => o with { Username = v }),
        User.Text("password pass", Reload.No, "Password, plain or bcrypt.", (o, v) => o with { Password = v }),
        User.Text("account", Reload.No, "Account the leaf node is bound to.", (o, v) => o with { Account = v }),
        User.Flag("proxy_required", Reload.No, "The user must come through a trusted proxy.", (o, v) => o with { ProxyRequired = v }),
    ]);

    public static ConfigSection<LeafNodeOptions> Section { get; } = new(
    [
        Key.Listen("listen", Reload.No, "Address and port for leaf nodes.", (o, v) => o with { Host = v.HostOr(o.Host), Port = v.Port }),
        Key.Text("host net", Reload.No, "Address for leaf nodes.", (o, v) => o with { Host = v.Length == 0 ? "0.0.0.0" : v }),
        Key.Int("port", Reload.No, "Port for leaf nodes; -1 takes a free one.", (o, v) => o with { Port = v }),
        Key.Text("advertise leafnode_advertise", Reload.No, "host:port leaf nodes are told.", (o, v) => o with { Advertise = ServerKeys.OrNull(v) }),
        Key.Flag("no_advertise", Reload.No, "Leaf nodes are not told of other servers.", (o, v) => o with { NoAdvertise = v }),
        Key.Map("authorization", Reload.No, "Users leaf nodes log in with.", BindAuthorization),
        Key.Map("tls", Reload.Partly, "TLS of the listener.", (o, s) => TlsKeys.Bind(s, isLink: false) is { } tls ? o with { Tls = tls } : o),
        Key.Duration("reconnect reconnect_delay reconnect_interval", Reload.No, "Wait between attempts to connect.",
            (o, v) => o with { ReconnectInterval = v == TimeSpan.Zero ? new LeafNodeOptions().ReconnectInterval : v }, "reconnect"),
        Key.Duration("dial_timeout", Reload.No, "Time a connection may take.", (o, v) => o with { DialTimeout = v <= TimeSpan.Zero ? null : v }, "dial_timeout"),
        Key.Other("min_version minimum_version", "version", Reload.No, "Least version of leaf nodes, 2.8.0 or later.", BindMinVersion),
        CompressionKeys.Key<LeafNodeOptions>("s2_auto", (o, v) => o with { Compression = v }),
        Key.Flag("isolate_leafnode_interest isolate", Reload.No, "Leaf nodes do not see each other's interest.", (o, v) => o with { IsolateInterest = v }),
        Key.Duration("write_deadline", Reload.No, "Time a write to a leaf node may make no progress.",
            (o, v) => o with { WriteDeadline = v == TimeSpan.Zero ? null : v }, "write_deadline"),
        Key.WriteTimeout(Reload.No, (o, v) => o with { WriteTimeout = v }),
        Key.Other("remotes", "list", Reload.Yes, "Servers to connect to as a leaf node.",
            (o, s) => LeafNodeRemoteKeys.Bind(s) is { } remotes ? o with { Remotes = remotes } : o),
    ]);

    /// <summary>Single user, single nkey and a list exclude each other, and names in the list must differ; null when all is well.</summary>
    public static string? CheckUsers(LeafNodeOptions options)
    {
        if (options.Users.Count == 0)
            return null;
        if (options.Username is not null)
            return "can not have a single user/pass and a users array";
        if (options.NKey is not null)
            return "can not have a single nkey and a users array";
        HashSet<string> names = [];
        LeafNodeUserOptions? twice = options.Users.FirstOrDefault(u => !names.Add(u.Username ?? ""));
        return twice is null ? null : $"duplicate user {GoText.Quote(twice.Username ?? "")} detected in leafnode authorization";
    }

    private static LeafNodeOptions BindAuthorization(LeafNodeOptions options, Setting setting)
    {
        if (!setting.TryMap(out ConfigMap? map))
            return options;
        options = AuthorizationSection.Bind(options, map, setting.Context);
        if (CheckUsers(options) is { } error)
            setting.Error(error);
        return options;
    }

    private static LeafNodeOptions BindNKey(LeafNodeOptions options, Setting setting)
    {
        if (!setting.TryText(out string? key))
            return options;
        if (!NKey.IsPublicKey(key, NKeyKind.User))
            setting.Error("Not a valid public nkey for leafnode authorization");
        return options with { NKey = ServerKeys.OrNull(key) };
    }

    private static LeafNodeOptions BindUsers(LeafNodeOptions options, Setting setting)
    {
        if (setting.Value is not ConfigList list)
        {
            setting.Error($"Expected users field to be an array, got {GoText.Print(setting.Value)}");
            return options;
        }
        List<LeafNodeUserOptions> users = [];
        foreach (ConfigNode item in list.Items)
        {
            if (item.Value is ConfigMap map)
                users.Add(UserSection.Bind(new LeafNodeUserOptions(), map, setting.Context));
            else
                setting.With(item).Error($"Expected user entry to be a map/struct, got {GoText.Print(item.Value)}");
        }
        return options with { Users = users };
    }

    private static LeafNodeOptions BindMinVersion(LeafNodeOptions options, Setting setting)
    {
        if (!setting.TryText(out string? version))
            return options;
        if (SemanticVersion.CheckLeafNode(version) is { } error)
        {
            setting.Error(error);
            return options;
        }
        return options with { MinVersion = version };
    }
}
