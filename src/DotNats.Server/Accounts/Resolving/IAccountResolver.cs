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

    /// <summary>A JWT from wherever it may be; null when nobody has it. Never throws but for <paramref name="cancellationToken"/>.</summary>
    ValueTask<string?> FetchAsync(string accountKey, CancellationToken cancellationToken);
}
