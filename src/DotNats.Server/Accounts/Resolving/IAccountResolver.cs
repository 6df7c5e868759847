using System.Diagnostics.CodeAnalysis;

namespace DotNats.Server.Accounts;

/// <summary>Where the JWTs of accounts come from.</summary>
/// <remarks>
/// What it brings is not trusted: <c>OperatorAccounts</c> verifies it. A resolver that learns of a changed JWT tells it so by
/// <c>ValueTask&lt;string?&gt; ApplyAsync(string jwt)</c> (null, or why not), of a deleted one by <c>ValueTask RemoveAsync(string accountKey)</c>.
/// Asked by any number of threads.
/// </remarks>
internal interface IAccountResolver
{
    /// <summary>A JWT that is here; false where there is none or where looking for it would take time.</summary>
    bool TryGet(string accountKey, [NotNullWhen(true)] out string? jwt);

    /// <summary>A JWT from wherever it may be. Never throws but for <paramref name="cancellationToken"/>.</summary>
    ValueTask<FetchedAccount> FetchAsync(string accountKey, CancellationToken cancellationToken);
}

/// <summary>What a resolver found.</summary>
/// <param name="Jwt">Null when nobody has it.</param>
/// <param name="Error">Why there is none, in nats-server's words; null where nothing more is known than that.</param>
internal readonly record struct FetchedAccount(string? Jwt, string? Error)
{
    public static FetchedAccount Missing { get; }

    public static FetchedAccount Failed(string error) => new(null, error);
}
