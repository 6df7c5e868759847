using System.Diagnostics.CodeAnalysis;

namespace DotNats.Server.Accounts;

/// <summary>The JWTs of the configuration (<c>resolver: MEMORY</c>, <c>resolver_preload</c>); none without any.</summary>
internal sealed class MemoryAccountResolver(IReadOnlyDictionary<string, string> preload) : IAccountResolver
{
    public bool TryGet(string accountKey, [NotNullWhen(true)] out string? jwt) => preload.TryGetValue(accountKey, out jwt);

    public ValueTask<FetchedAccount> FetchAsync(string accountKey, CancellationToken cancellationToken) => new(new FetchedAccount(preload.GetValueOrDefault(accountKey), null));
}
