using System.Collections.Concurrent;
using DotNats.Security;

namespace DotNats.Server.Accounts;

/// <summary>Brings account JWTs here and checks them: trusted signer, sound claims, the account that was asked for, and in its time.</summary>
// Owner: OperatorAccounts. Fetches in flight are shared by all who ask meanwhile; nothing is kept of them.
internal sealed class AccountVerifier(ServerCore server, OperatorTrust trust)
{
    public const string Missing = "account missing";
    public const string ValidationFailed = "account validation failed";

    private readonly ConcurrentDictionary<string, Lazy<Task<VerifiedAccount>>> _fetches = new(StringComparer.Ordinal);

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

    /// <summary>The account from wherever the resolver has it.</summary>
    public Task<VerifiedAccount> FetchAsync(string key, IAccountResolver resolver) =>
        _fetches.GetOrAdd(key, wanted => new Lazy<Task<VerifiedAccount>>(() => FetchOnceAsync(wanted, resolver))).Value;

    private async Task<VerifiedAccount> FetchOnceAsync(string key, IAccountResolver resolver)
    {
        try
        {
            if (!NKey.IsPublicKey(key, NKeyKind.Account)) return Failed("will only fetch valid account keys");
            string? jwt = resolver.TryGet(key, out string? known) ? known : await resolver.FetchAsync(key, server.Stopping).ConfigureAwait(false);
            return jwt is null ? Failed(Missing) : Verify(key, jwt);
        }
        finally
        {
            _fetches.TryRemove(key, out _);
        }
    }

    private VerifiedAccount Verify(string key, string jwt)
    {
        VerifiedAccount verified = Verify(jwt);
        return verified.Account is { } account && account.Claims.Subject != key ? VerifiedAccount.Refuse(ValidationFailed) : verified;
    }

    private VerifiedAccount Failed(string error)
    {
        ClaimsLog.FetchFailed(server.Logger, error);
        return VerifiedAccount.Refuse(error);
    }
}

/// <param name="Account">Null when <paramref name="Error"/> says why not.</param>
internal readonly record struct VerifiedAccount(ClaimedAccount? Account, string? Error)
{
    public static VerifiedAccount Refuse(string error) => new(null, error);
}
