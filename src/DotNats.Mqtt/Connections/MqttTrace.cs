using System.Globalization;
using System.Text;
using DotNats.Primitives;
using DotNats.Protocol.Mqtt;
using DotNats.Protocol.Text;
using DotNats.Server.Connections;

namespace DotNats.Mqtt.Connections;

/// <summary>Protocol traces of MQTT clients, in the form nats-server's users grep for. Called only where tracing is on; cost is no object.</summary>
internal static class MqttTrace
{
    public static void Inbound(MqttSession session, string packet, string? text = null) => Write(session, "<<-", packet, text);

    public static void Outbound(MqttSession session, string packet, string? text = null) => Write(session, "->>", packet, text);

    public static string PacketId(ushort id) => string.Create(CultureInfo.InvariantCulture, $"pi={id}");

    /// <summary>CONNECT without its secrets.</summary>
    public static string Describe(MqttConnect connect)
    {
        var text = new StringBuilder($"clientID={connect.ClientId}");
        if (connect.ReadTimeout is { } patience) text.Append(" keepAlive=").Append(GoDuration.Format(patience));
        if (connect.Will is { } will) text.Append($" will=(topic={Encoding.UTF8.GetString(will.Topic)} QoS={will.Qos} retain={Bool(will.Retain)})");
        if (connect.CleanSession) text.Append(" clean");
        if (!string.IsNullOrEmpty(connect.Username)) text.Append(" username=").Append(connect.Username);
        if (!string.IsNullOrEmpty(connect.Password)) text.Append(" password=****");
        return text.ToString();
    }

    /// <summary>PUBLISH without its payload.</summary>
    public static string DescribePublish(ReadOnlySpan<byte> topic, int size, int qos, bool retain, bool duplicate, ushort packetId)
    {
        string id = packetId == 0 ? "" : " " + PacketId(packetId);
        return $"{Encoding.UTF8.GetString(topic)} dup={Bool(duplicate)} QoS={qos} retain={Bool(retain)} size={size}{id}";
    }

    public static void InboundPayload(MqttSession session, ReadOnlySpan<byte> payload)
    {
        int most = session.Connection.Server.Options.Limits.MaxTracedMessageBytes;
        string text = most > 0 && payload.Length > most ? $"\"{Encoding.UTF8.GetString(payload[..most])}...\"" : GoQuote.Quote(payload);
        SessionLog.Trace(session.Connection.Server.Logger, session, $"<<- MSG_PAYLOAD: [{text}]");
    }

    /// <summary>SUBSCRIBE or UNSUBSCRIBE.</summary>
    public static string DescribeFilters(MqttFilter[] filters, ushort packetId, bool withQos)
    {
        var text = new StringBuilder("[");
        for (int i = 0; i < filters.Length; i++)
        {
            MqttFilter filter = filters[i];
            if (i > 0) text.Append(", ");
            text.Append(Encoding.UTF8.GetString(filter.Topic)).Append(" (").Append(filter.Subject).Append(')');
            if (withQos) text.Append(" QoS=").Append(filter.Qos);
        }

        return text.Append("] ").Append(PacketId(packetId)).ToString();
    }

    public static string ConnAck(bool isPresent, MqttConnectCode code) => $"sp={Bool(isPresent)} rc={(int)code}";

    private static string Bool(bool value) => value ? "true" : "false";

    private static void Write(MqttSession session, string arrow, string packet, string? text) =>
        SessionLog.Trace(session.Connection.Server.Logger, session, text is null ? $"{arrow} [{packet}]" : $"{arrow} [{packet} {text}]");
}
