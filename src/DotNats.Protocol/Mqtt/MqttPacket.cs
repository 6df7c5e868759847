namespace DotNats.Protocol.Mqtt;

/// <summary>Kinds of control packets, as their first byte has them: MQTT 3.1.1, 2.2.1.</summary>
public enum MqttPacketType : byte
{
    Connect = 1,
    ConnAck = 2,
    Publish = 3,
    PubAck = 4,
    PubRec = 5,
    PubRel = 6,
    PubComp = 7,
    Subscribe = 8,
    SubAck = 9,
    Unsubscribe = 10,
    UnsubAck = 11,
    PingRequest = 12,
    PingResponse = 13,
    Disconnect = 14,
}

/// <summary>Return codes of CONNACK.</summary>
public enum MqttConnectCode : byte
{
    Accepted = 0,
    UnacceptableProtocolVersion = 1,
    IdentifierRejected = 2,
    ServerUnavailable = 3,
    BadUserOrPassword = 4,
    NotAuthorized = 5,

    /// <summary>Compat: nats-server's own, where it takes no QoS 2.</summary>
    Qos2WillRejected = 0x10,
}

/// <summary>One control packet, as a view into the receive buffer it was read from.</summary>
// Owner: the receive side that read it. Lifetime: until it consumes Length bytes. Never stored.
public ref struct MqttPacket
{
    public MqttPacketType Type;

    /// <summary>Low half of the first byte.</summary>
    public byte Flags;

    /// <summary>Variable header and payload.</summary>
    public ReadOnlySpan<byte> Body;

    /// <summary>Bytes of the whole packet; with <see cref="MqttReadStatus.TooLong"/> those it announces.</summary>
    public int Length;
}
