using System.Diagnostics.CodeAnalysis;
using DotNats.Security;

namespace DotNats.Server.Accounts.Resolving;

/// <summary>JWTs of an HTTP server (<c>resolver: URL(…)</c>), fetched anew each time an account is needed that is not in use.</summary>
// Owner: AccountResolving; any thread asks. Lifetime: until the end, or until a reload names another one.
internal sealed class UrlAccountResolver : IAccountResolver, IRunningResolver
{
    private const int Ok = 200;

    private readonly string _url;
    private readonly TimeSpan _timeout;
    private readonly IAccountFetcher _fetcher;
    private readonly TimeProvider _time;
    private readonly JoinedFetches _fetches;
    private readonly CancellationTokenSource _stop = new();

    /// <param name="url">Keys are put behind it.</param>
    public UrlAccountResolver(string url, TimeSpan timeout, IAccountFetcher fetcher, TimeProvider time)
    {
        _url = url;
        _timeout = timeout;
        _fetcher = fetcher;
        _time = time;
        _fetches = new JoinedFetches(FetchNowAsync);
    }

    /// <summary>Nothing is here: every JWT is fetched.</summary>
    public bool TryGet(string accountKey, [NotNullWhen(true)] out string? jwt)
    {
        jwt = null;
        return false;
    }

    public async ValueTask<FetchedAccount> FetchAsync(string accountKey, CancellationToken cancellationToken) =>
        NKey.IsPublicKey(accountKey, NKeyKind.Account) ? await _fetches.FetchAsync(accountKey, cancellationToken).ConfigureAwait(false) : FetchedAccount.Missing;

    /// <summary>Is anybody there? Asks for the URL itself, as nats-server does before it starts.</summary>
    /// <exception cref="ResolverException">Nobody, or nobody who answers 200.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        FetchedAccount answer = await GetAsync(_url, cancellationToken).ConfigureAwait(false);
        if (answer.Error is { } error) throw new ResolverException(error);
    }

    public void Start(ResolverSurroundings surroundings)
    {
        // It only answers when asked.
    }

    public void Reload(IReadOnlyDictionary<string, string> preload)
    {
        // Options that name the same URL change nothing here.
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _fetcher.Dispose();
    }

    private async Task<FetchedAccount> FetchNowAsync(string account)
    {
        try
        {
            return await GetAsync(_url + account, _stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The server stops; nobody waits for the answer.
            return FetchedAccount.Missing;
        }
    }

    private async Task<FetchedAccount> GetAsync(string url, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_timeout, _time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        string shown = Redact(url);
        try
        {
            AccountFetchReply reply = await _fetcher.GetAsync(new Uri(url), either.Token).ConfigureAwait(false);
            return reply.Status == Ok ? new FetchedAccount(reply.Body, null) : FetchedAccount.Failed($"could not fetch <\"{shown}\">: {reply.Status} {reply.Reason}");
        }
        catch (AccountFetchException error)
        {
            return FetchedAccount.Failed($"could not fetch <\"{shown}\">: Get \"{shown}\": {error.Message}");
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return FetchedAccount.Failed($"could not fetch <\"{shown}\">: Get \"{shown}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
        }
    }

    // A password in the URL is nobody's business.
    private static string Redact(string url)
    {
        var parsed = new Uri(url);
        int colon = parsed.UserInfo.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? url : url.Replace(parsed.UserInfo + "@", parsed.UserInfo[..colon] + ":xxxxx@", StringComparison.Ordinal);
    }
}
