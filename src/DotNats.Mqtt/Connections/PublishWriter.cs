using System.Buffers;
using DotNats.Mqtt.Store;
using DotNats.Protocol.Mqtt;
using DotNats.Server.Connections;

namespace DotNats.Mqtt.Connections;

/// <summary>PUBLISH packets into the outbound of a connection, whose lock the caller holds.</summary>
internal static class PublishWriter
{
    // Longer topics, which are rare, get a rented header.
    private const int StackBytes = 512;

    /// <summary>Appends one packet. Compat: what no packet could hold is cut off.</summary>
    public static AppendResult Write(
        MqttSession session, ReadOnlySpan<byte> topic, ReadOnlySpan<byte> payload, int qos, bool retain, bool duplicate, ushort packetId)
    {
        int most = MqttPacketWriter.MaxPublishHeaderLength(topic.Length);
        if (payload.Length > MqttPacketReader.MaxRemainingLength - most) payload = payload[..(MqttPacketReader.MaxRemainingLength - most)];
        byte[]? rented = most > StackBytes ? ArrayPool<byte>.Shared.Rent(most) : null;
        Span<byte> header = rented ?? stackalloc byte[StackBytes];
        int length = MqttPacketWriter.WritePublishHeader(header, topic, payload.Length, qos, retain, duplicate, packetId);
        Outbound outbound = session.Connection.Outbound;
        AppendResult result = outbound.Append(header[..length]);
        if (result != AppendResult.Closed && !payload.IsEmpty) result = outbound.Append(payload);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        if (session.TraceEnabled) MqttTrace.Outbound(session, "PUBLISH", MqttTrace.DescribePublish(topic, payload.Length, qos, retain, duplicate, packetId));
        return result;
    }

    /// <summary>Appends the retained messages that wait for a new subscription.</summary>
    public static AppendResult WriteRetained(MqttSession session, MqttInterest interest)
    {
        AppendResult result = AppendResult.Ok;
        if (interest.Retained is not { } retained) return result;
        interest.Retained = null;
        foreach (MqttRetainedDelivery message in retained)
            result = Write(session, message.Topic, message.Payload.Span, message.Qos, retain: true, duplicate: false, message.PacketId);
        return result;
    }
}
