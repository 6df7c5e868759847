using System.Net;
using DotNats.Server.Accounts;
using DotNats.Server.Routing;
using DotNats.Server.Transport.Tls;

namespace DotNats.Server.Mqtt;

/// <summary>MQTT as the server below it sees it: a listener whose clients speak something else, and plugs in from above.</summary>
/// <remarks>Its clients are members of accounts like any others: what monitoring, events and a reload ask them, they ask a MemberSession.</remarks>
// Owner: ServerCore holds it from its start to its end; null where no MQTT listener is wanted. Implemented by DotNats.Mqtt, faked by tests.
internal interface IMqttService : IAsyncDisposable
{
    /// <summary>Where it listens; port 0 before the start.</summary>
    IPEndPoint EndPoint { get; }

    /// <summary>When the first of the listener's certificates ends; null without TLS.</summary>
    DateTime? CertificateNotAfter { get; }

    /// <summary>Reads the listener's certificates, for <see cref="UseTls"/>.</summary>
    /// <exception cref="TlsConfigurationException">They cannot be used.</exception>
    TlsContext? LoadTls(NatsServerOptions options);

    /// <summary>Handshakes from now on use these.</summary>
    void UseTls(TlsContext? tls);

    /// <summary>Binds and accepts; JetStream has been started.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be bound.</exception>
    void Start();

    void StopAccepting();

    /// <summary>A client's message goes to a service of another account: one of MQTT's with QoS 1 or 2 is stored there too. No lock is held.</summary>
    /// <param name="subject">What it is called there; empty where it is lost.</param>
    void OnCrossed(DeliveryContext context, in Message message, Account account, ReadOnlySpan<byte> subject);

    /// <summary>The account is no more; what its streams keep stays there.</summary>
    void OnAccountRemoved(Account account);

    /// <summary>New options, and the server's new authenticator, are in force; connections are judged anew after this.</summary>
    void OnOptionsChanged(NatsServerOptions previous);
}

/// <summary>The address for MQTT clients cannot be bound.</summary>
internal sealed class MqttListenException(Exception inner) : Exception("Unable to listen for MQTT connections", inner);
