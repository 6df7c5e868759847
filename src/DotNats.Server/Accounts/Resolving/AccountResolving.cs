using System.Diagnostics.CodeAnalysis;
using DotNats.Server.Monitoring;
using Microsoft.Extensions.Logging;

namespace DotNats.Server.Accounts.Resolving;

/// <summary>The account resolver of one server, whichever its options name: opened before there are accounts, started with them, exchanged by a reload.</summary>
// Owner: ServerCore. Start, reload and end come one after the other; any thread asks.
// Invariant: _current is the resolver of _options.
internal sealed class AccountResolving : IAccountResolver, IAsyncDisposable
{
    private readonly IAccountFetcherFactory? _fetchers;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private NatsServerOptions _options;
    private ResolverSurroundings? _surroundings;
    private MemoryUpdates? _updates;
    private volatile IAccountResolver _current;

    private AccountResolving(NatsServerOptions options, IAccountFetcherFactory? fetchers, TimeProvider time, ILogger logger)
    {
        _fetchers = fetchers;
        _time = time;
        _logger = logger;
        _options = options;
        _current = Create(options);
    }

    /// <param name="fetchers">Who can fetch over HTTP; null where nobody can.</param>
    /// <exception cref="ResolverException">What the options name cannot be used.</exception>
    public static AccountResolving Open(NatsServerOptions options, IAccountFetcherFactory? fetchers, TimeProvider time, ILogger logger) =>
        new(options, fetchers, time, logger);

    public bool TryGet(string accountKey, [NotNullWhen(true)] out string? jwt) => _current.TryGet(accountKey, out jwt);

    public ValueTask<FetchedAccount> FetchAsync(string accountKey, CancellationToken cancellationToken) => _current.FetchAsync(accountKey, cancellationToken);

    /// <summary>Is a URL there? Everything else is known once it is opened.</summary>
    /// <exception cref="ResolverException">It is not.</exception>
    public Task CheckAsync(CancellationToken cancellationToken) => _current is UrlAccountResolver url ? url.CheckAsync(cancellationToken) : Task.CompletedTask;

    /// <summary>The accounts are there: answers requests in the system account, and tells accounts of changes.</summary>
    /// <exception cref="ResolverException">What the resolver needs is not there.</exception>
    public void Start(ResolverSurroundings surroundings)
    {
        _surroundings = surroundings;
        (_current as IRunningResolver)?.Start(surroundings);
        StartUpdates();
    }

    /// <summary>Opens what new options name, before they are put in force; null where they name the resolver that runs.</summary>
    /// <exception cref="ResolverException">It cannot be used; nothing has changed.</exception>
    public IAccountResolver? Prepare(NatsServerOptions options) => IsSame(options) ? null : Create(options);

    /// <summary>Puts new options in force.</summary>
    /// <param name="prepared">What <see cref="Prepare"/> gave for them.</param>
    public void Apply(NatsServerOptions options, IAccountResolver? prepared)
    {
        _options = options;
        if (prepared is null)
        {
            (_current as IRunningResolver)?.Reload(options.ResolverPreload);
            return;
        }

        IAccountResolver before = _current;
        _current = prepared;
        // Its last work may wait for accounts that this reload is busy with.
        if (before is IRunningResolver old) _ = old.DisposeAsync().AsTask();
        if (_surroundings is not { } surroundings) return;
        (prepared as IRunningResolver)?.Start(surroundings);
        StartUpdates();
    }

    public async ValueTask DisposeAsync()
    {
        if (_updates is { } updates) await updates.DisposeAsync().ConfigureAwait(false);
        if (_current is IRunningResolver running) await running.DisposeAsync().ConfigureAwait(false);
    }

    private IAccountResolver Create(NatsServerOptions options) => options.Resolver switch
    {
        { Kind: ResolverKind.Full or ResolverKind.Cache } directory => DirectoryAccountResolver.Open(directory, options.ResolverPreload, _time, _logger),
        { Kind: ResolverKind.Url } url => CreateUrl(url, options),
        _ => new MemoryAccountResolver(options.ResolverPreload),
    };

    private UrlAccountResolver CreateUrl(ResolverOptions resolver, NatsServerOptions options)
    {
        if (options.ResolverPreload.Count > 0) throw new ResolverException("resolver preloads only available for writeable resolver types MEM/DIR/CACHE_DIR");
        if (_fetchers is null)
            throw new ResolverException("A URL resolver is configured, but no extension fetches over HTTP: add HttpAccountFetcher of DotNats.Http to the extensions");
        if (!Uri.TryCreate(resolver.Url, UriKind.Absolute, out _)) throw new ResolverException($"error parsing account resolver url [\"{SecretArguments.RedactUrl(resolver.Url ?? "")}\"]");
        return new UrlAccountResolver(
            resolver.Url,
            resolver.FetchTimeout ?? DirectoryAccountResolver.DefaultFetchTimeout,
            _fetchers.Create(ResolverTls.Load(options.ResolverTls)),
            _time);
    }

    // A memory resolver is made anew for new JWTs.
    private bool IsSame(NatsServerOptions options) =>
        Equals(_options.Resolver, options.Resolver) && Equals(_options.ResolverTls, options.ResolverTls)
        && (_current is not MemoryAccountResolver || Equals(_options.ResolverPreload, options.ResolverPreload));

    // A directory answers updates itself.
    private void StartUpdates()
    {
        bool isNeeded = _current is not DirectoryAccountResolver;
        if (isNeeded) _updates ??= MemoryUpdates.Start(_surroundings!, _logger);
        else if (_updates is { } updates)
        {
            _updates = null;
            _ = updates.DisposeAsync().AsTask();
        }
    }
}
