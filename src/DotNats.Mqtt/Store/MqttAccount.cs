using DotNats.Server;
using DotNats.Server.Accounts;

namespace DotNats.Mqtt.Store;

/// <summary>What MQTT keeps in one account: sessions, messages on their way, retained messages.</summary>
// Owner: MqttAccounts. Any thread.
internal sealed class MqttAccount(ServerCore server, Account account)
{
    public ServerCore Server { get; } = server;

    public Account Account { get; } = account;

    /// <summary>Gives a connection its session: a former one, or a new one. Who is attached to it already is replaced.</summary>
    /// <remarks>Where it succeeds, the peer sends CONNACK, and then has <see cref="MqttSessionState.RestoreAsync"/> listen to what was subscribed.</remarks>
    public Task<MqttAttached> AttachAsync(string clientId, bool cleanSession, IMqttPeer peer) => Task.FromResult(default(MqttAttached));
}
