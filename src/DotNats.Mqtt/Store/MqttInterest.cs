using DotNats.Protocol.Mqtt;
using DotNats.Server.Routing;

namespace DotNats.Mqtt.Store;

/// <summary>What comes by way of an interest.</summary>
internal enum MqttInterestKind : byte
{
    /// <summary>What is published under a filter: goes out with QoS 0, unless a durable consumer brings it too.</summary>
    Topic,

    /// <summary>What the durable consumer of a filter delivers: <see cref="MqttSessionState.Track"/> says what becomes of it.</summary>
    Durable,

    /// <summary>PUBREL packets to be sent: <see cref="MqttSessionState.TrackRelease"/>.</summary>
    Release,
}

/// <summary>One subject a connection listens to for its session.</summary>
// Owner: the session's operations make and change it; deliverers read it under the connection's lock.
// Lifetime: the connection's, or until the filter is given up.
internal sealed class MqttInterest(MqttInterestKind kind, string sid, string subject, string filter)
{
    private volatile int _qos;
    private volatile bool _isClosed;

    public MqttInterestKind Kind { get; } = kind;

    /// <summary>What monitoring calls it, and what tells it from the others of its connection.</summary>
    public string Sid { get; } = sid;

    /// <summary>The subject or filter to be listened to.</summary>
    public string Subject { get; } = subject;

    /// <summary>It is not for topics that begin with a dollar sign.</summary>
    public bool IsReserved { get; } = MqttTopics.BeginsWithWildcard(filter);

    /// <summary>What was granted. It may change while messages come.</summary>
    public int Qos
    {
        get => _qos;
        set => _qos = value;
    }

    /// <summary>The consumer whose messages come here; null for kinds that have none.</summary>
    public string? Consumer { get; set; }

    /// <summary>Given up: what still comes is not for the client any more.</summary>
    public bool IsClosed
    {
        get => _isClosed;
        set => _isClosed = value;
    }

    /// <summary>
    /// Retained messages that must leave before anything else does this way, and leave behind SUBACK at the latest. Guarded by the
    /// connection's lock; whoever sends them sets it to null.
    /// </summary>
    public IReadOnlyList<MqttRetainedDelivery>? Retained { get; set; }

    /// <summary>What the account's table holds; set by the peer.</summary>
    public Subscription? Entry { get; set; }

    /// <summary>A message under <paramref name="subject"/> is not for it, although it matches. Spec [MQTT-4.7.2-1].</summary>
    public bool MustIgnore(ReadOnlySpan<byte> subject) => IsReserved && subject.Length > 0 && subject[0] == (byte)'$';
}

/// <summary>A retained message for a new subscription: sent with the retain flag.</summary>
/// <param name="PacketId">0 with QoS 0.</param>
internal sealed record MqttRetainedDelivery(byte[] Topic, ReadOnlyMemory<byte> Payload, int Qos, ushort PacketId);
