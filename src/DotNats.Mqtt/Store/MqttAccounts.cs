using System.Collections.Concurrent;
using System.Text;
using DotNats.Server;
using DotNats.Server.Accounts;
using DotNats.Server.Routing;

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

    /// <summary>The account is no more: its streams are asked for nothing any longer.</summary>
    public void Close(Account account)
    {
        if (_accounts.TryRemove(account, out Lazy<Task<MqttOpened>>? opening)) _ = CloseAsync(opening.Value);
    }

    private static async Task CloseAsync(Task<MqttOpened> opening) => (await opening.ConfigureAwait(false)).Account?.Dispose();

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

    /// <summary>
    /// A message of QoS 1 or 2 went into another account by a service import: it is stored there too, where that account has MQTT clients.
    /// Nobody waits for it.
    /// </summary>
    /// <param name="context">The batch it leaves with; null sends it at once.</param>
    /// <param name="subject">What it is called there.</param>
    public void StoreCrossed(DeliveryContext? context, Account account, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        if (!(MqttHeaderBlock.ReadQos(headers) > 0) || !_accounts.TryGetValue(account, out Lazy<Task<MqttOpened>>? opening)) return;
        if (opening is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true } opened } && opened.Result.Account is { } open)
            open.Api.Send(context, MqttSubjects.MessagePrefix + Encoding.UTF8.GetString(subject), headers, payload);
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
