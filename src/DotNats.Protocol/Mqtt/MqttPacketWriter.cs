using System.Buffers.Binary;

namespace DotNats.Protocol.Mqtt;

/// <summary>Writes the packets a server sends, into memory of the caller. Allocates nothing.</summary>
public static class MqttPacketWriter
{
    /// <summary>Bytes of CONNACK, UNSUBACK, PUBACK, PUBREC, PUBREL and PUBCOMP.</summary>
    public const int ShortPacketLength = 4;

    private const byte RetainFlag = 1;
    private const byte DuplicateFlag = 8;

    // First byte, remaining length, length of the topic, packet identifier.
    private const int PublishOverhead = 1 + 4 + 2 + 2;

    private const int MaxLengthBytes = 4;

    /// <summary>PINGRESP.</summary>
    public static ReadOnlySpan<byte> PingResponse => [(byte)MqttPacketType.PingResponse << 4, 0];

    /// <summary>CONNACK; a session is present only for whom is accepted.</summary>
    /// <returns>Bytes written.</returns>
    public static int WriteConnAck(Span<byte> target, bool sessionPresent, MqttConnectCode code)
    {
        target[0] = (byte)MqttPacketType.ConnAck << 4;
        target[1] = 2;
        target[2] = sessionPresent && code == MqttConnectCode.Accepted ? (byte)1 : (byte)0;
        target[3] = (byte)code;
        return ShortPacketLength;
    }

    /// <summary>A packet that is a packet identifier and nothing else: PUBACK, PUBREC, PUBREL, PUBCOMP, UNSUBACK.</summary>
    /// <returns>Bytes written.</returns>
    public static int WritePacketId(Span<byte> target, MqttPacketType type, ushort packetId)
    {
        target[0] = (byte)(((int)type << 4) | (type == MqttPacketType.PubRel ? 2 : 0));
        target[1] = 2;
        BinaryPrimitives.WriteUInt16BigEndian(target[2..], packetId);
        return ShortPacketLength;
    }

    /// <summary>Bytes of a SUBACK at most.</summary>
    public static int MaxSubAckLength(int filters) => 1 + MaxLengthBytes + 2 + filters;

    /// <summary>SUBACK.</summary>
    /// <param name="codes">For each filter the QoS granted, or 0x80.</param>
    /// <returns>Bytes written.</returns>
    public static int WriteSubAck(Span<byte> target, ushort packetId, ReadOnlySpan<byte> codes)
    {
        target[0] = (byte)MqttPacketType.SubAck << 4;
        int length = 1 + WriteLength(target[1..], 2 + codes.Length);
        BinaryPrimitives.WriteUInt16BigEndian(target[length..], packetId);
        codes.CopyTo(target[(length + 2)..]);
        return length + 2 + codes.Length;
    }

    /// <summary>Bytes of what comes before a PUBLISH packet's payload at most.</summary>
    public static int MaxPublishHeaderLength(int topicLength) => PublishOverhead + topicLength;

    /// <summary>Everything of a PUBLISH packet but its payload.</summary>
    /// <param name="packetId">Written with QoS 1 and 2.</param>
    /// <returns>Bytes written.</returns>
    public static int WritePublishHeader(Span<byte> target, ReadOnlySpan<byte> topic, int payloadLength, int qos, bool retain, bool duplicate, ushort packetId)
    {
        target[0] = (byte)(((int)MqttPacketType.Publish << 4) | (qos << 1) | (retain ? RetainFlag : 0) | (duplicate ? DuplicateFlag : 0));
        int length = 1 + WriteLength(target[1..], 2 + topic.Length + payloadLength + (qos > 0 ? 2 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(target[length..], (ushort)topic.Length);
        length += 2;
        topic.CopyTo(target[length..]);
        length += topic.Length;
        if (qos == 0) return length;
        BinaryPrimitives.WriteUInt16BigEndian(target[length..], packetId);
        return length + 2;
    }

    private static int WriteLength(Span<byte> target, int value)
    {
        int length = 0;
        while (value > 0x7F)
        {
            target[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        target[length++] = (byte)value;
        return length;
    }
}
