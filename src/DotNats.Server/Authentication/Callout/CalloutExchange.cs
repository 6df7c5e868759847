using System.Collections.Concurrent;
using System.Text;
using DotNats.Primitives;
using DotNats.Server.Accounts;
using DotNats.Server.InternalClients;

namespace DotNats.Server.Authentication;

/// <summary>Sends questions to authorization services and hands back the answers: one inbox for each account with a service, whatever number of logins wait.</summary>
// Owner: the server; logins of any number of threads ask. Lifetime: the server's; an inbox ends with its account.
// Invariant: a question waits in its inbox until the first answer, its time or its cancellation; what comes later finds nobody.
internal sealed class CalloutExchange(ServerCore server) : IDisposable
{
    private readonly ConcurrentDictionary<Account, CalloutInbox> _inboxes = new(ReferenceEqualityComparer.Instance);
    private long _asked;

    /// <summary>Questions asked since the start; each has its time from the moment it is counted.</summary>
    public long Asked => Volatile.Read(ref _asked);

    /// <summary>The first answer; null when none came in time.</summary>
    // Compat: where nobody listens the client waits its time out all the same, so that a service may be started anew without turning clients away.
    public async Task<InternalMessage?> AskAsync(Account account, CalloutRequest request, TimeSpan patience, CancellationToken cancellationToken)
    {
        CalloutInbox inbox = InboxOf(account);
        PendingAnswer pending = inbox.Open(out byte[] reply);
        server.Timers.Schedule(pending, patience);
        Interlocked.Increment(ref _asked);
        await using (cancellationToken.UnsafeRegister(static waiting => ((PendingAnswer)waiting!).Complete(null), pending).ConfigureAwait(false))
        {
            InternalPublisher.Publish(server, account, Encoding.ASCII.GetBytes(CalloutRequest.Subject), reply, request.Headers, request.Payload);
            InternalMessage? answer = await pending.Task.ConfigureAwait(false);
            server.Timers.Cancel(pending);
            return answer;
        }
    }

    public void Dispose()
    {
        foreach (CalloutInbox inbox in _inboxes.Values) inbox.Dispose();
    }

    private CalloutInbox InboxOf(Account account)
    {
        if (_inboxes.TryGetValue(account, out CalloutInbox? inbox)) return inbox;
        // Rare enough to look after the others: those whose account went with a reload.
        foreach ((Account known, CalloutInbox old) in _inboxes)
        {
            if (!server.Accounts.TryGet(known.Name, out Account? current) || !ReferenceEquals(current, known))
            {
                if (_inboxes.TryRemove(known, out _)) old.Dispose();
            }
        }

        inbox = new CalloutInbox(server, account);
        CalloutInbox kept = _inboxes.GetOrAdd(account, inbox);
        if (!ReferenceEquals(kept, inbox)) inbox.Dispose();
        return kept;
    }
}

/// <summary>Where the answers of one account's service arrive.</summary>
// Owner: CalloutExchange; logins open questions, the runner of the internal client completes them.
internal sealed class CalloutInbox : IDisposable
{
    private readonly ConcurrentDictionary<string, PendingAnswer> _pending = new(StringComparer.Ordinal);
    private readonly Nuid _nuids = new();
    private readonly InternalClient _client;
    private readonly string _prefix;

    public CalloutInbox(ServerCore server, Account account)
    {
        _client = new InternalClient(server, account, "authorization callout");
        _prefix = $"$SYS._INBOX.{_nuids.Next()}.";
        _client.Subscribe(_prefix + "*", queue: null, Receive);
    }

    /// <summary>A question that waits from now on.</summary>
    /// <param name="reply">Where its answer goes.</param>
    public PendingAnswer Open(out byte[] reply)
    {
        string token = _nuids.Next();
        PendingAnswer pending = new(_pending, token);
        _pending[token] = pending;
        reply = Encoding.ASCII.GetBytes(_prefix + token);
        return pending;
    }

    public void Dispose()
    {
        _client.Dispose();
        foreach (PendingAnswer pending in _pending.Values) pending.Complete(null);
    }

    private void Receive(InternalMessage message)
    {
        string token = Encoding.ASCII.GetString(message.Subject.AsSpan(_prefix.Length));
        if (_pending.TryGetValue(token, out PendingAnswer? pending)) pending.Complete(message);
    }
}

/// <summary>One question until it is answered, and the clock of how long that may take.</summary>
internal sealed class PendingAnswer(ConcurrentDictionary<string, PendingAnswer> waiting, string token) : WheelTimer
{
    // Whoever waits goes on elsewhere: judging an answer takes longer than an inbox or the wheel should.
    private readonly TaskCompletionSource<InternalMessage?> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<InternalMessage?> Task => _answer.Task;

    /// <summary>The first call decides.</summary>
    public void Complete(InternalMessage? answer)
    {
        waiting.TryRemove(token, out _);
        _answer.TrySetResult(answer);
    }

    protected override void OnExpired() => Complete(null);
}
