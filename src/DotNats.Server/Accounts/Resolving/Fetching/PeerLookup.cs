using System.Collections.Concurrent;
using System.Text;
using DotNats.Primitives;
using DotNats.Server.InternalClients;

namespace DotNats.Server.Accounts.Resolving;

/// <summary>Asks the other servers for a JWT.</summary>
// Owner: any thread asks; answers come on the client's runner.
// Lifetime: its resolver's. Invariant: a question is in _open from before it is published until its asker stops waiting.
internal sealed class PeerLookup
{
    private static readonly FetchedAccount NotFound = FetchedAccount.Failed("account jwt not found");

    private readonly ConcurrentDictionary<string, Question> _open = new(StringComparer.Ordinal);
    private readonly Nuid _names = new();
    private readonly InternalClient _client;
    private readonly Func<int> _otherServers;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly string _prefix;
    private volatile bool _isStopped;

    /// <param name="inboxPrefix">Answers are addressed below it.</param>
    /// <param name="otherServers">How many other servers are known, all of whom may answer.</param>
    public PeerLookup(InternalClient client, string inboxPrefix, Func<int> otherServers, TimeSpan timeout, TimeProvider time)
    {
        _client = client;
        _otherServers = otherServers;
        _timeout = timeout;
        _time = time;
        _prefix = inboxPrefix;
    }

    public void Start() => _client.Subscribe($"{_prefix}*", null, Take);

    /// <summary>The first JWT that comes, or why none did.</summary>
    public async Task<FetchedAccount> AskAsync(string account)
    {
        string inbox = $"{_prefix}{_names.Next()}";
        var question = new Question(_otherServers());
        _open[inbox] = question;
        try
        {
            // Where nobody hears it, nobody will answer.
            if (_isStopped || !_client.Publish(ClaimsSubjects.LookupOf(account), Encoding.ASCII.GetBytes(inbox), default, default)) return NotFound;
            string jwt = await question.Answer.Task.WaitAsync(_timeout, _time).ConfigureAwait(false);
            return jwt.Length > 0 ? new FetchedAccount(jwt, null) : NotFound;
        }
        catch (TimeoutException)
        {
            return FetchedAccount.Failed("fetching jwt timed out");
        }
        finally
        {
            _open.TryRemove(inbox, out _);
        }
    }

    /// <summary>Lets everybody go who still waits.</summary>
    public void Stop()
    {
        _isStopped = true;
        foreach (Question question in _open.Values) question.Answer.TrySetResult("");
    }

    private void Take(InternalMessage answer)
    {
        if (!_open.TryGetValue(Encoding.UTF8.GetString(answer.Subject), out Question? question)) return;
        // "Not here" counts when the last server has said so.
        if (answer.Payload.IsEmpty && --question.Expected > 0) return;
        question.Answer.TrySetResult(Encoding.UTF8.GetString(answer.Payload));
    }

    private sealed class Question(int expected)
    {
        /// <summary>Answers still to come; only the client's runner counts.</summary>
        public int Expected { get; set; } = expected;

        public TaskCompletionSource<string> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
