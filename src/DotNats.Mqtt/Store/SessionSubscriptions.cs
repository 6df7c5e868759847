using System.Text;
using DotNats.JetStream;
using DotNats.Primitives;
using DotNats.Protocol.Mqtt;

namespace DotNats.Mqtt.Store;

/// <summary>What a session has subscribed: its filters, the durable consumers behind them, and what the attached connection listens to for them.</summary>
/// <remarks>
/// Every filter has an interest in what is published under it. With QoS 1 and 2 there is a durable consumer too, whose messages come by an interest
/// of their own, so that each message comes one way alone. A filter <c>a/#</c> is two: of everything below, and of the parent.
/// </remarks>
// Owner: the session's operations. Invariant: _interests has what the attached connection took for the session; _consumers what there is in the stream.
internal sealed class SessionSubscriptions
{
    private const byte Failure = 0x80;

    // Compat: what the consumers of a session may have pending together.
    private const long MaxAckTotal = 0xFFFF;

    private readonly MqttAccount _account;
    private readonly MqttSessionState _session;
    private readonly string _hash;
    private readonly SortedDictionary<string, byte> _filters;
    private readonly SortedDictionary<string, ConsumerConfig> _consumers;
    private readonly Dictionary<string, MqttInterest> _interests = new(StringComparer.Ordinal);
    private ConsumerConfig? _releases;
    private bool _listensForReleases;
    private long _ackTotal;

    public SessionSubscriptions(MqttAccount account, MqttSessionState session, string hash, SessionRecord record)
    {
        (_account, _session, _hash) = (account, session, hash);
        (_filters, _consumers, _releases) = (record.Subscriptions, record.Consumers, record.Releases);
    }

    /// <summary>Name of the consumer of PUBREL packets; null while there is none.</summary>
    public string? ReleaseConsumer => Volatile.Read(ref _releases)?.Durable;

    /// <summary>What is stored.</summary>
    public SessionRecord RecordFor(string origin, string clientId, bool isClean) => new(origin, clientId, isClean, _filters, _consumers, _releases);

    /// <summary>Another connection begins with no interests.</summary>
    public void BeginConnection()
    {
        _interests.Clear();
        _listensForReleases = false;
    }

    /// <summary>Listens again to all that was subscribed.</summary>
    public async Task<string?> RestoreAsync(IMqttPeer peer)
    {
        foreach ((string filter, byte qos) in _filters.ToArray()) await AddAsync(peer, filter, Grantable(peer, filter, qos), [], isNew: false, []).ConfigureAwait(false);
        return null;
    }

    public async Task<MqttSubscribed> SubscribeAsync(IMqttPeer peer, IReadOnlyList<MqttFilter> filters)
    {
        var requests = filters.Select(filter => (Filter: filter.Subject, Qos: Grantable(peer, filter.Subject, filter.Qos))).ToArray();
        SortedDictionary<string, RetainedRecord> retained = await _account.Retained.LoadAsync([.. requests.Where(static request => request.Qos != Failure).SelectMany(static request => Parts(request.Filter))], peer.LogName).ConfigureAwait(false);
        var interests = new List<MqttInterest>();
        byte[] codes = new byte[requests.Length];
        for (int i = 0; i < requests.Length; i++)
            codes[i] = await AddAsync(peer, requests[i].Filter, requests[i].Qos, retained, isNew: true, interests).ConfigureAwait(false);
        bool isChanged = false;
        for (int i = 0; i < requests.Length; i++)
        {
            if (codes[i] == Failure || (_filters.TryGetValue(requests[i].Filter, out byte known) && known == codes[i])) continue;
            _filters[requests[i].Filter] = codes[i];
            isChanged = true;
        }

        return new MqttSubscribed(codes, interests, isChanged ? await _session.SaveAsync().ConfigureAwait(false) : null);
    }

    public async Task<string?> UnsubscribeAsync(IMqttPeer peer, IReadOnlyList<MqttFilter> filters)
    {
        bool isChanged = false;
        foreach (MqttFilter filter in filters)
        {
            foreach ((_, string sid) in PartsWithSids(filter.Subject))
            {
                EndConsumer(peer, sid);
                Unlisten(peer, sid);
            }

            isChanged |= _filters.Remove(filter.Subject);
        }

        return isChanged ? await _session.SaveAsync().ConfigureAwait(false) : null;
    }

    /// <summary>Gives up everything.</summary>
    public async Task<string?> ClearAsync(bool waits)
    {
        string[] names = [.. _consumers.Values.Select(static consumer => consumer.Durable)];
        string? releases = ReleaseConsumer;
        _consumers.Clear();
        _filters.Clear();
        Volatile.Write(ref _releases, null);
        _ackTotal = 0;
        foreach (string name in names)
        {
            if (await DeleteAsync(MqttSubjects.Messages, name, waits).ConfigureAwait(false) is { } error) return error;
        }

        return releases is null ? null : await DeleteAsync(MqttSubjects.Releases, releases, waits).ConfigureAwait(false);
    }

    private byte Grantable(IMqttPeer peer, string filter, int qos)
    {
        // Compat: what MQTT itself lives in is nobody's to subscribe to.
        if (filter.Length == 0 || filter.StartsWith(MqttSubjects.Prefix, StringComparison.Ordinal)) return Failure;
        if (qos < 2 || _account.Server.Options.Mqtt is not { DowngradeQos2Subscribe: true }) return (byte)Math.Min(qos, 2);
        MqttStoreLog.Warn(_account.Server.Logger, peer.LogName, $"Downgrading subscription QoS2 to QoS1 for {GoQuote.Quote(filter)}, as configured");
        return 1;
    }

    // One filter, with its parent where it has one; the QoS granted.
    private async Task<byte> AddAsync(IMqttPeer peer, string filter, byte qos, SortedDictionary<string, RetainedRecord> retained, bool isNew, List<MqttInterest> interests)
    {
        if (qos == Failure || (qos == 2 && !await ListenForReleasesAsync(peer).ConfigureAwait(false))) return Failure;
        var added = new List<MqttInterest>();
        foreach ((string part, string sid) in PartsWithSids(filter))
        {
            if (Listen(peer, part, sid, qos, retained) is { } interest)
            {
                added.Add(interest);
                if (await BeginConsumerAsync(peer, part, sid, qos, isNew).ConfigureAwait(false)) continue;
            }

            foreach (MqttInterest failed in added)
            {
                EndConsumer(peer, failed.Sid);
                Unlisten(peer, failed.Sid);
            }

            return Failure;
        }

        // The parent's retained messages go first.
        added.Reverse();
        interests.AddRange(added);
        return qos;
    }

    private MqttInterest? Listen(IMqttPeer peer, string subject, string sid, byte qos, SortedDictionary<string, RetainedRecord> retained)
    {
        bool isKnown = _interests.TryGetValue(sid, out MqttInterest? interest);
        interest ??= new MqttInterest(MqttInterestKind.Topic, sid, subject, subject);
        interest.Qos = qos;
        if (retained.Count > 0) Retain(peer, interest, retained);
        if (isKnown || peer.TryListen(interest))
        {
            _interests[sid] = interest;
            return interest;
        }

        _session.Guarded(ids => ids.Forget(sid, ""));
        return null;
    }

    private void Retain(IMqttPeer peer, MqttInterest interest, SortedDictionary<string, RetainedRecord> retained)
    {
        bool rejectsQos2 = _account.Server.Options.Mqtt is { RejectQos2Publish: true };
        byte[] filter = Encoding.UTF8.GetBytes(interest.Subject);
        var wanted = new List<(RetainedRecord Record, int Qos)>();
        foreach (RetainedRecord record in retained.Values)
        {
            byte[] subject = Encoding.UTF8.GetBytes(record.Subject);
            if (!Subjects.Overlaps(filter, subject) || !peer.MayReceive(subject)) continue;
            int qos = Math.Min(record.Qos, interest.Qos);
            if (rejectsQos2 && qos == 2) MqttStoreLog.Warn(_account.Server.Logger, peer.LogName, $"Rejecting retained message with QoS2 for subscription {GoQuote.Quote(interest.Subject)}, as configured");
            else wanted.Add((record, qos));
        }

        if (wanted.Count == 0) return;
        _session.Guarded(ids =>
        {
            var deliveries = new List<MqttRetainedDelivery>(interest.Retained ?? []);
            foreach ((RetainedRecord record, int qos) in wanted)
            {
                ushort packetId = qos > 0 ? ids.TrackRetained(interest.Sid) : (ushort)0;
                // Compat: without an identifier it goes out with QoS 0.
                deliveries.Add(new MqttRetainedDelivery(record.Topic, record.Payload, packetId == 0 ? 0 : qos, packetId));
            }

            interest.Retained = deliveries;
        });
    }

    // The durable consumer that a QoS asks for, and the interest in what it delivers.
    private async Task<bool> BeginConsumerAsync(IMqttPeer peer, string filter, string sid, byte qos, bool isNew)
    {
        bool exists = _consumers.TryGetValue(sid, out ConsumerConfig? consumer);
        if (qos == 0)
        {
            if (exists) EndConsumer(peer, sid);
            return true;
        }

        // Compat: its messages go on with the QoS that was granted first.
        if (exists && isNew) return true;
        if (consumer is null)
        {
            consumer = _account.Consumers.ForFilter(filter, _hash);
            string? error = TooMany(consumer) ?? (await _account.Consumers.MakeAsync(MqttSubjects.Messages, consumer).ConfigureAwait(false)).Error;
            if (error is not null)
            {
                MqttStoreLog.Failed(_account.Server.Logger, peer.LogName, $"Unable to add JetStream consumer for subscription on {GoQuote.Quote(filter)}: err={error}");
                return false;
            }

            _ackTotal += consumer.MaxAckPending;
        }

        var interest = new MqttInterest(MqttInterestKind.Durable, consumer.DeliverSubject, consumer.DeliverSubject, filter) { Qos = qos, Consumer = consumer.Durable };
        if (!peer.TryListen(interest))
        {
            _ackTotal -= consumer.MaxAckPending;
            _account.Consumers.Delete(MqttSubjects.Messages, consumer.Durable);
            _consumers.Remove(sid);
            return false;
        }

        _interests[interest.Sid] = interest;
        _consumers[sid] = consumer;
        return true;
    }

    private void EndConsumer(IMqttPeer peer, string sid)
    {
        if (!_consumers.Remove(sid, out ConsumerConfig? consumer)) return;
        if (_interests.TryGetValue(consumer.DeliverSubject, out MqttInterest? interest)) interest.IsClosed = true;
        _session.Guarded(ids => ids.Forget(sid, consumer.Durable));
        _ackTotal -= consumer.MaxAckPending;
        _account.Consumers.Delete(MqttSubjects.Messages, consumer.Durable);
        Unlisten(peer, consumer.DeliverSubject);
    }

    private void Unlisten(IMqttPeer peer, string sid)
    {
        if (_interests.Remove(sid, out MqttInterest? interest)) peer.Unlisten(interest);
    }

    // PUBREL packets come by the stream of them, whose consumer is made with the first subscription that needs it.
    private async Task<bool> ListenForReleasesAsync(IMqttPeer peer)
    {
        string subject = MqttSubjects.ReleaseDelivery(_hash);
        if (!_listensForReleases)
        {
            var interest = new MqttInterest(MqttInterestKind.Release, subject, subject, subject);
            if (!peer.TryListen(interest))
            {
                MqttStoreLog.Failed(_account.Server.Logger, peer.LogName, "failed to initialize PUBREL processing: no subscription");
                return false;
            }

            _interests[subject] = interest;
            _listensForReleases = true;
        }

        if (_releases is not null) return true;
        ConsumerConfig consumer = _account.Consumers.ForReleases(_hash);
        string? error = TooMany(consumer) ?? (await _account.Consumers.MakeAsync(MqttSubjects.Releases, consumer).ConfigureAwait(false)).Error;
        if (error is not null)
        {
            MqttStoreLog.Failed(_account.Server.Logger, peer.LogName, $"Unable to add JetStream consumer for PUBREL for client {GoQuote.Quote(_session.ClientId)}: err={error}");
            return false;
        }

        _ackTotal += consumer.MaxAckPending;
        Volatile.Write(ref _releases, consumer);
        return true;
    }

    private string? TooMany(ConsumerConfig consumer)
    {
        long after = _ackTotal + consumer.MaxAckPending;
        return after > MaxAckTotal ? $"max_ack_pending for all consumers would be {after} which exceeds the limit of {MaxAckTotal}" : null;
    }

    private async Task<string?> DeleteAsync(string stream, string name, bool waits)
    {
        if (!waits)
        {
            _account.Consumers.Delete(stream, name);
            return null;
        }

        MqttAnswer deleted = await _account.Consumers.DeleteAsync(stream, name).ConfigureAwait(false);
        return deleted.IsOtherThan(ApiErrors.ConsumerNotFound) ? $"unable to delete consumer {GoQuote.Quote(name)} for session {GoQuote.Quote(_session.ClientId)}: {deleted.Error}" : null;
    }

    private static IEnumerable<string> Parts(string filter) => PartsWithSids(filter).Select(static part => part.Part);

    private static IEnumerable<(string Part, string Sid)> PartsWithSids(string filter)
    {
        yield return (filter, filter);
        if (!MqttTopics.HasParent(filter)) yield break;
        string parent = filter[..^2];
        yield return (parent, parent + MqttSubjects.ParentSidSuffix);
    }
}
