using System.Diagnostics;
using System.Text;
using DotNats.JetStream;
using DotNats.JetStream.Consumers.State;
using DotNats.Primitives;
using DotNats.Protocol.Mqtt;
using DotNats.Server.Connections;
using DotNats.Server.InternalClients;
using DotNats.Server.Routing;

namespace DotNats.Mqtt.Store;

/// <summary>A session: what outlives the connections of one client identifier.</summary>
/// <remarks>
/// Results are null, or a field <c>Error</c> is, where all is well; any other error closes the connection, without an answer unless said otherwise.
/// An operation that returns a task is the only one at a time: the connection receives nothing until it has ended, and detaches after that.
/// What a method is given as spans is read before it returns. With a context, what is published leaves with its batch; without one, at once
/// (and then the caller is inside no batch). Who calls holds no lock, unless it says so.
/// </remarks>
// Owner: the attached connection's operations, one at a time, and whoever holds its name in MqttAccount.Locks while it changes hands.
// Packet identifiers are guarded by the lock of the attached connection; while none is attached nobody else knows the session.
// Previous stop: Connections/MqttSession. Next stops: the account's streams, by MqttApi.
internal sealed class MqttSessionState
{
    // nats-server's word for what a stream with one message a subject says to a second one.
    private const string StagedAlready = "maximum messages per subject exceeded (10077)";

    // Both what the store needs and what older releases of nats-server read: a header block that says nothing, and a line end that one left behind.
    private static readonly byte[] NoHeaders = "NATS/1.0\r\n\r\n\r\n"u8.ToArray();

    private readonly MqttAccount _account;
    private readonly string _hash;
    private readonly PacketIds _packetIds = new();
    private volatile IMqttPeer? _peer;
    private ulong _sequence;

    /// <param name="record">What was stored of it.</param>
    /// <param name="sequence">Of that record; 0 for a new session.</param>
    public MqttSessionState(MqttAccount account, string clientId, SessionRecord record, ulong sequence)
    {
        (_account, ClientId, _sequence) = (account, clientId, sequence);
        _hash = MqttSubjects.Hash(clientId);
        IsClean = record.IsClean;
        Subscriptions = new SessionSubscriptions(account, this, _hash, record);
    }

    public string ClientId { get; }

    /// <summary>It ends with its connection.</summary>
    public bool IsClean { get; private set; }

    /// <summary>What it has subscribed, and the consumers of that.</summary>
    public SessionSubscriptions Subscriptions { get; }

    /// <summary>Listens to what the session had subscribed. Once, behind CONNACK.</summary>
    public Task<string?> RestoreAsync() => _peer is { } peer ? Subscriptions.RestoreAsync(peer) : Task.FromResult<string?>(null);

    /// <summary>Subscribes, and stores the session.</summary>
    public async Task<MqttSubscribed> SubscribeAsync(IReadOnlyList<MqttFilter> filters)
    {
        if (_peer is not { } peer || !_account.Locks.TryTake(ClientId)) return new MqttSubscribed([], [], InUse());
        try
        {
            return await Subscriptions.SubscribeAsync(peer, filters).ConfigureAwait(false);
        }
        finally
        {
            _account.Locks.GiveBack(ClientId);
        }
    }

    /// <summary>Unsubscribes, and stores the session.</summary>
    public async Task<string?> UnsubscribeAsync(IReadOnlyList<MqttFilter> filters)
    {
        if (_peer is not { } peer || !_account.Locks.TryTake(ClientId)) return InUse();
        try
        {
            return await Subscriptions.UnsubscribeAsync(peer, filters).ConfigureAwait(false);
        }
        finally
        {
            _account.Locks.GiveBack(ClientId);
        }
    }

    /// <summary>Stores a message of QoS 1 or 2 for durable consumers, after it has been routed to everybody else. Then PUBACK or PUBCOMP is sent.</summary>
    /// <param name="subject">What it was delivered under.</param>
    /// <param name="headers"><see cref="MqttHeaderBlock.WritePublish"/>.</param>
    public Task<string?> StoreAsync(DeliveryContext? context, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload) =>
        ErrorOf(_account.Api.StoreAsync(context, MqttSubjects.MessagePrefix + Encoding.UTF8.GetString(subject), headers, payload));

    /// <summary>Keeps a QoS 2 message until its sender releases it; one that is there already is left as it is. Then PUBREC is sent.</summary>
    /// <param name="headers"><see cref="MqttHeaderBlock.WriteStaged"/>.</param>
    public Task<string?> StageAsync(DeliveryContext? context, ushort packetId, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload) =>
        StagedAsync(_account.Api.StoreAsync(context, MqttSubjects.StagedSubject(ClientId, packetId), headers, payload));

    /// <summary>Takes out a QoS 2 message that is released: to be published as with QoS 1; PUBCOMP is sent in any case, behind that.</summary>
    public async Task<MqttUnstaged> UnstageAsync(ushort packetId)
    {
        MqttAnswer found = await _account.Api.LoadLastAsync(MqttSubjects.Staged, MqttSubjects.StagedSubject(ClientId, packetId)).ConfigureAwait(false);
        // Compat: whatever kept it from being found, the sender is told that all is well.
        if (found.Error is not null) return default;
        await _account.Api.DeleteAsync(MqttSubjects.Staged, found.Sequence).ConfigureAwait(false);
        return MqttHeaderBlock.TryReadStaged(found.Headers, out ReadOnlySpan<byte> subject, out ReadOnlySpan<byte> mapped, out bool retain)
            ? new MqttUnstaged(subject.ToArray(), mapped.ToArray(), found.Payload, retain, null)
            : new MqttUnstaged(null, [], default, false, "invalid message in QoS2 PUBREL stream");
    }

    /// <summary>Whether a message is to be retained before it is routed: it has the flag, or is a Sparkplug birth.</summary>
    // Compat: a birth with the flag is wrong, and not retained.
    public static bool MustRetain(ReadOnlySpan<byte> topic, bool retain) => retain != IsBirth(topic);

    /// <summary>Retains a message, or with an empty payload forgets the one there is; what goes wrong is logged, and publishing goes on.</summary>
    /// <remarks>After permissions have been checked, before it is routed. Only where <see cref="MustRetain"/> says so.</remarks>
    public Task RetainAsync(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> payload, int qos, bool duplicate, bool retain)
    {
        string key = Encoding.UTF8.GetString(subject);
        byte flags = (byte)((qos << 1) | (retain ? 1 : 0) | (duplicate ? 8 : 0));
        if (IsBirth(topic))
        {
            // A birth is made known as a certificate: to who subscribes later, and to who has.
            topic = (byte[])[.. SparkplugTopic.CertificatesPrefix, .. topic];
            key = Encoding.UTF8.GetString(MqttTopics.ToSubject(topic, isFilter: false, out _) ?? []);
            flags |= 1;
            if (!payload.IsEmpty) _account.Api.Send(null, key, default, payload);
        }

        return RetainedAsync(_account.Retained.StoreAsync(key, topic, flags, _peer?.Username ?? "", payload), key);
    }

    /// <summary>PUBACK came.</summary>
    public void OnPubAck(DeliveryContext context, ushort packetId)
    {
        if (_peer is not { } peer) return;
        context.Hold(peer.Connection);
        byte[] ackSubject = _packetIds.EndMessage(packetId);
        context.ReleaseHeld();
        Acknowledge(context, ackSubject);
    }

    /// <summary>PUBREC came: PUBREL is on its way by the session's own consumer when the task has ended well.</summary>
    public Task<string?> OnPubRecAsync(DeliveryContext? context, ushort packetId)
    {
        if (_peer is not { } peer) return Task.FromResult<string?>(null);
        context?.ReleaseHeld();
        Outbound gate = peer.Connection.Outbound;
        gate.Acquire();
        if (Subscriptions.ReleaseConsumer is { } consumer) _packetIds.BeginRelease(packetId, consumer);
        byte[] ackSubject = _packetIds.EndMessage(packetId);
        gate.Release();
        return ReleasingAsync(_account.Api.StoreAsync(context, MqttSubjects.ReleaseSubject(_hash), MqttHeaderBlock.Release(packetId), default), ackSubject);
    }

    /// <summary>PUBCOMP came.</summary>
    public void OnPubComp(DeliveryContext context, ushort packetId)
    {
        if (_peer is not { } peer) return;
        context.Hold(peer.Connection);
        byte[] ackSubject = _packetIds.EndRelease(packetId);
        context.ReleaseHeld();
        Acknowledge(context, ackSubject);
    }

    /// <summary>What becomes of a message that came by an interest of kind <see cref="MqttInterestKind.Durable"/>. Under the peer's connection's lock.</summary>
    /// <param name="subject">What it came under, with the stream's prefix; <see cref="TopicSubject"/> is what it was published under.</param>
    public MqttDelivery Track(IMqttPeer peer, MqttInterest interest, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> reply)
    {
        ReadOnlySpan<byte> topicSubject = TopicSubject(subject);
        int qos = Math.Min(MqttHeaderBlock.ReadQos(headers) ?? 0, interest.Qos);
        if (qos <= 0 || topicSubject.IsEmpty || interest.IsClosed || !ReferenceEquals(_peer, peer)) return default;
        if (interest.MustIgnore(topicSubject) || !peer.MayReceive(topicSubject)) return new MqttDelivery(MqttVerdict.Acknowledge, 0, 0, false);
        if (interest.Consumer is not { } consumer || !AckSubject.TryParse(reply, out AckSubject ack)) return default;
        ushort packetId = _packetIds.Track(consumer, ack.StreamSequence, reply.ToArray(), _account.Consumers.MaxAckPending);
        return packetId == 0 ? default : new MqttDelivery(MqttVerdict.Send, qos, packetId, ack.Deliveries > 1);
    }

    /// <summary>What a message in the stream of messages was published under; empty where it is no such message.</summary>
    public static ReadOnlySpan<byte> TopicSubject(ReadOnlySpan<byte> subject) =>
        subject.Length > MqttSubjects.MessagePrefix.Length && subject.StartsWith("$MQTT.msgs."u8) ? subject[MqttSubjects.MessagePrefix.Length..] : default;

    /// <summary>Packet identifier of the PUBREL to be sent for a message of kind <see cref="MqttInterestKind.Release"/>; 0 for none. Under the peer's connection's lock.</summary>
    public ushort TrackRelease(IMqttPeer peer, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> reply)
    {
        ushort packetId = MqttHeaderBlock.ReadRelease(headers);
        if (packetId == 0 || !ReferenceEquals(_peer, peer) || Subscriptions.ReleaseConsumer is not { } consumer || !AckSubject.TryParse(reply, out AckSubject ack)) return 0;
        _packetIds.TrackRelease(packetId, consumer, ack.StreamSequence, reply.ToArray());
        return packetId;
    }

    /// <summary>Acknowledges a message that is not sent. Inside a batch, with no lock held.</summary>
    public void AcknowledgeUnsent(DeliveryContext context, ReadOnlySpan<byte> reply) => Acknowledge(context, reply);

    /// <summary>The connection has ended; a clean session ends with it.</summary>
    /// <returns>False where another connection has the session: this one has nothing more to say, its will neither.</returns>
    public async Task<bool> DetachAsync(IMqttPeer peer)
    {
        await _account.Locks.TakeAsync(ClientId).ConfigureAwait(false);
        try
        {
            if (!ReferenceEquals(_peer, peer)) return false;
            Exchange(null);
            _account.Release(ClientId);
            if (!IsClean) return true;
            _account.Remove(this);
            if (await ClearAsync(waits: false).ConfigureAwait(false) is { } error) MqttStoreLog.Failed(_account.Server.Logger, peer.LogName, error);
            return true;
        }
        finally
        {
            _account.Locks.GiveBack(ClientId);
        }
    }

    /// <summary>Gives it to a connection; its name is locked.</summary>
    /// <returns>Whose it was; null for nobody's.</returns>
    public IMqttPeer? Attach(IMqttPeer peer, bool cleanSession)
    {
        IMqttPeer? former = Exchange(peer);
        IsClean = cleanSession;
        // The former connection's interests end with it.
        Subscriptions.BeginConnection();
        return former;
    }

    /// <summary>Stores what is to outlive connections.</summary>
    /// <returns>Why that cannot be; null where it is so.</returns>
    public async Task<string?> SaveAsync()
    {
        byte[] record = Subscriptions.RecordFor(_account.Id, ClientId, IsClean).Write();
        ulong expected = _sequence;
        byte[] headers = expected == 0 ? NoHeaders : Encoding.ASCII.GetBytes($"NATS/1.0\r\nNats-Expected-Last-Subject-Sequence:{expected}\r\n\r\n");
        MqttAnswer stored = await _account.Api.StoreSessionAsync(MqttSubjects.SessionPrefix + _account.DomainToken + _hash, _hash, headers, record).ConfigureAwait(false);
        if (stored.Error is not null) return $"unable to persist session {GoQuote.Quote(ClientId)} (seq={expected}): {stored.Error}";
        _sequence = stored.Sequence;
        return null;
    }

    /// <summary>Forgets everything, what is stored included; its name is locked.</summary>
    /// <param name="waits">Until it is gone; otherwise it is only asked for.</param>
    public async Task<string?> ClearAsync(bool waits)
    {
        ulong sequence = _sequence;
        _sequence = 0;
        Guarded(static ids => ids.Clear());
        if (await Subscriptions.ClearAsync(waits).ConfigureAwait(false) is { } error) return error;
        if (sequence == 0) return null;
        if (!waits)
        {
            _account.Api.Delete(MqttSubjects.Sessions, sequence);
            return null;
        }

        MqttAnswer deleted = await _account.Api.DeleteAsync(MqttSubjects.Sessions, sequence).ConfigureAwait(false);
        bool isGone = deleted.Error is null || deleted.Is(ApiErrors.SequenceNotFound)
            || (deleted.Is(ApiErrors.StreamMsgDeleteFailed) && deleted.Error.Contains("no message found", StringComparison.Ordinal));
        return isGone ? null : $"unable to delete session {GoQuote.Quote(ClientId)} record at sequence {sequence}: {deleted.Error}";
    }

    /// <summary>Works on packet identifiers under the lock they have.</summary>
    public void Guarded(Action<PacketIds> work)
    {
        Outbound? gate = _peer?.Connection.Outbound;
        gate?.Acquire();
        try
        {
            work(_packetIds);
        }
        finally
        {
            gate?.Release();
        }
    }

    // Under the lock of the one that loses it: who is about to track something for that one has done so, or will see that it is too late.
    private IMqttPeer? Exchange(IMqttPeer? peer)
    {
        IMqttPeer? former = _peer;
        Outbound? gate = former?.Connection.Outbound;
        Debug.Assert(gate is null || !gate.IsHeldByCurrentThread, "nobody changes a session from inside a delivery");
        gate?.Acquire();
        _peer = peer;
        gate?.Release();
        return former;
    }

    private void Acknowledge(DeliveryContext context, ReadOnlySpan<byte> ackSubject)
    {
        if (!ackSubject.IsEmpty) InternalPublisher.Publish(context, _account.Account, ackSubject, default, default, default);
    }

    private async Task<string?> ReleasingAsync(Task<MqttAnswer> storing, byte[] ackSubject)
    {
        MqttAnswer stored = await storing.ConfigureAwait(false);
        if (stored.Error is not null) return stored.Error;
        if (ackSubject.Length > 0) InternalPublisher.Publish(_account.Server, _account.Account, ackSubject, default, default, default);
        return null;
    }

    private async Task RetainedAsync(Task<string?> storing, string subject)
    {
        if (await storing.ConfigureAwait(false) is not { } error) return;
        string name = GoQuote.Quote(_account.Account.Name);
        MqttStoreLog.Failed(_account.Server.Logger, _peer?.LogName ?? ClientId, $"unable to store retained message for account {name}, subject {GoQuote.Quote(subject)}: {error}");
    }

    private string InUse() => $"another session is in use with client ID {GoQuote.Quote(ClientId)}";

    private static async Task<string?> ErrorOf(Task<MqttAnswer> storing) => (await storing.ConfigureAwait(false)).Error;

    private static async Task<string?> StagedAsync(Task<MqttAnswer> storing)
    {
        string? error = (await storing.ConfigureAwait(false)).Error;
        return error == StagedAlready ? null : error;
    }

    private static bool IsBirth(ReadOnlySpan<byte> topic) => SparkplugTopic.Read(topic, out bool isCertificate) == SparkplugKind.Birth && !isCertificate;
}
