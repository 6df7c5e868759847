using static DotNats.Configuration.Reloading.OptionField;

namespace DotNats.Configuration.Reloading;

/// <summary>WebSocket and MQTT listeners.</summary>
internal static class ListenerRules
{
    private static readonly SectionMembers<WebSocketOptions> WebSocketMembers = new SectionMembers<WebSocketOptions>("websocket", "Websocket")
        .Add("Host", o => o.Port == 0 ? "" : o.Host)
        .Add("Port", o => o.Port)
        .Add("Advertise", o => o.Advertise)
        .Add("NoAuthUser", o => o.NoAuthUser)
        .Add("JWTCookie", o => o.JwtCookie)
        .Add("UsernameCookie", o => o.UsernameCookie)
        .Add("PasswordCookie", o => o.PasswordCookie)
        .Add("TokenCookie", o => o.TokenCookie)
        .AddSecret("Username", o => o.Username)
        .AddSecret("Password", o => o.Password)
        .AddSecret("Token", o => o.Token)
        .Add("AuthTimeout", o => o.AuthTimeout?.TotalSeconds)
        .Add("NoTLS", o => o.NoTls)
        .Add("TLSMap", o => o.Tls?.MapToUser ?? false)
        .Add("TLSPinnedCerts", o => o.Tls?.PinnedCertificates)
        .Add("SameOrigin", o => o.SameOrigin)
        .Add("AllowedOrigins", o => new OptionList<string>(o.AllowedOrigins.Order(StringComparer.Ordinal)))
        .Add("Compression", o => o.Compression)
        .Add("HandshakeTimeout", o => o.HandshakeTimeout)
        .Add("PingInterval", o => o.PingInterval ?? TimeSpan.Zero)
        .Add("Headers", o => o.Headers);

    private static readonly SectionMembers<MqttOptions> MqttMembers = new SectionMembers<MqttOptions>("mqtt", "MQTT")
        .Add("Host", o => o.Port == 0 ? "" : o.Host)
        .Add("Port", o => o.Port)
        .Add("NoAuthUser", o => o.NoAuthUser)
        .AddSecret("Username", o => o.Username)
        .AddSecret("Password", o => o.Password)
        .AddSecret("Token", o => o.Token)
        .Add("JsDomain", o => o.JetStreamDomain)
        .Add("AuthTimeout", o => o.AuthTimeout?.TotalSeconds)
        .Add("TLSMap", o => o.Tls?.MapToUser ?? false)
        .Add("TLSTimeout", o => o.Tls?.Timeout.TotalSeconds)
        .Add("TLSPinnedCerts", o => o.Tls?.PinnedCertificates)
        .Add("JSAPITimeout", o => o.JetStreamApiTimeout)
        .Add("RejectQoS2Pub", o => o.RejectQos2Publish)
        .Add("DowngradeQoS2Sub", o => o.DowngradeQos2Subscribe);

    private static readonly (string Name, Func<MqttOptions, object?> Get)[] MqttReloadable =
    [
        ("ack_wait", o => o.AckWait),
        ("max_ack_pending", o => o.MaxAckPending),
        ("stream_replicas", o => o.StreamReplicas),
        ("consumer_replicas", _ => 0),
        ("consumer_memory_storage", o => o.ConsumerMemoryStorage),
        ("consumer_inactive_threshold", o => o.ConsumerInactiveThreshold),
    ];

    public static IEnumerable<OptionChange> WebSocket(NatsServerOptions before, NatsServerOptions after)
    {
        WebSocketOptions old = before.WebSocket ?? new WebSocketOptions();
        WebSocketOptions now = after.WebSocket ?? new WebSocketOptions();
        now = now.Port == -1 ? now with { Port = old.Port } : now;
        foreach (OptionChange change in WebSocketMembers.Compare(old, now))
            yield return change;
        if (!Equals(old.Tls, now.Tls))
            yield return Apply("websocket", "Reloaded: websocket tls");
    }

    public static IEnumerable<OptionChange> Mqtt(NatsServerOptions before, NatsServerOptions after)
    {
        MqttOptions old = before.Mqtt ?? new MqttOptions();
        MqttOptions now = after.Mqtt ?? new MqttOptions();
        now = now.Port == -1 ? now with { Port = old.Port } : now;
        foreach (OptionChange change in MqttMembers.Compare(old, now))
            yield return change;
        if (old == now)
            yield break;
        // Compat: whichever has changed, all are named.
        foreach ((string name, Func<MqttOptions, object?> get) in MqttReloadable)
            yield return Apply("mqtt", $"Reloaded: MQTT {name} = {Print(get(now))}");
    }
}
