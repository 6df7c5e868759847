namespace DotNats.Mqtt.Store;

/// <summary>Which packet identifiers are out, and for what: messages that wait for PUBACK or PUBREC, and PUBREL packets that wait for PUBCOMP.</summary>
/// <remarks>
/// What a consumer delivered is known by the consumer and the message's sequence, so that a message that is delivered again keeps its identifier.
/// Pure.
/// </remarks>
// Owner: the session; guarded by the lock of the connection it is attached to.
// Invariant: every entry of _bySequence names an identifier that is in _messages or _releases.
internal sealed class PacketIds
{
    private readonly Dictionary<ushort, Pending> _messages = [];
    private readonly Dictionary<ushort, Pending> _releases = [];
    private readonly Dictionary<string, Dictionary<ulong, ushort>> _bySequence = new(StringComparer.Ordinal);
    private ushort _last;

    /// <summary>Messages that wait for the client.</summary>
    public int Messages => _messages.Count;

    /// <summary>PUBREL packets that wait for the client.</summary>
    public int Releases => _releases.Count;

    /// <summary>An identifier for a message that a consumer delivered: the one it has already, or a new one.</summary>
    /// <param name="most">Messages that may wait for the client at once.</param>
    /// <param name="ackSubject">Where the message is acknowledged; kept.</param>
    /// <returns>0 where it is not to be sent now: too many wait (the consumer delivers it again), or it waits for PUBCOMP already.</returns>
    public ushort Track(string consumer, ulong sequence, byte[] ackSubject, int most)
    {
        Dictionary<ulong, ushort> known = KnownOf(consumer);
        if (known.TryGetValue(sequence, out ushort packetId))
        {
            if (_releases.ContainsKey(packetId)) return 0;
        }
        else
        {
            if (_messages.Count >= most) return 0;
            packetId = Next();
            if (packetId == 0) return 0;
            known[sequence] = packetId;
        }

        _messages[packetId] = new Pending(consumer, sequence, ackSubject);
        return packetId;
    }

    /// <summary>An identifier for a retained message, which no consumer delivers; 0 where none is left.</summary>
    /// <param name="sid">Of the subscription it is sent for.</param>
    public ushort TrackRetained(string sid)
    {
        ushort packetId = Next();
        if (packetId == 0) return 0;
        string consumer = RetainedKey(sid);
        KnownOf(consumer)[packetId] = packetId;
        _messages[packetId] = new Pending(consumer, packetId, []);
        return packetId;
    }

    /// <summary>The client has a message.</summary>
    /// <returns>Where that is acknowledged; empty for nowhere.</returns>
    public byte[] EndMessage(ushort packetId) => End(_messages, packetId);

    /// <summary>The client has a QoS 2 message: its identifier is kept for PUBREL.</summary>
    public void BeginRelease(ushort packetId, string consumer) => _releases[packetId] = new Pending(consumer, 0, []);

    /// <summary>A PUBREL that the session's consumer delivered is sent.</summary>
    public void TrackRelease(ushort packetId, string consumer, ulong sequence, byte[] ackSubject)
    {
        KnownOf(consumer)[sequence] = packetId;
        _releases[packetId] = new Pending(consumer, sequence, ackSubject);
    }

    /// <summary>PUBCOMP came.</summary>
    /// <returns>Where that is acknowledged; empty for nowhere.</returns>
    public byte[] EndRelease(ushort packetId) => End(_releases, packetId);

    /// <summary>A subscription is given up: what it sent waits for nobody any more.</summary>
    public void Forget(string sid, string consumer)
    {
        Forget(consumer);
        Forget(RetainedKey(sid));
    }

    /// <summary>The session begins anew.</summary>
    public void Clear()
    {
        _messages.Clear();
        _releases.Clear();
        _bySequence.Clear();
        _last = 0;
    }

    // No consumer has such a name: their names begin with a hash.
    private static string RetainedKey(string sid) => "$MQTT_rmsgs/" + sid;

    private void Forget(string consumer)
    {
        if (!_bySequence.Remove(consumer, out Dictionary<ulong, ushort>? known)) return;
        foreach (ushort packetId in known.Values) _messages.Remove(packetId);
    }

    private byte[] End(Dictionary<ushort, Pending> pending, ushort packetId)
    {
        if (!pending.Remove(packetId, out Pending ended)) return [];
        if (_bySequence.TryGetValue(ended.Consumer, out Dictionary<ulong, ushort>? known)) known.Remove(ended.Sequence);
        return ended.AckSubject;
    }

    private Dictionary<ulong, ushort> KnownOf(string consumer)
    {
        if (!_bySequence.TryGetValue(consumer, out Dictionary<ulong, ushort>? known)) _bySequence[consumer] = known = [];
        return known;
    }

    // Counts on, so that one that has just become free is not taken at once: a client would see a duplicate. Spec [MQTT-2.3.1-4].
    private ushort Next()
    {
        ushort candidate = _last;
        for (int tried = 0; tried < ushort.MaxValue; tried++)
        {
            candidate = candidate == ushort.MaxValue ? (ushort)1 : (ushort)(candidate + 1);
            if (_messages.ContainsKey(candidate) || _releases.ContainsKey(candidate)) continue;
            return _last = candidate;
        }

        return 0;
    }

    private readonly record struct Pending(string Consumer, ulong Sequence, byte[] AckSubject);
}
