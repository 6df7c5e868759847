using System.Text;
using DotNats.JetStream;
using DotNats.Protocol.Mqtt;
using DotNats.Server;
using DotNats.Server.Accounts;

namespace DotNats.Mqtt.Store;

/// <summary>The retained messages of an account.</summary>
// Owner: MqttAccount. Any thread. Lifetime: until disposed.
internal sealed class RetainedMessages : IDisposable
{
    // Messages that are loaded at once.
    private const int LoadedAtOnce = 64;

    private readonly ServerCore _server;
    private readonly Account _account;
    private readonly MqttApi _api;
    private readonly RetainedIndex _index;
    private readonly string _origin;
    private readonly string _deliverSubject;

    /// <param name="origin">Which server this is.</param>
    public RetainedMessages(ServerCore server, Account account, MqttApi api, string origin)
    {
        (_server, _account, _api, _origin) = (server, account, api, origin);
        _deliverSubject = MqttSubjects.DeliverPrefix + api.NextId();
        _index = new RetainedIndex(server, account, _deliverSubject, OnForgotten);
    }

    /// <summary>Follows the stream from its beginning, and waits until what is there now has come.</summary>
    /// <returns>Why that cannot be; null where it is so.</returns>
    public async Task<string?> OpenAsync(MqttConsumers consumers, TimeSpan patience)
    {
        // Compat: servers up to 2.10.10 had one of this name.
        consumers.Delete(MqttSubjects.Retained, $"{MqttSubjects.Retained}_{_origin}");
        MqttAnswer made = await consumers.FollowRetainedAsync(_deliverSubject).ConfigureAwait(false);
        if (made.Error is not null) return $"create retained messages consumer for account \"{_account.Name}\": {made.Error}";
        try
        {
            await _index.LoadedAsync(made.Pending).WaitAsync(patience, _server.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // They go on coming; nats-server does not wait at all.
        }

        return null;
    }

    /// <summary>Retains a message under a subject, or with an empty payload forgets the one there is.</summary>
    /// <param name="flags">Of the PUBLISH packet.</param>
    /// <returns>What went wrong; null for nothing.</returns>
    public Task<string?> StoreAsync(string subject, ReadOnlySpan<byte> topic, byte flags, string source, ReadOnlySpan<byte> payload)
    {
        byte[] headers = RetainedRecord.Headers(topic, flags, _origin, source, payload.IsEmpty);
        bool isForgotten = payload.IsEmpty;
        return RememberAsync(_api.StoreAsync(null, MqttSubjects.RetainedPrefix + subject, headers, payload), subject, isForgotten);
    }

    /// <summary>The messages whose subjects filters match, by subject.</summary>
    /// <param name="client">For the log.</param>
    public async Task<SortedDictionary<string, RetainedRecord>> LoadAsync(IReadOnlyList<string> filters, string client)
    {
        var loaded = new SortedDictionary<string, RetainedRecord>(StringComparer.Ordinal);
        List<RetainedPlace> places = await _index.FindAsync(filters).ConfigureAwait(false);
        foreach (RetainedPlace[] run in places.Chunk(LoadedAtOnce))
        {
            // By subject: a newer message may have come since.
            MqttAnswer[] answers = await Task.WhenAll(run.Select(place => _api.LoadLastAsync(MqttSubjects.Retained, MqttSubjects.RetainedPrefix + place.Subject))).ConfigureAwait(false);
            for (int i = 0; i < run.Length; i++)
            {
                if (Take(answers[i], run[i], client) is { } record) loaded[run[i].Subject] = record;
            }
        }

        return loaded;
    }

    /// <summary>Forgets what users of this server retained who may not publish it any more.</summary>
    /// <param name="mayPublish">By user and subject.</param>
    public async Task ReviewAsync(Func<string, string, bool> mayPublish)
    {
        foreach (RetainedPlace place in (await _index.FindAsync([">"]).ConfigureAwait(false)).OrderBy(static place => place.Sequence))
        {
            MqttAnswer answer = await _api.LoadAsync(MqttSubjects.Retained, place.Sequence).ConfigureAwait(false);
            if (answer.Error is not null || RetainedRecord.Read(answer.Subject, answer.Headers, answer.Payload) is not { } record) continue;
            if (record.Source.Length == 0 || record.Origin != _origin || mayPublish(record.Source, record.Subject)) continue;
            await StoreAsync(record.Subject, record.Topic, record.Flags, record.Source, default).ConfigureAwait(false);
        }
    }

    public void Dispose() => _index.Dispose();

    private async Task<string?> RememberAsync(Task<MqttAnswer> storing, string subject, bool isForgotten)
    {
        MqttAnswer stored = await storing.ConfigureAwait(false);
        // Whoever is told that it is stored may subscribe at once.
        if (stored.Error is null) _index.Set(subject, stored.Sequence, isForgotten);
        return stored.Error;
    }

    private RetainedRecord? Take(MqttAnswer answer, RetainedPlace place, string client)
    {
        if (answer.Error is { } error)
        {
            if (answer.Is(ApiErrors.NoMessageFound)) _index.Set(place.Subject, place.Sequence, isForgotten: true);
            MqttStoreLog.Warn(_server.Logger, client, $"failed to load retained message for subject \"{place.Subject}\": {error}");
            return null;
        }

        RetainedRecord? record = RetainedRecord.Read(answer.Subject, answer.Headers, answer.Payload);
        if (record is { Payload.Length: > 0 }) return record;
        if (record is null) MqttStoreLog.Warn(_server.Logger, client, $"failed to decode retained message for subject \"{place.Subject}\": invalid retained message");
        _index.Set(place.Subject, place.Sequence, isForgotten: true);
        return null;
    }

    // The record that forgot has done its work; the server that stored it removes it.
    private void OnForgotten(ulong sequence, string origin)
    {
        if (origin == _origin && sequence > 0) _api.Delete(MqttSubjects.Retained, sequence);
    }
}
