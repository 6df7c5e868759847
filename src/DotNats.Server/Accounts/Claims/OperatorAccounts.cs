using DotNats.Security;

namespace DotNats.Server.Accounts;

/// <summary>The accounts that come from JWTs: loaded when first asked for, with what they import from, and kept as their newest JWT says.</summary>
// Owner: the server. Updates are made one at a time (_gate), and nothing is fetched meanwhile; readers see whole snapshots.
// Lifetime: an account that was loaded stays until its JWT is gone at a reload, as in nats-server; one whose JWT was deleted stays locked.
// Invariant: nobody is in an account whose claims were not verified.
internal sealed class OperatorAccounts : IDisposable
{
    public const string AccountExpired = "account expired";

    // Compat: an expired account's JWT is looked for anew, but not more often than this.
    private static readonly TimeSpan LeastAge = TimeSpan.FromSeconds(1);

    private readonly ServerCore _server;
    private readonly AccountVerifier _verifier;
    private readonly MemberReview _review;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile IAccountResolver _resolver;

    public OperatorAccounts(ServerCore server, NatsServerOptions options, IAccountResolver resolver)
    {
        _server = server;
        _resolver = resolver;
        Trust = new OperatorTrust(options);
        _verifier = new AccountVerifier(server, Trust);
        _review = new MemberReview(server);
    }

    public OperatorTrust Trust { get; }

    /// <summary>Where JWTs come from; replaced by a reload.</summary>
    public IAccountResolver Resolver
    {
        get => _resolver;
        set => _resolver = value;
    }

    /// <summary>An account that is loaded and whose time has not run out.</summary>
    public Account? FindLoaded(string key) => _server.Accounts.TryGet(key, out Account? account) && account.Claims is { IsExpired: false } ? account : null;

    /// <summary>The account, fetched if need be; never throws for one that cannot be had.</summary>
    /// <returns>The account, or null and why not in nats-server's words. It may have expired.</returns>
    public async ValueTask<(Account? Account, string? Error)> FindAsync(string key)
    {
        if (!_server.Accounts.TryGet(key, out Account? known) || known.Claims is not { } claims) return await LoadAsync(key).ConfigureAwait(false);
        if (!claims.IsExpired) return (known, null);
        ClaimsLog.Expired(_server.Logger, key);
        if (_server.Time.GetUtcNow() - claims.UpdatedAt < LeastAge)
        {
            ClaimsLog.TooSoon(_server.Logger, key);
            return (null, AccountExpired);
        }

        VerifiedAccount fetched = await _verifier.FetchAsync(key, _resolver).ConfigureAwait(false);
        if (fetched.Account is null || await ApplyAsync(fetched.Account).ConfigureAwait(false) is not null) return (null, AccountExpired);
        return (known, null);
    }

    /// <summary>Takes a JWT that changed: at once for everybody who is connected, or not at all.</summary>
    /// <returns>Null when it counts (also when nobody uses the account yet), else why it does not, in nats-server's words.</returns>
    public ValueTask<string?> ApplyAsync(string jwt)
    {
        VerifiedAccount verified = _verifier.Verify(jwt);
        return verified.Account is { } account ? ApplyAsync(account) : new(verified.Error);
    }

    /// <summary>The account's JWT was deleted: everybody in it goes, and nobody comes in until there is another.</summary>
    public async ValueTask RemoveAsync(string key)
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_server.Accounts.TryGet(key, out Account? account) || account.Claims is not { } claims) return;
            ClaimsLog.Disabled(_server.Logger, key);
            Replace([(account, claims.Expire(deleted: true, _server.Time.GetUtcNow()))]);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>An account whose JWT cannot be had yet is there all the same, without limits, for users its own key signs.</summary>
    public ValueTask BootstrapAsync(string key, string issuer) => RunAloneAsync(() =>
    {
        var claims = new AccountClaims { Subject = key, Issuer = issuer, Limits = AccountLimitsClaim.Unlimited };
        Replace([(_server.Accounts.GetOrAdd(key), new ClaimedAccount(claims, "", isOwnKeyTrusted: true, _server.Time.GetUtcNow()))]);
    });

    /// <summary>Does something to accounts while no claims are put in force.</summary>
    public async ValueTask RunAloneAsync(Action update)
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            update();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The resolver was exchanged by a reload: what was fetched from the one before, and is not in force yet, is fetched anew.</summary>
    public ValueTask OnResolverReplacedAsync() => RunAloneAsync(_verifier.OnResolverReplaced);

    /// <summary>After a reload with a memory resolver: each loaded account as it is there now, or gone.</summary>
    public async ValueTask ReloadAsync(IAccountResolver resolver)
    {
        _resolver = resolver;
        foreach (Account account in _server.Accounts.All)
        {
            if (account.Claims is not { } before) continue;
            VerifiedAccount found = await _verifier.FetchAsync(account.Name, resolver).ConfigureAwait(false);
            if (found.Account is { } now && (now.Jwt == before.Jwt || await ApplyAsync(now).ConfigureAwait(false) is null)) continue;
            ClaimsLog.Deleted(_server.Logger, found.Account is null ? "removed" : "bad claims", $"\"{account.Name}\"");
            await RunAloneAsync(() => Forget(account)).ConfigureAwait(false);
        }
    }

    private void Forget(Account account)
    {
        account.Clock?.Stop(_server.Timers);
        _server.Accounts.Remove(account);
    }

    private async ValueTask<string?> ApplyAsync(ClaimedAccount claims)
    {
        if (!_server.Accounts.TryGet(claims.Claims.Subject, out Account? account)) return null;
        Dictionary<string, ClaimedAccount> exporters = [];
        await AddExportersAsync(claims, exporters).ConfigureAwait(false);
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (account.Claims is { IsExpired: false } before && before.Jwt == claims.Jwt && account.IsComplete)
            {
                ClaimsLog.SameClaims(_server.Logger, account.Name);
                return null;
            }

            exporters[account.Name] = claims;
            Install(exporters);
            return null;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask<(Account? Account, string? Error)> LoadAsync(string key)
    {
        while (true)
        {
            object source = _verifier.Source;
            VerifiedAccount wanted = await _verifier.FetchAsync(key, _resolver).ConfigureAwait(false);
            if (wanted.Account is null)
            {
                if (IsCurrent(source)) return (null, wanted.Error);
                continue;
            }

            Dictionary<string, ClaimedAccount> fetched = new(StringComparer.Ordinal) { [key] = wanted.Account };
            await AddExportersAsync(wanted.Account, fetched).ConfigureAwait(false);
            if (await TryInstallAsync(fetched, source).ConfigureAwait(false))
                return _server.Accounts.TryGet(key, out Account? account) ? (account, null) : (null, AccountVerifier.Missing);
        }
    }

    // False where another resolver took over meanwhile, whose JWTs may be others.
    private async ValueTask<bool> TryInstallAsync(Dictionary<string, ClaimedAccount> fetched, object source)
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!IsCurrent(source)) return false;
            // Others may have loaded some of them meanwhile, from a JWT at least as new.
            foreach (string loaded in fetched.Keys.Where(IsLoaded).ToArray()) fetched.Remove(loaded);
            Install(fetched);
            return true;
        }
        finally
        {
            _gate.Release();
        }
    }

    private bool IsCurrent(object source) => ReferenceEquals(source, _verifier.Source) || _server.IsStopping;

    // What the accounts import from, and what those do: level by level, so that many that are slow cost the time of one.
    private async ValueTask AddExportersAsync(ClaimedAccount importer, Dictionary<string, ClaimedAccount> fetched)
    {
        HashSet<string> asked = new(fetched.Keys, StringComparer.Ordinal) { importer.Claims.Subject };
        List<ClaimedAccount> level = [importer];
        while (level.Count > 0)
        {
            ImportClaim[] imports = [.. level.SelectMany(account => account.Claims.Imports).Where(import => !IsLoaded(import.Account) && asked.Add(import.Account))];
            VerifiedAccount[] found = await Task.WhenAll(imports.Select(import => _verifier.FetchAsync(import.Account, _resolver))).ConfigureAwait(false);
            level.Clear();
            for (int i = 0; i < imports.Length; i++)
            {
                if (found[i].Account is not { } exporter)
                {
                    string kind = imports[i].Kind == SharingKind.Service ? "service" : "stream";
                    ClaimsLog.ImportMissing(_server.Logger, imports[i].Account, imports[i].Subject, kind, found[i].Error ?? "");
                    continue;
                }

                fetched[imports[i].Account] = exporter;
                level.Add(exporter);
            }
        }
    }

    private bool IsLoaded(string key) => _server.Accounts.TryGet(key, out Account? account) && account.Claims is not null;

    private void Install(Dictionary<string, ClaimedAccount> claims) =>
        Replace([.. claims.Select(pair => (_server.Accounts.GetOrAdd(pair.Key), pair.Value))]);

    // Behind the gate. Claims first: who logs in from now on is judged by them, who is in is reviewed after.
    private void Replace(List<(Account Account, ClaimedAccount Claims)> changes)
    {
        List<(Account Account, ClaimedAccount? Before)> replaced = [];
        foreach ((Account account, ClaimedAccount claims) in changes)
        {
            ClaimsLog.Updating(_server.Logger, account.Name, claims.Claims.Name);
            replaced.Add((account, account.Claims));
            account.Claims = claims;
        }

        ClaimedTerms.Apply(_server, replaced.Select(change => change.Account));
        foreach ((Account account, ClaimedAccount? before) in replaced)
        {
            StartClock(account);
            if (before is not null) _review.Run(account, before);
        }
    }

    private void StartClock(Account account)
    {
        account.Clock?.Stop(_server.Timers);
        account.Clock = null;
        if (account.Claims is { IsExpired: false } claims && ClaimedTerms.Remaining(_server, claims) is { } left)
            account.Clock = ClaimsClock.Start(_server, account, left, OnDueAsync);
    }

    // The JWT of the account has expired, or the activation of one of its imports.
    private async Task OnDueAsync(Account account)
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (account.Claims is not { IsExpired: false } claims) return;
            DateTimeOffset now = _server.Time.GetUtcNow();
            bool isOver = JwtValidity.Remaining(claims.Claims, now) == TimeSpan.Zero;
            if (isOver) Replace([(account, claims.Expire(deleted: false, now))]);
            else Replace([(account, claims)]);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();
}
