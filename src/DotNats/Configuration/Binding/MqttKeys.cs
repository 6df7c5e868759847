using Key = DotNats.Configuration.Binding.Keys<DotNats.MqttOptions>;

namespace DotNats.Configuration.Binding;

/// <summary>Binds <c>mqtt {}</c>.</summary>
internal static class MqttKeys
{
    private const int MostAckPending = ushort.MaxValue;

    public static ConfigSection<MqttOptions> Section { get; } = new(
    [
        Key.Listen("listen", Reload.No, "Address and port for MQTT clients.", (o, v) => o with { Host = v.HostOr(o.Host), Port = v.Port }),
        Key.Text("host net", Reload.No, "Address for MQTT clients.", (o, v) => o with { Host = v.Length == 0 ? "0.0.0.0" : v }),
        Key.Int("port", Reload.No, "Port for MQTT clients; -1 takes a free one.", (o, v) => o with { Port = v }),
        Key.Map("tls", Reload.Partly, "TLS of the listener.", (o, s) => TlsKeys.Bind(s, isLink: false) is { } tls ? o with { Tls = tls } : o),
        Key.Map("authorization authentication", Reload.No, "Login of MQTT clients, instead of the server's.", (o, s) => SimpleLogin.Bind(s) is { } login
            ? o with { Username = login.Username, Password = login.Password, Token = login.Token, AuthTimeout = login.Timeout } : o),
        Key.Text("no_auth_user", Reload.No, "User of clients without credentials.", (o, v) => o with { NoAuthUser = ServerKeys.OrNull(v) }),
        Key.Duration("ack_wait ackwait", Reload.Yes, "Time after which a message is sent again.", (o, v) => o with { AckWait = v }, "ack_wait"),
        Key.Duration("js_api_timeout api_timeout", Reload.No, "Time a JetStream request may take.", (o, v) => o with { JetStreamApiTimeout = v }, "js_api_timeout"),
        Key.Other("max_ack_pending max_pending max_inflight", "0 to 65535", Reload.Yes, "Messages a subscription may have unacknowledged.", BindMaxAckPending),
        Key.Text("js_domain", Reload.No, "JetStream domain of the sessions.", (o, v) => o with { JetStreamDomain = ServerKeys.OrNull(v) }),
        Key.Int("stream_replicas", Reload.Yes, "Replicas of the streams; 0 lets the cluster's size decide.", (o, v) => o with { StreamReplicas = v }),
        Key.Other("consumer_replicas", "integer", Reload.Yes, "Has no effect.", (o, s) =>
        {
            s.InvalidUse(s.Key, "consumer replicas setting ignored in this server version");
            return o;
        }),
        Key.Flag("consumer_memory_storage", Reload.Yes, "Consumers are kept in memory.", (o, v) => o with { ConsumerMemoryStorage = v }),
        Key.Duration("consumer_inactive_threshold consumer_auto_cleanup", Reload.Yes, "Time after which an unused consumer is removed.",
            (o, v) => o with { ConsumerInactiveThreshold = v }, "consumer_inactive_threshold"),
        Key.Flag("reject_qos2_publish", Reload.No, "Refuse messages of quality of service 2.", (o, v) => o with { RejectQos2Publish = v }),
        Key.Flag("downgrade_qos2_subscribe", Reload.No, "Subscribe with quality of service 1 where 2 is asked for.",
            (o, v) => o with { DowngradeQos2Subscribe = v }),
    ]);

    private static MqttOptions BindMaxAckPending(MqttOptions options, Setting setting)
    {
        if (!setting.TryInteger(out long value))
            return options;
        if (value is >= 0 and <= MostAckPending)
            return options with { MaxAckPending = (int)value };
        setting.Error($"invalid value {value}, should in [0..{MostAckPending}] range");
        return options;
    }
}
