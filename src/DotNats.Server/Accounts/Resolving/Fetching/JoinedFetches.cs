using System.Collections.Concurrent;

namespace DotNats.Server.Accounts.Resolving;

/// <summary>Fetches of one account at the same time are one fetch.</summary>
// Owner: any thread. A fetch runs to its end although whoever asked first has gone; each waits as long as it likes.
internal sealed class JoinedFetches(Func<string, Task<FetchedAccount>> fetch)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<FetchedAccount>>> _running = new(StringComparer.Ordinal);

    /// <summary>Fetches under way.</summary>
    public int Count => _running.Count;

    public Task<FetchedAccount> FetchAsync(string account, CancellationToken cancellationToken) =>
        _running.GetOrAdd(account, key => new Lazy<Task<FetchedAccount>>(() => RunAsync(key))).Value.WaitAsync(cancellationToken);

    private async Task<FetchedAccount> RunAsync(string account)
    {
        // Whoever asks meanwhile must find the entry, so it may not be taken out before it is in.
        await Task.Yield();
        try
        {
            return await fetch(account).ConfigureAwait(false);
        }
        finally
        {
            _running.TryRemove(account, out _);
        }
    }
}
