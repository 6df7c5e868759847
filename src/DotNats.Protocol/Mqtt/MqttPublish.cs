namespace DotNats.Protocol.Mqtt;

/// <summary>A PUBLISH packet from a client, as views into the packet it was read from.</summary>
// Owner and lifetime: those of the packet. Never stored.
public ref struct MqttPublish
{
    private const byte RetainFlag = 1;
    private const byte DuplicateFlag = 8;

    /// <summary>As the client spelled it: UTF-8 without U+0000, not empty.</summary>
    public ReadOnlySpan<byte> Topic;

    public ReadOnlySpan<byte> Payload;

    /// <summary>0 with QoS 0 alone.</summary>
    public ushort PacketId;

    /// <summary>0, 1 or 2.</summary>
    public int Qos;

    public bool Retain;

    public bool Duplicate;

    /// <summary>Reads the body of a PUBLISH packet.</summary>
    /// <remarks>
    /// Whether the topic can be a subject is found out by whoever converts it (<see cref="MqttTopics"/>); nats-server does that before it reads
    /// the packet identifier, which only its log can show.
    /// </remarks>
    /// <param name="rejectQos2">The server takes no QoS 2.</param>
    /// <returns>What is wrong; null for nothing.</returns>
    public static string? Read(in MqttPacket packet, bool rejectQos2, out MqttPublish publish)
    {
        publish = default;
        publish.Qos = (packet.Flags >> 1) & 3;
        publish.Retain = (packet.Flags & RetainFlag) != 0;
        publish.Duplicate = (packet.Flags & DuplicateFlag) != 0;
        if (publish.Qos > 2) return $"QoS={publish.Qos} is invalid in MQTT";
        if (rejectQos2 && publish.Qos == 2) return "QoS=2 is disabled for PUBLISH messages";
        var fields = new MqttFieldReader(packet.Body);
        publish.Topic = fields.ReadBytes("topic");
        if (fields.Error is not null) return fields.Error;
        if (publish.Topic.IsEmpty) return "topic cannot be empty";
        if (MqttFieldReader.CheckText(publish.Topic, "topic") is { } error) return error;
        if (publish.Qos > 0)
        {
            publish.PacketId = fields.ReadUInt16("packet identifier");
            if (fields.Error is not null) return fields.Error;
            if (publish.PacketId == 0) return $"with QoS={publish.Qos}, packet identifier cannot be 0";
        }

        publish.Payload = fields.Rest;
        return null;
    }
}
