using System.Collections.Concurrent;
using DotNats.JetStream;
using DotNats.Primitives;
using DotNats.Protocol.Mqtt;
using DotNats.Server;
using DotNats.Server.Accounts;

namespace DotNats.Mqtt.Store;

/// <summary>What MQTT keeps in one account: sessions, messages on their way, retained messages.</summary>
// Owner: MqttAccounts. Any thread. Lifetime: from OpenAsync until disposed.
// Invariant: _sessions has those that are attached and those that were; whoever changes a session holds its name in Locks.
internal sealed class MqttAccount : IDisposable
{
    // Compat: how long, and how often, a client waits for another one of its name to let go of the session.
    private const int Attempts = 10;
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, MqttSessionState> _sessions = new(StringComparer.Ordinal);
    private readonly FlappingClients _flapping;
    private readonly MqttStreams _streams;
    private readonly LegacyTransfer _transfer;
    private readonly string? _domain;

    public MqttAccount(ServerCore server, Account account)
    {
        (Server, Account) = (server, account);
        Id = MqttSubjects.Hash(server.Name);
        _domain = DomainOf(server.Options, account.Name);
        string token = _domain ?? server.Options.JetStream.Domain ?? "";
        DomainToken = token.Length > 0 ? token + "." : "";
        Api = new MqttApi(server, account, Id, _domain ?? "");
        Consumers = new MqttConsumers(server, Api);
        Retained = new RetainedMessages(server, account, Api, Id);
        _transfer = new LegacyTransfer(server, Api, DomainToken);
        _streams = new MqttStreams(server, account, Api, DomainToken);
        _flapping = new FlappingClients(server.Time);
    }

    public ServerCore Server { get; }

    public Account Account { get; }

    /// <summary>Stands for this server in records and subjects.</summary>
    public string Id { get; }

    /// <summary>Part of the subjects of session records: the domain they are of, with a dot; empty for none.</summary>
    public string DomainToken { get; }

    public MqttApi Api { get; }

    public MqttConsumers Consumers { get; }

    public RetainedMessages Retained { get; }

    /// <summary>Client identifiers whose session is being changed.</summary>
    public NameLocks Locks { get; } = new();

    /// <summary>Makes or finds the streams, and what is retained.</summary>
    /// <returns>Why that cannot be; null where it is so.</returns>
    public async Task<string?> OpenAsync()
    {
        int replicas = Math.Max(1, Server.Options.Mqtt?.StreamReplicas ?? 0);
        if (_domain is null) MqttStoreLog.Creating(Server.Logger, replicas, Account.Name);
        else MqttStoreLog.CreatingInDomain(Server.Logger, replicas, Account.Name, _domain);
        return await _streams.OpenAsync(_transfer).ConfigureAwait(false) ?? await Retained.OpenAsync(Consumers, MqttApi.TimeoutOf(Server.Options)).ConfigureAwait(false);
    }

    /// <summary>Gives a connection its session: a former one, or a new one. Who is attached to it already is replaced.</summary>
    /// <remarks>Where it succeeds, the peer sends CONNACK, and then has <see cref="MqttSessionState.RestoreAsync"/> listen to what was subscribed.</remarks>
    public async Task<MqttAttached> AttachAsync(string clientId, bool cleanSession, IMqttPeer peer)
    {
        for (int attempt = 1; ; attempt++)
        {
            if (_flapping.IsJailed(clientId))
            {
                await Task.Delay(FlappingClients.JailTime, Server.Time).ConfigureAwait(false);
                return new MqttAttached(null, MqttConnectCode.Accepted, false, true, null);
            }

            if (Locks.TryTake(clientId)) break;
            if (attempt == Attempts) return Failed($"other session with client ID {GoQuote.Quote(clientId)} is in the process of connecting");
            await Task.Delay(BetweenAttempts, Server.Time).ConfigureAwait(false);
        }

        try
        {
            return await AttachLockedAsync(clientId, cleanSession, peer).ConfigureAwait(false);
        }
        finally
        {
            Locks.GiveBack(clientId);
        }
    }

    /// <summary>A session has ended, or it cannot be relied on. Its name is locked.</summary>
    public void Remove(MqttSessionState session) => _sessions.TryRemove(new KeyValuePair<string, MqttSessionState>(session.ClientId, session));

    /// <summary>A connection ended by itself: nobody fights for its name.</summary>
    public void Release(string clientId) => _flapping.Remove(clientId);

    public void Dispose()
    {
        _transfer.Dispose();
        Retained.Dispose();
        Api.Dispose();
    }

    // Compat: an empty domain for an account leaves the choice to the MQTT options.
    private static string? DomainOf(NatsServerOptions options, string account)
    {
        bool isMapped = options.JetStream.DefaultDomains.TryGetValue(account, out string? domain);
        if (isMapped && domain!.Length > 0) return domain;
        return options.Mqtt is { JetStreamDomain: { Length: > 0 } own } ? own : isMapped ? "" : null;
    }

    private async Task<MqttAttached> AttachLockedAsync(string clientId, bool cleanSession, IMqttPeer peer)
    {
        bool exists = _sessions.TryGetValue(clientId, out MqttSessionState? session);
        if (!exists)
        {
            (session, exists, MqttConnectCode code, string? wrong) = await LoadAsync(clientId).ConfigureAwait(false);
            if (wrong is not null) return new MqttAttached(null, code, false, false, $"{wrong} for account {GoQuote.Quote(Account.Name)}, session {GoQuote.Quote(clientId)}");
        }

        bool isPresent = exists && !cleanSession && !session!.IsClean;
        if (exists && !isPresent && await session!.ClearAsync(waits: true).ConfigureAwait(false) is { } notCleared)
        {
            Remove(session);
            return Failed(notCleared);
        }

        IMqttPeer? former = session!.Attach(peer, cleanSession);
        _sessions[clientId] = session;
        if (former is not null)
        {
            _flapping.Add(clientId);
            MqttStoreLog.Replacing(Server.Logger, peer.LogName, former.LogName, clientId);
            former.OnReplaced();
        }

        if (await session.SaveAsync().ConfigureAwait(false) is { } notSaved)
        {
            Remove(session);
            return Failed(notSaved);
        }

        return new MqttAttached(session, MqttConnectCode.Accepted, isPresent, false, null);
    }

    private async Task<(MqttSessionState? Session, bool Exists, MqttConnectCode Code, string? Error)> LoadAsync(string clientId)
    {
        MqttAnswer answer = await Api.LoadLastAsync(MqttSubjects.Sessions, MqttSubjects.SessionPrefix + DomainToken + MqttSubjects.Hash(clientId)).ConfigureAwait(false);
        if (answer.Is(ApiErrors.NoMessageFound)) return (new MqttSessionState(this, clientId, SessionRecord.New, 0), false, MqttConnectCode.Accepted, null);
        if (answer.Error is not null) return (null, false, MqttConnectCode.Accepted, $"loading session record: {answer.Error}");
        SessionRecord? record = SessionRecord.Read(answer.Payload, out string? error);
        if (record is null) return (null, false, MqttConnectCode.Accepted, $"unmarshal of session record at sequence {answer.Sequence}: {error}");
        return record.ClientId == clientId
            ? (new MqttSessionState(this, clientId, record, answer.Sequence), true, MqttConnectCode.Accepted, null)
            : (null, false, MqttConnectCode.IdentifierRejected, "stored session does not match client ID");
    }

    private static MqttAttached Failed(string error) => new(null, MqttConnectCode.Accepted, false, false, error);
}
