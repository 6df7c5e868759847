using System.Diagnostics.CodeAnalysis;
using DotNats.Primitives;
using DotNats.Security;
using DotNats.Server.InternalClients;
using Microsoft.Extensions.Logging;

namespace DotNats.Server.Accounts.Resolving;

/// <summary>
/// A directory of JWTs (<c>resolver: { type: full | cache }</c>): full ones hold all and are kept alike, caches hold what is used; both ask
/// other servers for what they have not.
/// </summary>
// Owner: AccountResolving. Loop alone writes to the store once it runs; any thread asks.
// Lifetime: open, started when the system account is there, disposed at the end or when a reload names another one.
internal sealed class DirectoryAccountResolver : IAccountResolver, IRunningResolver
{
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromMinutes(1);

    /// <summary>Time a fetch may take where none is configured: less than a login may.</summary>
    public static readonly TimeSpan DefaultFetchTimeout = TimeSpan.FromMilliseconds(1900);

    private readonly ResolverOptions _options;
    private readonly DiskJwtFiles _files;
    private readonly ILogger _logger;
    private readonly JoinedFetches _fetches;
    private InternalClient? _client;
    private PackExchange? _packs;
    private RepeatingTimer? _expiry;
    private volatile PeerLookup? _peers;

    private DirectoryAccountResolver(ResolverOptions options, DiskJwtFiles files, JwtStore store, TimeProvider time, ILogger logger)
    {
        _options = options;
        _files = files;
        _logger = logger;
        Store = store;
        Time = time;
        Loop = new ResolverLoop(logger);
        _fetches = new JoinedFetches(FetchFromOthersAsync);
    }

    public JwtStore Store { get; }

    public ResolverLoop Loop { get; }

    public TimeProvider Time { get; }

    /// <summary>Nobody before the start.</summary>
    public AccountUpdates Accounts { get; private set; } = AccountUpdates.None;

    public string? SystemAccount { get; private set; }

    public bool IsCache => _options.Kind == ResolverKind.Cache;

    // Compat: what a cache forgets can be fetched again.
    public bool AllowsDelete => IsCache || _options.AllowDelete;

    /// <summary>Opens the directory and puts the preloaded JWTs into it.</summary>
    /// <exception cref="ResolverException">The directory cannot be used.</exception>
    public static DirectoryAccountResolver Open(ResolverOptions options, IReadOnlyDictionary<string, string> preload, TimeProvider time, ILogger logger)
    {
        try
        {
            DiskJwtFiles files = DiskJwtFiles.Open(options.Directory ?? "");
            JwtStore store = JwtStore.Open(files, JwtStoreRules.Of(options), time, logger);
            var resolver = new DirectoryAccountResolver(options, files, store, time, logger);
            foreach ((string account, string jwt) in preload) resolver.Preload(account, jwt);
            return resolver;
        }
        catch (Exception error) when (error is IOException or ArgumentException or NotSupportedException)
        {
            throw new ResolverException(error.Message, error);
        }
    }

    public bool TryGet(string accountKey, [NotNullWhen(true)] out string? jwt)
    {
        jwt = Store.Read(accountKey);
        return jwt is not null;
    }

    public async ValueTask<FetchedAccount> FetchAsync(string accountKey, CancellationToken cancellationToken)
    {
        if (!NKey.IsPublicKey(accountKey, NKeyKind.Account)) return FetchedAccount.Missing;
        return Store.Read(accountKey) is { } jwt ? new FetchedAccount(jwt, null) : await _fetches.FetchAsync(accountKey, cancellationToken).ConfigureAwait(false);
    }

    public void Start(ResolverSurroundings surroundings)
    {
        if (surroundings.System is not { } system || surroundings.Trusted is not { } trusted)
            throw new ResolverException("Could not start resolver: no operator key found");
        Accounts = surroundings.Accounts;
        SystemAccount = system.Name;
        _client = new InternalClient(surroundings.Server, system, "account resolver");
        string inbox = $"$SYS._INBOX.{new Nuid().Next()[^8..]}.";
        new StoreServices(this, _client, surroundings.Replies, trusted, _logger).Start();
        var peers = new PeerLookup(_client, inbox, surroundings.OtherServers, _options.FetchTimeout ?? DefaultFetchTimeout, Time);
        peers.Start();
        _peers = peers;
        if (!IsCache)
        {
            _packs = new PackExchange(this, _client, $"$SYS._INBOX.{new Nuid().Next()[^8..]}.pack", _logger);
            _packs.Start(surroundings.Server.Timers, _options.Interval > TimeSpan.Zero ? _options.Interval : DefaultInterval);
        }

        _expiry = new RepeatingTimer(surroundings.Server.Timers, JwtStoreRules.Of(_options).ExpiryInterval, () => Loop.TryPost(RemoveExpired));
        if (IsCache) ResolverLog.ManagingSome(_logger, _files.Directory);
        else ResolverLog.ManagingAll(_logger, _files.Directory);
    }

    /// <summary>Stores newly preloaded JWTs and picks up what others changed in the directory.</summary>
    // Compat: nats-server means to do so at a reload, but tells nobody: its accounts keep the old JWTs until they are pushed.
    public void Reload(IReadOnlyDictionary<string, string> preload) => Loop.TryPost(async () =>
    {
        foreach ((string account, string jwt) in preload)
        {
            if (Preload(account, jwt)) await TellAsync(account).ConfigureAwait(false);
        }

        try
        {
            foreach (string changed in Store.Refresh()) await TellAsync(changed).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            ResolverLog.CannotList(_logger, error.Message);
        }
    });

    /// <summary>The store holds another JWT of this account: one that is in use gets it. On the loop.</summary>
    public async ValueTask TellAsync(string account)
    {
        if (!Accounts.IsInUse(account) || Store.Read(account) is not { } jwt) return;
        if (await Accounts.Apply(jwt).ConfigureAwait(false) is { } error) ResolverLog.UpdateFailed(_logger, account, error);
    }

    public async ValueTask DisposeAsync()
    {
        _expiry?.Dispose();
        _packs?.Dispose();
        _client?.Dispose();
        _peers?.Stop();
        await Loop.DisposeAsync().ConfigureAwait(false);
    }

    private bool Preload(string account, string jwt)
    {
        StoreResult result = Store.SaveIfNewer(account, jwt);
        if (result.Error is not null) ResolverLog.PreloadFailed(_logger, account, result.Error);
        return result.Changed;
    }

    private ValueTask RemoveExpired()
    {
        Store.RemoveExpired();
        return default;
    }

    private async Task<FetchedAccount> FetchFromOthersAsync(string account)
    {
        if (_peers is not { } peers) return FetchedAccount.Missing;
        FetchedAccount fetched = await peers.AskAsync(account).ConfigureAwait(false);
        if (fetched.Jwt is not { } jwt) return fetched;
        if (Flaw(account, jwt) is { } flaw) return FetchedAccount.Failed(flaw);
        // Nobody waits until it is stored: the loop itself may be waiting for this account, which another one imports from.
        Loop.TryPost(() => Keep(account, jwt), jwt.Length);
        return fetched;
    }

    private ValueTask Keep(string account, string jwt)
    {
        StoreResult result = Store.SaveIfNewer(account, jwt);
        if (result.Error is not null) ResolverLog.StoreFailed(_logger, account, result.Error);
        return default;
    }

    private static string? Flaw(string account, string jwt)
    {
        if (!JwtReader.TryReadAccount(jwt, out AccountClaims? claims, out JwtError error)) return error.Text;
        return claims.Subject == account ? null : "jwt subject nkey and provided nkey do not match";
    }
}
