using DotNats.Server.Authentication;
using DotNats.Server.Connections;
using DotNats.Server.Transport.Opening;
using DotNats.Server.Transport.Tls;

namespace DotNats.Server.Transport;

/// <summary>Where clients of the NATS protocol come in, also those inside the process.</summary>
internal sealed class ClientListener(ServerCore server) : Listener(server, "Client")
{
    /// <summary>Serves a stream inside the process as a client.</summary>
    public void AcceptStream(Stream stream)
    {
        OpeningRules rules = OpeningRules.For(Server.Options, Tls, isInProcess: true);
        var door = new ClientDoor(rules, Local: null, Remote: null);
        ServeStream(stream, door, new PeerAddress("in-process", 0), isInProcess: true, connection => new ClientSession(connection, Server, ConnectionTypes.InProcess));
    }

    protected override (string Host, int Port) AddressOf(NatsServerOptions options) => (options.Host, options.Port);

    protected override TlsOptions? TlsOf(NatsServerOptions options) => options.Tls;

    protected override OpeningRules RulesFor(NatsServerOptions options, TlsContext? tls) => OpeningRules.For(options, tls, isInProcess: false);

    protected override HandshakeRateLimit? LimitHandshakes(NatsServerOptions options) =>
        options.Tls is { ConnectionRateLimit: > 0 } limited ? new HandshakeRateLimit(limited.ConnectionRateLimit, Server) : null;

    protected override MemberSession CreateSession(Connection connection) => new ClientSession(connection, Server, ConnectionTypes.Standard);
}
