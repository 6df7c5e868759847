using System.Collections.Concurrent;
using DotNats.JetStream.Accounts;
using DotNats.JetStream.Advisories;
using DotNats.JetStream.Api;
using DotNats.JetStream.Consumers;
using DotNats.JetStream.Monitoring;
using DotNats.JetStream.Recovery;
using DotNats.JetStream.Snapshots;
using DotNats.JetStream.Streams;
using DotNats.Primitives;
using DotNats.Protocol.Text;
using DotNats.Server;
using DotNats.Server.Accounts;
using DotNats.Server.JetStream;
using DotNats.Server.Monitoring;
using DotNats.Storage;

namespace DotNats.JetStream.Service;

/// <summary>JetStream of one server: which accounts have it, what all of them may use, and who answers for it.</summary>
// Owner: ServerCore. Accounts are enabled and disabled by the start, by reloads and by claims, one at a time for each account; anyone looks up.
// Lifetime: from StartAsync to DisposeAsync, or until a disk that is full stops it.
internal sealed class JetStreamService : IJetStreamService
{
    private readonly ServerCore _server;
    private readonly ConcurrentDictionary<Account, JetStreamAccount> _accounts = new(ReferenceEqualityComparer.Instance);

    // By name: streams of accounts that were disabled, while their files are still being closed.
    private readonly ConcurrentDictionary<string, Task> _closing = new(StringComparer.Ordinal);
    private readonly AccountAccess _access;
    private readonly ApiServer _api;
    private readonly JetStreamMonitor _monitor;
    private readonly JetStreamHealth _health;
    private readonly StreamRevival _revival;
    private int _state;

    private JetStreamService(ServerCore server, IStorageFiles files)
    {
        _server = server;
        JetStreamOptions options = server.Options.JetStream;
        Stores = new StreamStores(server, StoreLimits.Directory(options), files);
        Resources = new StreamResources(0, 0);
        Advisories = new AdvisoryPublisher(server, this);
        Changes = new StreamChanges(server, this);
        _revival = new StreamRevival(server, this);
        BatchSettings = new BatchSettings(options.Limits);
        _access = new AccountAccess(server);
        _api = new ApiServer(server, this);
        _monitor = new JetStreamMonitor(server, this);
        _health = new JetStreamHealth(server, this);
    }

    public static IJetStreamService Create(ServerCore server) => Create(server, new DiskFiles());

    /// <param name="files">What the store keeps its files in.</param>
    public static IJetStreamService Create(ServerCore server, IStorageFiles files) => new JetStreamService(server, files);

    public bool IsEnabled => Volatile.Read(ref _state) == State.Running;

    public StreamResources Resources { get; }

    public AdvisoryPublisher Advisories { get; }

    /// <summary>Creates, changes and deletes streams.</summary>
    public StreamChanges Changes { get; }

    /// <summary>Backups and restores that are under way.</summary>
    public Transfers Transfers { get; } = new();

    public BatchSettings BatchSettings { get; }

    /// <summary>What consumers send from.</summary>
    public OutgoingMessages Outgoing { get; } = new();

    /// <summary>Draws what has to be a name of its own.</summary>
    public Nuid Ids { get; } = new();

    /// <summary>Requests of all accounts.</summary>
    public ApiStatistics Statistics { get; } = new();

    /// <summary>Where streams are kept.</summary>
    public StreamStores Stores { get; }

    /// <summary>Makes who decides what happens to a stream: this server alone, unless somebody else is put here.</summary>
    public Func<StreamMachine, StreamClock, ICommandOwner> OwnerFactory { get; set; } = static (machine, clock) => new LocalCommandOwner(machine, clock);

    /// <summary>Accounts that have JetStream, in no order.</summary>
    public ICollection<JetStreamAccount> Accounts => _accounts.Values;

    public async Task StartAsync()
    {
        long start = _server.Time.GetTimestamp();
        ServiceLog.Starting(_server.Logger);
        if (_server.Options.JetStream.StoreDirectory is null) ServiceLog.TemporaryDirectory(_server.Logger);
        Stores.Open();
        SetLimits(_server.Options.JetStream);
        if (_server.Accounts.System is null) throw new JetStreamStartException("JetStream needs a system account");
        JetStreamBanner.Log(_server.Logger, _server.Options.JetStream, Resources.MaxMemory, Resources.MaxStore, Stores.Directory);
        Volatile.Write(ref _state, State.Running);
        _access.Export();
        ServiceLog.Exports(_server.Logger);
        ServiceLog.Export(_server.Logger, ApiSubjects.All);
        _api.Start();
        await LoadStoredAccountsAsync().ConfigureAwait(false);
        foreach (Account account in _server.Accounts.All) OnAccountChanged(account);
        ServiceLog.Started(_server.Logger, GoDuration.Format(_server.Time.GetElapsedTime(start)));
    }

    public void OnOptionsChanged(NatsServerOptions options)
    {
        SetLimits(options.JetStream);
        _access.Export();
        foreach (Account account in _server.Accounts.All) OnAccountChanged(account);
    }

    public void OnAccountChanged(Account account)
    {
        if (!IsEnabled || account.IsSystem) return;
        AccountLimits? limits = _access.LimitsOf(account);
        if (limits is null) Disable(account);
        else if (_accounts.TryGetValue(account, out JetStreamAccount? enabled)) enabled.Limits = limits;
        else Enable(account, limits);
        _access.Import(account);
    }

    public void OnAccountRemoved(Account account) => Disable(account);

    public bool IsEnabledFor(Account account) => IsEnabled && _accounts.ContainsKey(account);

    /// <summary>The streams of an account; null where it has no JetStream.</summary>
    public JetStreamAccount? Find(Account account) => _accounts.GetValueOrDefault(account);

    public JetStreamFacts Describe() => _monitor.Describe();

    public JszSnapshot? Describe(JszQuery query, out string? error) => _monitor.Describe(query, out error);

    public HealthSnapshot Check(HealthzQuery query) => _health.Check(query);

    public void CopyQueues(List<QueueFacts> target) => _api.CopyQueues(target);

    /// <summary>A stream's log refuses to write.</summary>
    public void OnStorageFailed(LiveStream stream, LogStatus status, string reason)
    {
        ServiceLog.StorageFailed(_server.Logger, stream.Account.Name, stream.Name, reason);
        if (status != LogStatus.NoSpace) return;
        Advisories.OutOfStorage(stream.Name);
        _revival.Add(stream);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _state, State.Stopped) != State.Running) return;
        ServiceLog.ShuttingDown(_server.Logger);
        _api.Stop();
        _revival.Stop();
        await Transfers.StopAsync().ConfigureAwait(false);
        await Task.WhenAll(_accounts.Keys.Select(StopAccountAsync).Concat(_closing.Values)).ConfigureAwait(false);
        Transfers.Dispose();
        Stores.Dispose();
        ServiceLog.ShutDown(_server.Logger);
    }

    private void SetLimits(JetStreamOptions options)
    {
        long memory = StoreLimits.Memory(options);
        long store = StoreLimits.Store(options, Stores.Files, Stores.Directory);
        if (options.MaxMemoryBytes is null || options.MaxStoreBytes is null)
            ServiceLog.DynamicLimits(_server.Logger, JetStreamBanner.FriendlyBytes(memory), JetStreamBanner.FriendlyBytes(store));
        Resources.SetLimits(memory, store);
    }

    // Accounts of an operator are loaded when somebody needs them: their streams do.
    private async Task LoadStoredAccountsAsync()
    {
        if (_server.Operators is not { } operators) return;
        foreach (string name in Stores.AccountNames()) await operators.FindAsync(name).ConfigureAwait(false);
    }

    private void Enable(Account account, AccountLimits limits)
    {
        var made = new JetStreamAccount(this, account, limits);
        // Two logs over the same files would ruin them. It is rare that somebody waits here: an account that is enabled again at once.
        if (_closing.TryRemove(account.Name, out Task? closing)) closing.Wait();
        if (!_accounts.TryAdd(account, made)) return;
        ServiceLog.AccountEnabled(_server.Logger, account.Name);
        if (limits.Tiers.TryGetValue(AccountLimits.Flat, out TierLimits? flat))
        {
            ServiceLog.AccountMemory(_server.Logger, JetStreamBanner.FriendlyBytes(flat.MaxMemoryBytes));
            ServiceLog.AccountStore(_server.Logger, JetStreamBanner.FriendlyBytes(flat.MaxStoreBytes));
        }

        Recover(made);
    }

    // An account is in use when its streams are: whoever brings it waits.
    private void Recover(JetStreamAccount account)
    {
        try
        {
            new StreamRecovery(_server, this, account).RunAsync().GetAwaiter().GetResult();
        }
        catch (IOException exception)
        {
            ServiceLog.AccountRefused(_server.Logger, account.Name, exception.Message);
        }

        account.AreStreamsOpen = true;
    }

    private void Disable(Account account)
    {
        Task stop = StopAccountAsync(account);
        if (stop.IsCompletedSuccessfully) return;
        _closing[account.Name] = stop;
        _ = stop.ContinueWith(
            (done, name) => _closing.TryRemove(new KeyValuePair<string, Task>((string)name!, done)),
            account.Name,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private async Task StopAccountAsync(Account account)
    {
        if (!_accounts.TryRemove(account, out JetStreamAccount? enabled)) return;
        enabled.AreStreamsOpen = false;
        await enabled.Changes.WaitAsync().ConfigureAwait(false);
        try
        {
            await Task.WhenAll(enabled.Streams.Select(static stream => stream.StopAsync())).ConfigureAwait(false);
        }
        finally
        {
            enabled.Changes.Release();
        }
    }

    private static class State
    {
        public const int Running = 1;
        public const int Stopped = 2;
    }
}
