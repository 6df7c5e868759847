using System.Collections.Concurrent;
using DotNats.Server;
using DotNats.Server.Accounts;

namespace DotNats.Mqtt.Store;

/// <summary>What MQTT keeps, account by account; each is opened when its first client comes.</summary>
// Owner: the MQTT service, from its start to its stop. Any thread.
// Invariant: an account is in _accounts once; while it is being opened all its clients wait for the same attempt, and a failed one is forgotten.
internal sealed class MqttAccounts(ServerCore server) : IDisposable
{
    private readonly ConcurrentDictionary<Account, Lazy<Task<MqttOpened>>> _accounts = new(ReferenceEqualityComparer.Instance);
    private volatile bool _isDisposed;

    public ServerCore Server { get; } = server;

    /// <summary>The store of an account, with its streams made or found.</summary>
    public async Task<MqttOpened> OpenAsync(Account account)
    {
        Lazy<Task<MqttOpened>> opening = _accounts.GetOrAdd(account, static (account, accounts) => new Lazy<Task<MqttOpened>>(() => accounts.MakeAsync(account)), this);
        MqttOpened opened = await opening.Value.ConfigureAwait(false);
        if (opened.Error is not null) _accounts.TryRemove(new KeyValuePair<Account, Lazy<Task<MqttOpened>>>(account, opening));
        return opened;
    }

    /// <summary>Users or permissions have changed: what was retained by those who may not publish it any more is forgotten.</summary>
    /// <param name="mayPublish">By user and subject.</param>
    public async Task ReviewRetainedAsync(Func<string, string, bool> mayPublish)
    {
        foreach (Lazy<Task<MqttOpened>> opening in _accounts.Values)
        {
            MqttOpened opened = await opening.Value.ConfigureAwait(false);
            if (opened.Account is { } account) await account.Retained.ReviewAsync(mayPublish).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        foreach (Lazy<Task<MqttOpened>> opening in _accounts.Values)
        {
            // One that is being opened sees that it comes too late.
            if (opening is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true } task }) task.Result.Account?.Dispose();
        }
    }

    private async Task<MqttOpened> MakeAsync(Account account)
    {
        var made = new MqttAccount(Server, account);
        string? error = await made.OpenAsync().ConfigureAwait(false);
        if (_isDisposed) error = "server is not running";
        if (error is null) return new MqttOpened(made, null);
        made.Dispose();
        return new MqttOpened(null, error);
    }
}
