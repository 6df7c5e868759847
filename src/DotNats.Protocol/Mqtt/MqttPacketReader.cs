namespace DotNats.Protocol.Mqtt;

/// <summary>What <see cref="MqttPacketReader.Read"/> made of the bytes it was given.</summary>
public enum MqttReadStatus : byte
{
    /// <summary>One whole packet was read.</summary>
    Done,

    /// <summary>The bytes so far are the start of a legal packet.</summary>
    NeedMore,

    /// <summary>No packet may begin like this: the connection is closed.</summary>
    Malformed,

    /// <summary>Longer than the limit for a peer that has not connected yet.</summary>
    TooLong,
}

/// <summary>Finds whole control packets in received bytes.</summary>
/// <remarks>
/// Keeps nothing: call it with all bytes that are not consumed yet. Limits, order of the checks and error texts are nats-server 2.15's.
/// </remarks>
public static class MqttPacketReader
{
    /// <summary>The largest remaining length that four bytes can tell.</summary>
    public const int MaxRemainingLength = 0xFFFFFFF;

    // Bytes the remaining length may take.
    private const int MaxLengthBytes = 4;

    /// <summary>Reads the packet at the front of <paramref name="bytes"/>.</summary>
    /// <param name="isConnected">A CONNECT was accepted: it is no error any more to begin with something else.</param>
    /// <param name="maxLength">Bytes a whole packet may have; negative for any number.</param>
    /// <param name="packet">The packet; with <see cref="MqttReadStatus.NeedMore"/> only its length, 0 while that is not known.</param>
    /// <param name="error">What is wrong, with <see cref="MqttReadStatus.Malformed"/>.</param>
    public static MqttReadStatus Read(ReadOnlySpan<byte> bytes, bool isConnected, int maxLength, out MqttPacket packet, out string? error)
    {
        packet = default;
        error = null;
        if (bytes.IsEmpty) return MqttReadStatus.NeedMore;
        packet.Type = (MqttPacketType)(bytes[0] >> 4);
        packet.Flags = (byte)(bytes[0] & 0x0F);
        if (!isConnected && packet.Type != MqttPacketType.Connect) error = NotConnect(bytes);
        else if (packet.Flags != FlagsOf(packet.Type, packet.Flags)) error = $"invalid fixed header flags {packet.Flags:x} for packet type {(int)packet.Type << 4:x}";
        if (error is not null) return MqttReadStatus.Malformed;

        MqttReadStatus status = ReadLength(bytes[1..], out int remaining, out int lengthBytes);
        if (status == MqttReadStatus.Malformed) error = "malformed variable int";
        if (status != MqttReadStatus.Done) return status;
        packet.Length = 1 + lengthBytes + remaining;
        if (maxLength >= 0 && packet.Length > maxLength) return MqttReadStatus.TooLong;
        if (packet.Length > bytes.Length) return MqttReadStatus.NeedMore;
        if (remaining != RemainingOf(packet.Type, remaining))
        {
            error = $"invalid remaining length {remaining} for packet type {(int)packet.Type << 4:x}";
            return MqttReadStatus.Malformed;
        }

        packet.Body = bytes[(1 + lengthBytes)..packet.Length];
        return MqttReadStatus.Done;
    }

    /// <summary>Error text for a packet no client sends.</summary>
    public static string UnknownType(MqttPacketType type) => $"received unknown packet type {(int)type}";

    private static string NotConnect(ReadOnlySpan<byte> bytes) => bytes.StartsWith("GET "u8)
        ? "MQTT clients over websocket must connect to the Websocket port, not the MQTT port"
        : $"the first packet should be a CONNECT ({(int)MqttPacketType.Connect << 4}), got {bytes[0] & 0xF0}";

    private static byte FlagsOf(MqttPacketType type, byte flags) => type switch
    {
        MqttPacketType.Connect or MqttPacketType.PubAck or MqttPacketType.PubRec or MqttPacketType.PubComp
            or MqttPacketType.PingRequest or MqttPacketType.Disconnect => 0,
        MqttPacketType.PubRel or MqttPacketType.Subscribe or MqttPacketType.Unsubscribe => 2,
        _ => flags,
    };

    private static int RemainingOf(MqttPacketType type, int remaining) => type switch
    {
        MqttPacketType.PubAck or MqttPacketType.PubRec or MqttPacketType.PubRel or MqttPacketType.PubComp => 2,
        MqttPacketType.PingRequest or MqttPacketType.Disconnect => 0,
        _ => remaining,
    };

    private static MqttReadStatus ReadLength(ReadOnlySpan<byte> bytes, out int value, out int length)
    {
        value = 0;
        for (length = 0; length < bytes.Length;)
        {
            byte digit = bytes[length];
            value |= (digit & 0x7F) << (7 * length);
            length++;
            if (digit < 0x80) return MqttReadStatus.Done;
            if (length == MaxLengthBytes) return MqttReadStatus.Malformed;
        }

        return MqttReadStatus.NeedMore;
    }
}
