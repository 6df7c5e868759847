using System.Text;
using DotNats.Primitives;

namespace DotNats.Protocol.Mqtt;

/// <summary>One topic filter of a SUBSCRIBE or UNSUBSCRIBE packet.</summary>
/// <param name="Topic">As the client spelled it.</param>
/// <param name="Subject">As a subject; empty where it cannot be one.</param>
/// <param name="Qos">What was asked for; 0 in an UNSUBSCRIBE.</param>
/// <param name="Error">Why it cannot be a subject; null where it can.</param>
public sealed record MqttFilter(byte[] Topic, string Subject, int Qos, string? Error);

/// <summary>Reads SUBSCRIBE, UNSUBSCRIBE and the packets that are a packet identifier and nothing else.</summary>
/// <remarks>Checks, their order and texts are nats-server 2.15's.</remarks>
public static class MqttFilters
{
    /// <summary>Reads a SUBSCRIBE or UNSUBSCRIBE.</summary>
    /// <returns>What is wrong; null for nothing. A filter that cannot be a subject is not wrong here: it fails alone.</returns>
    public static string? Read(in MqttPacket packet, out ushort packetId, out MqttFilter[] filters)
    {
        bool isSubscribe = packet.Type == MqttPacketType.Subscribe;
        var fields = new MqttFieldReader(packet.Body);
        packetId = fields.ReadPacketId();
        filters = [];
        if (fields.Error is not null) return fields.Error;
        var read = new List<MqttFilter>();
        while (!fields.IsAtEnd)
        {
            if (ReadOne(ref fields, isSubscribe) is { } filter) read.Add(filter);
            if (fields.Error is not null) return fields.Error;
        }

        if (read.Count == 0) return isSubscribe ? "subscribe protocol must contain at least 1 topic filter" : "unsubscribe protocol must contain at least 1 topic filter";
        filters = [.. read];
        return null;
    }

    /// <summary>Reads a PUBACK, PUBREC, PUBREL or PUBCOMP.</summary>
    /// <returns>What is wrong; null for nothing.</returns>
    public static string? ReadPacketId(in MqttPacket packet, out ushort packetId)
    {
        var fields = new MqttFieldReader(packet.Body);
        packetId = fields.ReadPacketId();
        return fields.Error;
    }

    private static MqttFilter? ReadOne(ref MqttFieldReader fields, bool isSubscribe)
    {
        const string Field = "topic filter";
        ReadOnlySpan<byte> topic = fields.ReadBytes(Field);
        if (fields.Error is null && topic.IsEmpty) fields.Fail("topic filter cannot be empty");
        if (fields.Error is null && MqttFieldReader.CheckText(topic, Field) is { } error) fields.Fail(error);
        int qos = isSubscribe ? fields.ReadByte("QoS") : 0;
        if (qos > 2) fields.Fail($"subscribe QoS value must be 0, 1 or 2, got {qos}");
        if (fields.Error is not null) return null;
        byte[]? subject = MqttTopics.ToSubject(topic, isFilter: true, out string? wrong);
        return new MqttFilter(topic.ToArray(), subject is null ? "" : Encoding.UTF8.GetString(subject), qos, wrong);
    }
}
