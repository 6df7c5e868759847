using System.Collections.Concurrent;
using DotNats.Security;

namespace DotNats.Server.Accounts;

/// <summary>Brings account JWTs here and checks them: trusted signer, sound claims, the account that was asked for, and in its time.</summary>
// Owner: OperatorAccounts. Fetches in flight are shared by all who ask meanwhile, unless another resolver takes over; nothing is kept of them.
internal sealed class AccountVerifier(ServerCore server, OperatorTrust trust)
{
    public const string Missing = "account missing";
    public const string ValidationFailed = "account validation failed";

    private readonly FetchFailures _failures = new(server.Time, server.Logger);

    // Replaced whole with the resolver.
    private volatile ConcurrentDictionary<string, Lazy<Task<VerifiedAccount>>> _fetches = new(StringComparer.Ordinal);

    /// <summary>Is another one as soon as another resolver counts.</summary>
    public object Source => _fetches;

    /// <summary>What a JWT says, or why it does not count.</summary>
    public VerifiedAccount Verify(string jwt)
    {
        if (!JwtReader.TryReadAccount(jwt, out AccountClaims? claims, out JwtError error)) return VerifiedAccount.Refuse(error.Text);
        if (!trust.IsTrusted(claims.Issuer)) return VerifiedAccount.Refuse(ValidationFailed);
        DateTimeOffset now = server.Time.GetUtcNow();
        if (ClaimsValidation.Check(claims, now).IsBlocking(includeTime: true)) return VerifiedAccount.Refuse(ValidationFailed);
        bool isExpired = JwtValidity.Remaining(claims, now) == TimeSpan.Zero;
        return new VerifiedAccount(new ClaimedAccount(claims, jwt, trust.IsOwnKeyTrusted(claims.Issuer), now) { IsExpired = isExpired }, null);
    }

    /// <summary>Another resolver counts from now on: nobody who comes joins in what is on its way from the one before.</summary>
    public void OnResolverReplaced() => _fetches = new(StringComparer.Ordinal);

    /// <summary>The account from wherever the resolver has it.</summary>
    public Task<VerifiedAccount> FetchAsync(string key, IAccountResolver resolver)
    {
        ConcurrentDictionary<string, Lazy<Task<VerifiedAccount>>> fetches = _fetches;
        return fetches.GetOrAdd(key, wanted => new Lazy<Task<VerifiedAccount>>(() => FetchOnceAsync(wanted, resolver, fetches))).Value;
    }

    private async Task<VerifiedAccount> FetchOnceAsync(string key, IAccountResolver resolver, ConcurrentDictionary<string, Lazy<Task<VerifiedAccount>>> fetches)
    {
        try
        {
            if (!NKey.IsPublicKey(key, NKeyKind.Account)) return Failed("will only fetch valid account keys");
            FetchedAccount fetched = resolver.TryGet(key, out string? known) ? new FetchedAccount(known, null) : await resolver.FetchAsync(key, server.Stopping).ConfigureAwait(false);
            return fetched.Jwt is { } jwt ? Verify(key, jwt) : Failed(fetched.Error ?? Missing);
        }
        finally
        {
            fetches.TryRemove(key, out _);
        }
    }

    private VerifiedAccount Verify(string key, string jwt)
    {
        VerifiedAccount verified = Verify(jwt);
        return verified.Account is { } account && account.Claims.Subject != key ? VerifiedAccount.Refuse(ValidationFailed) : verified;
    }

    private VerifiedAccount Failed(string error)
    {
        _failures.Report(error);
        return VerifiedAccount.Refuse(error);
    }
}

/// <param name="Account">Null when <paramref name="Error"/> says why not.</param>
internal readonly record struct VerifiedAccount(ClaimedAccount? Account, string? Error)
{
    public static VerifiedAccount Refuse(string error) => new(null, error);
}
