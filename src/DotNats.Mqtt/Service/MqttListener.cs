using DotNats.Mqtt.Connections;
using DotNats.Server;
using DotNats.Server.Connections;
using DotNats.Server.Transport;
using DotNats.Server.Transport.Opening;
using DotNats.Server.Transport.Tls;

namespace DotNats.Mqtt.Service;

/// <summary>Where MQTT clients come in: with a TLS handshake, without, or as their first byte says (<c>allow_non_tls</c>).</summary>
internal sealed class MqttListener(MqttService service, ServerCore server) : Listener(server, "MQTT")
{
    protected override (string Host, int Port) AddressOf(NatsServerOptions options) => (options.Mqtt!.Host, options.Mqtt.Port);

    protected override TlsOptions? TlsOf(NatsServerOptions options) => options.Mqtt?.Tls;

    // Nobody is greeted, so there is nothing a handshake would have to come before.
    protected override OpeningRules RulesFor(NatsServerOptions options, TlsContext? tls) =>
        new(ExpectsProxyHeader: false, tls, options.AllowNonTls, HandshakeFirst: false, Fallback: null);

    protected override MemberSession CreateSession(Connection connection) => new MqttSession(connection, service);
}
