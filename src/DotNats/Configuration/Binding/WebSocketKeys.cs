using DotNats.Configuration.Language;
using DotNats.Protocol.Text;
using Key = DotNats.Configuration.Binding.Keys<DotNats.WebSocketOptions>;

namespace DotNats.Configuration.Binding;

/// <summary>Binds <c>websocket {}</c>.</summary>
internal static class WebSocketKeys
{
    public static ConfigSection<WebSocketOptions> Section { get; } = new(
    [
        Key.Listen("listen", Reload.No, "Address and port for WebSocket clients.", (o, v) => o with { Host = v.HostOr(o.Host), Port = v.Port }),
        Key.Text("host net", Reload.No, "Address for WebSocket clients.", (o, v) => o with { Host = v.Length == 0 ? "0.0.0.0" : v }),
        Key.Int("port", Reload.No, "Port for WebSocket clients; -1 takes a free one.", (o, v) => o with { Port = v }),
        Key.Text("advertise", Reload.No, "host:port WebSocket clients are told.", (o, v) => o with { Advertise = ServerKeys.OrNull(v) }),
        Key.Flag("no_tls", Reload.No, "Allow to do without TLS.", (o, v) => o with { NoTls = v }),
        Key.Map("tls", Reload.Yes, "TLS of the listener.", (o, s) => TlsKeys.Bind(s, isLink: false) is { } tls ? o with { Tls = tls } : o),
        Key.Flag("same_origin", Reload.No, "Origin must be the host asked for.", (o, v) => o with { SameOrigin = v }),
        Key.Texts("allowed_origins allowed_origin allow_origins allow_origin origins origin", Reload.No, "Origins accepted.", "allowed origins",
            (o, v) => o with { AllowedOrigins = v }),
        Key.Flag("compression compress", Reload.No, "Compress messages for clients that ask for it.", (o, v) => o with { Compression = v }),
        Key.Other("handshake_timeout", "duration", Reload.No, "Time the handshake may take.", BindHandshakeTimeout),
        Key.Map("authorization authentication", Reload.No, "Login of WebSocket clients, instead of the server's.", (o, s) => SimpleLogin.Bind(s) is { } login
            ? o with { Username = login.Username, Password = login.Password, Token = login.Token, AuthTimeout = login.Timeout } : o),
        Key.Text("no_auth_user", Reload.No, "User of clients without credentials.", (o, v) => o with { NoAuthUser = ServerKeys.OrNull(v) }),
        Key.Text("jwt_cookie", Reload.No, "Cookie with the JWT.", (o, v) => o with { JwtCookie = ServerKeys.OrNull(v) }),
        Key.Text("user_cookie", Reload.No, "Cookie with the user.", (o, v) => o with { UsernameCookie = ServerKeys.OrNull(v) }),
        Key.Text("pass_cookie", Reload.No, "Cookie with the password.", (o, v) => o with { PasswordCookie = ServerKeys.OrNull(v) }),
        Key.Text("token_cookie", Reload.No, "Cookie with the token.", (o, v) => o with { TokenCookie = ServerKeys.OrNull(v) }),
        Key.Map("headers", Reload.No, "Further headers of the response.", BindHeaders),
        Key.Duration("ping_interval", Reload.No, "Time between PINGs to WebSocket clients.",
            (o, v) => o with { PingInterval = v == TimeSpan.Zero ? null : v }, "ping_interval"),
    ]);

    private static WebSocketOptions BindHandshakeTimeout(WebSocketOptions options, Setting setting)
    {
        switch (setting.Value)
        {
            case long seconds:
                return options with { HandshakeTimeout = Setting.Seconds(seconds) };
            case string text:
                if (GoDuration.TryParse(text, out TimeSpan timeout, out string? error))
                    return options with { HandshakeTimeout = timeout };
                setting.Error(error);
                return options;
        }
        setting.Error($"error parsing handshake timeout: unsupported type {GoText.TypeOf(setting.Value)}");
        return options;
    }

    private static WebSocketOptions BindHeaders(WebSocketOptions options, Setting setting)
    {
        if (setting.Value is not ConfigMap map)
        {
            setting.Error($"error parsing headers: unsupported type {GoText.TypeOf(setting.Value)}");
            return options;
        }
        OptionMap<string> headers = new();
        foreach ((string name, ConfigNode node) in map.Entries)
        {
            if (node.Value is string text)
                headers[name] = text;
            else
                setting.With(node).Error($"error parsing header key {name}: unsupported type {GoText.TypeOf(node.Value)}");
        }
        return options with { Headers = headers };
    }
}

/// <summary>User and password or token, for listeners with a login of their own.</summary>
internal sealed record SimpleLogin
{
    public static ConfigSection<SimpleLogin> Section { get; } = new(
    [
        Keys<SimpleLogin>.Text("user username", Reload.No, "Name of the only user.", (o, v) => o with { Username = ServerKeys.OrNull(v) }),
        Keys<SimpleLogin>.Text("password pass", Reload.No, "Password of the only user.", (o, v) => o with { Password = ServerKeys.OrNull(v) }),
        Keys<SimpleLogin>.Text("token", Reload.No, "Token of all clients.", (o, v) => o with { Token = ServerKeys.OrNull(v) }),
        Keys<SimpleLogin>.Other("timeout", "seconds", Reload.No, "Time a client has to log in.", (o, s) => s.Value switch
        {
            long seconds => o with { Timeout = Setting.Seconds(seconds) },
            double seconds => o with { Timeout = Setting.Seconds(seconds) },
            // Compat: whatever is no number means one second here, a duration too.
            _ => o with { Timeout = TimeSpan.FromSeconds(1) },
        }),
    ]);

    public string? Username { get; init; }

    public string? Password { get; init; }

    public string? Token { get; init; }

    public TimeSpan? Timeout { get; init; }

    public static SimpleLogin? Bind(Setting setting) =>
        setting.TryMap(out ConfigMap? map) ? Section.Bind(new SimpleLogin(), map, setting.Context) : null;
}
