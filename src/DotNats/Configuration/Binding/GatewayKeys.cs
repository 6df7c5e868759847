using DotNats.Configuration.Language;
using Key = DotNats.Configuration.Binding.Keys<DotNats.GatewayOptions>;
using Remote = DotNats.Configuration.Binding.Keys<DotNats.RemoteGatewayOptions>;

namespace DotNats.Configuration.Binding;

/// <summary>Binds <c>gateway {}</c>.</summary>
internal static class GatewayKeys
{
    public static ConfigSection<GatewayOptions> Section { get; } = new(
    [
        Key.Other("name", "text", Reload.No, "Name of this cluster; required.", (o, s) => SpacelessName.TryRead(s, "gateway", out string? name)
            ? o with { Name = name } : o),
        Key.Listen("listen", Reload.No, "Address and port for gateways.", (o, v) => o with { Host = v.HostOr(o.Host), Port = v.Port }),
        Key.Text("host net", Reload.No, "Address for gateways.", (o, v) => o with { Host = v.Length == 0 ? "0.0.0.0" : v }),
        Key.Int("port", Reload.No, "Port for gateways; -1 takes a free one.", (o, v) => o with { Port = v }),
        Key.Text("advertise", Reload.No, "host:port other clusters are told.", (o, v) => o with { Advertise = ServerKeys.OrNull(v) }),
        Key.Map("authorization", Reload.No, "User and password gateways log in with.", (o, s) => AuthorizationKeys.BindForLink(s, "Gateway") is { } draft
            ? o with { Username = draft.Username, Password = draft.Password, AuthTimeout = draft.Timeout } : o),
        Key.Map("tls", Reload.Yes, "TLS of gateways; always mutual.", (o, s) => TlsKeys.Bind(s, isLink: true) is { } tls ? o with { Tls = tls } : o),
        Key.Int("connect_retries", Reload.No, "Attempts to reach a gateway that another told of.", (o, v) => o with { ConnectRetries = v }),
        Key.Flag("connect_backoff", Reload.No, "Wait longer after each failed attempt.", (o, v) => o with { ConnectBackoff = v }),
        Key.Other("gateways", "list", Reload.No, "Other clusters.", BindGateways),
        Key.Flag("reject_unknown_cluster reject_unknown", Reload.No, "Refuse clusters that are not listed.", (o, v) => o with { RejectUnknownCluster = v }),
        Key.Duration("write_deadline", Reload.No, "Time a write to a gateway may make no progress.",
            (o, v) => o with { WriteDeadline = v == TimeSpan.Zero ? null : v }, "write_deadline"),
        Key.WriteTimeout(Reload.No, (o, v) => o with { WriteTimeout = v }),
    ]);

    public static ConfigSection<RemoteGatewayOptions> RemoteSection { get; } = new(
    [
        Remote.Text("name", Reload.No, "Name of the cluster.", (o, v) => o with { Name = ServerKeys.OrNull(v) }),
        Remote.Map("tls", Reload.Yes, "TLS towards this cluster.", (o, s) => TlsKeys.Bind(s, isLink: true) is { } tls ? o with { Tls = tls } : o),
        Remote.Other("url", "URL", Reload.No, "A server of the cluster.", (o, s) => s.TryText(out string? text) && UrlReader.Read(s, text, "gateway") is { } url
            ? o with { Urls = [.. o.Urls, url] } : o),
        Remote.Other("urls", "list of URLs", Reload.No, "Servers of the cluster.", (o, s) => s.TryList(out ConfigList? list)
            && UrlReader.ReadList(s, list, "gateway") is { } urls ? o with { Urls = urls } : o),
    ]);

    private static GatewayOptions BindGateways(GatewayOptions options, Setting setting)
    {
        if (setting.Value is not ConfigList list)
        {
            setting.Error($"Expected gateways field to be an array, got {GoText.TypeOf(setting.Value)}");
            return options;
        }
        List<RemoteGatewayOptions> remotes = [];
        foreach (ConfigNode item in list.Items)
        {
            if (item.Value is ConfigMap map)
                remotes.Add(RemoteSection.Bind(new RemoteGatewayOptions(), map, setting.Context));
            else
                setting.With(item).Error($"Expected gateway entry to be a map/struct, got {GoText.Print(item.Value)}");
        }
        return options with { Gateways = remotes };
    }
}
