using System.Text;
using DotNats.Security;
using DotNats.Server.InternalClients;
using Microsoft.Extensions.Logging;

namespace DotNats.Server.Accounts.Resolving;

/// <summary>Where there is no store (<c>resolver: MEMORY</c>, URL), an update changes the account in use, until it is read again from its source.</summary>
// Owner: AccountResolving. The handler runs on the client's runner; applying is posted to the loop.
internal sealed class MemoryUpdates : IAsyncDisposable
{
    private const string Failed = "jwt update resulted in error";

    private readonly InternalClient _client;
    private readonly AccountUpdates _accounts;
    private readonly ClaimsAnswers _answers;
    private readonly ResolverLoop _loop;

    private MemoryUpdates(ResolverSurroundings surroundings, Account system, ILogger logger)
    {
        _client = new InternalClient(surroundings.Server, system, "account updates");
        _accounts = surroundings.Accounts;
        _answers = new ClaimsAnswers(_client, surroundings.Replies, logger);
        _loop = new ResolverLoop(logger);
    }

    /// <summary>Null without a system account.</summary>
    public static MemoryUpdates? Start(ResolverSurroundings surroundings, ILogger logger)
    {
        if (surroundings.System is not { } system) return null;
        var updates = new MemoryUpdates(surroundings, system, logger);
        foreach (string subject in (string[])[ClaimsSubjects.OldAccountUpdate, ClaimsSubjects.AccountUpdate])
            updates._client.Subscribe(subject, null, request => updates._loop.TryPost(() => updates.UpdateAsync(request), request.Bytes));
        return updates;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _loop.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask UpdateAsync(InternalMessage request)
    {
        string account = ClaimsSubjects.AccountOf(request);
        if (request.Payload.IsEmpty) _answers.Failed(request, account, "jwt update error", "request body is empty");
        else if (!JwtReader.TryReadAccount(request.Payload, out AccountClaims? claims, out JwtError error)) _answers.Failed(request, account, Failed, error.Text);
        else if (claims.Subject != account) _answers.Failed(request, account, Failed, "subject does not match jwt content");
        else if (!_accounts.IsInUse(account)) _answers.Done(request, account, "jwt update skipped");
        else if (await _accounts.Apply(Encoding.UTF8.GetString(request.Payload)).ConfigureAwait(false) is { } refusal) _answers.Failed(request, account, Failed, refusal);
        else _answers.Done(request, account, "jwt updated");
    }
}
