using System.Text;
using DotNats.Primitives;
using DotNats.Security;
using DotNats.Server.InternalClients;
using Microsoft.Extensions.Logging;

namespace DotNats.Server.Accounts.Resolving;

/// <summary>
/// Keeps full stores alike: each asks once in a while with the hash of its own, and whoever holds something else answers with all its JWTs,
/// <c>key|jwt</c> a message, an empty one last.
/// </summary>
// Owner: its resolver. Handlers run on the client's runner; merging is posted to the loop.
internal sealed class PackExchange : IDisposable
{
    private readonly DirectoryAccountResolver _resolver;
    private readonly InternalClient _client;
    private readonly ILogger _logger;
    private readonly byte[] _inbox;
    private RepeatingTimer? _timer;

    public PackExchange(DirectoryAccountResolver resolver, InternalClient client, string inbox, ILogger logger)
    {
        _resolver = resolver;
        _client = client;
        _logger = logger;
        _inbox = Encoding.ASCII.GetBytes(inbox);
    }

    public void Start(TimerWheel timers, TimeSpan interval)
    {
        _client.Subscribe(ClaimsSubjects.Pack, ClaimsSubjects.PackQueue, Answer, fromOthersOnly: true);
        _client.Subscribe(Encoding.ASCII.GetString(_inbox), null, Take);
        _timer = new RepeatingTimer(timers, interval, () => _resolver.Loop.TryPost(Ask));
    }

    public void Dispose() => _timer?.Dispose();

    private ValueTask Ask()
    {
        ResolverLog.CheckingState(_logger, Text(_resolver.Store.Hash));
        _client.Publish(Encoding.ASCII.GetBytes(ClaimsSubjects.Pack), _inbox, default, _resolver.Store.Hash);
        return default;
    }

    private void Answer(InternalMessage request)
    {
        if (request.Reply.Length == 0) return;
        JwtStore store = _resolver.Store;
        if (request.Payload.SequenceEqual(store.Hash))
        {
            _client.Respond(request, default, default);
            ResolverLog.PackMatches(_logger, Text(store.Hash));
            return;
        }

        string ours = Text(store.Hash);
        foreach (string key in store.Keys())
        {
            if (store.Read(key) is { } jwt) _client.Respond(request, default, Encoding.UTF8.GetBytes($"{key}|{jwt}"));
        }

        ResolverLog.Packed(_logger, Text(request.Payload), ours);
        _client.Respond(request, default, default);
    }

    private void Take(InternalMessage answer)
    {
        if (answer.Payload.IsEmpty) ResolverLog.Merged(_logger, Text(_resolver.Store.Hash));
        else _resolver.Loop.TryPost(() => MergeAsync(Encoding.UTF8.GetString(answer.Payload)), answer.Bytes);
    }

    private async ValueTask MergeAsync(string pack)
    {
        foreach (string line in pack.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string? error = await MergeLineAsync(line).ConfigureAwait(false);
            if (error is null) continue;
            ResolverLog.MergeFailed(_logger, error);
            return;
        }
    }

    private async ValueTask<string?> MergeLineAsync(string line)
    {
        if (line.Split('|') is not [string key, string jwt]) return $"line in package didn't contain 2 entries: {GoQuote.Quote(line)}";
        if (!NKey.IsPublicKey(key, NKeyKind.Account)) return "key to merge is not a valid public account key";
        StoreResult result = _resolver.Store.SaveIfNewer(key, jwt);
        if (result.Changed) await _resolver.TellAsync(key).ConfigureAwait(false);
        return result.Error;
    }

    private static string Text(ReadOnlySpan<byte> hash) => Convert.ToHexStringLower(hash);
}
