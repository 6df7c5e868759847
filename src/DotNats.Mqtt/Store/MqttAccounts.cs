using DotNats.Server;
using DotNats.Server.Accounts;

namespace DotNats.Mqtt.Store;

/// <summary>What MQTT keeps, account by account; each is opened when its first client comes.</summary>
// Owner: the MQTT service, from its start to its stop. Any thread.
internal sealed class MqttAccounts(ServerCore server) : IDisposable
{
    public ServerCore Server { get; } = server;

    /// <summary>The store of an account, with its streams made or found.</summary>
    public Task<MqttOpened> OpenAsync(Account account) => Task.FromResult(new MqttOpened(null, account.Name));

    /// <summary>Options have changed: how much may be pending.</summary>
    public void OnOptionsChanged()
    {
    }

    public void Dispose()
    {
    }
}
