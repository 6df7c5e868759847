using System.Text;
using DotNats.Security;
using DotNats.Server.InternalClients;
using Microsoft.Extensions.Logging;

namespace DotNats.Server.Accounts.Resolving;

/// <summary>Answers requests in the system account that change or show a store: update, list, delete, look up.</summary>
// Owner: its resolver. Handlers run on the client's runner, one at a time; what changes the store is posted to the loop.
internal sealed class StoreServices
{
    private readonly DirectoryAccountResolver _resolver;
    private readonly InternalClient _client;
    private readonly ClaimsAnswers _answers;
    private readonly UpdateRules _rules;
    private readonly TrustedOperator _trusted;
    private readonly ILogger _logger;

    public StoreServices(DirectoryAccountResolver resolver, InternalClient client, ClaimsReplies replies, TrustedOperator trusted, ILogger logger)
    {
        _resolver = resolver;
        _client = client;
        _answers = new ClaimsAnswers(client, replies, logger);
        _rules = new UpdateRules(resolver.IsCache, trusted);
        _trusted = trusted;
        _logger = logger;
    }

    public void Start()
    {
        foreach (string subject in (string[])[ClaimsSubjects.OldAccountUpdate, ClaimsSubjects.AccountUpdate])
            _client.Subscribe(subject, null, request => Post(request, () => UpdateAsync(request, ClaimsSubjects.AccountOf(request))));
        _client.Subscribe(ClaimsSubjects.Update, null, request => Post(request, () => UpdateAsync(request, addressed: null)));
        _client.Subscribe(ClaimsSubjects.List, null, request => _answers.List(request, _resolver.Store.Keys()));
        _client.Subscribe(ClaimsSubjects.Delete, null, request => Post(request, () => DeleteAsync(request)));
        if (!_resolver.IsCache) _client.Subscribe(ClaimsSubjects.Lookup, null, Lookup, fromOthersOnly: true);
    }

    private void Post(InternalMessage request, Func<ValueTask> work) => _resolver.Loop.TryPost(work, request.Bytes);

    private async ValueTask UpdateAsync(InternalMessage request, string? addressed)
    {
        UpdateVerdict verdict = await JudgeAndSaveAsync(request, addressed).ConfigureAwait(false);
        if (verdict.Error is null) _answers.Done(request, verdict.Account, verdict.Message);
        else _answers.Failed(request, verdict.Account, verdict.Message, verdict.Error);
    }

    private async ValueTask<UpdateVerdict> JudgeAndSaveAsync(InternalMessage request, string? addressed)
    {
        if (!JwtReader.TryReadAccount(request.Payload, out AccountClaims? claims, out JwtError unreadable))
            return _rules.Refuse(_rules.Unreadable(addressed), unreadable.Text);
        if (_rules.Judge(claims, addressed, _resolver.Accounts.IsInUse, _resolver.Time.GetUtcNow()) is { } refusal) return refusal;
        StoreResult result = _resolver.Store.Save(claims.Subject, Encoding.UTF8.GetString(request.Payload));
        if (result.Error is not null) return _rules.Refuse(claims.Subject, result.Error);
        if (result.Changed) await _resolver.TellAsync(claims.Subject).ConfigureAwait(false);
        return new UpdateVerdict(claims.Subject, _rules.Done, null);
    }

    private async ValueTask DeleteAsync(InternalMessage request)
    {
        if (!DeleteRules.TryRead(
            request.Payload, _resolver.AllowsDelete, _trusted, _resolver.SystemAccount, out string signer, out IReadOnlyList<string>? accounts, out string? refusal))
        {
            _answers.Failed(request, "", $"delete accounts request by {signer} failed", refusal);
            return;
        }

        List<string> errors = [];
        foreach (string account in accounts)
        {
            StoreResult result = _resolver.Store.Delete(account);
            if (result.Error is not null) errors.Add(result.Error);
            else if (result.Changed && _resolver.Accounts.IsInUse(account)) await _resolver.Accounts.Remove(account).ConfigureAwait(false);
        }

        if (errors.Count == 0) _answers.Done(request, "", $"deleted {accounts.Count} accounts");
        else _answers.Failed(request, "", $"deleted {accounts.Count - errors.Count} accounts, failed for {errors.Count}", string.Join('\n', errors));
    }

    private void Lookup(InternalMessage request)
    {
        if (request.Reply.Length == 0) return;
        string account = ClaimsSubjects.AccountOf(request);
        if (!NKey.IsPublicKey(account, NKeyKind.Account))
        {
            ResolverLog.BadLookup(_logger, account);
            return;
        }

        string? jwt = _resolver.Store.Read(account);
        if (jwt is null) ResolverLog.NotFound(_logger, account);
        // An empty answer tells others that it is not here either.
        _client.Respond(request, default, jwt is null ? default : Encoding.UTF8.GetBytes(jwt));
    }
}
