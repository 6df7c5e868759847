using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using DotNats.Protocol.Mqtt;

namespace DotNats.Mqtt.Store;

/// <summary>A retained message as it is stored: nats-server's record.</summary>
/// <param name="Subject">What it was published under.</param>
/// <param name="Flags">Of the PUBLISH packet: retain, QoS, duplicate.</param>
/// <param name="Origin">Server that stored it.</param>
/// <param name="Source">User who published it; empty for nobody in particular.</param>
/// <param name="Payload">Empty for one that is forgotten.</param>
internal sealed record RetainedRecord(string Subject, byte Flags, string Origin, string Source, ReadOnlyMemory<byte> Payload)
{
    private const int QosMask = 3;

    /// <summary>QoS it was published with.</summary>
    public int Qos => (Flags >> 1) & QosMask;

    /// <summary>The topic, made of the subject: a stream may have come from another account with other names.</summary>
    public byte[] Topic => MqttTopics.ToTopic(Encoding.UTF8.GetBytes(Subject));

    /// <summary>Header block of a record.</summary>
    /// <remarks>Compat: a record that forgets has a mark before its flags, which older servers cannot read and so leave alone.</remarks>
    public static byte[] Headers(ReadOnlySpan<byte> topic, byte flags, string origin, string source, bool forgets)
    {
        var text = new StringBuilder("NATS/1.0\r\nNmqtt-RTopic:");
        text.Append(Encoding.UTF8.GetString(topic)).Append("\r\nNmqtt-RFlags:").Append(forgets ? "-" : "").Append(flags.ToString("x", null)).Append("\r\n");
        if (origin.Length > 0) text.Append("Nmqtt-ROrigin:").Append(origin).Append("\r\n");
        if (source.Length > 0) text.Append("Nmqtt-RSource:").Append(source).Append("\r\n");
        return Encoding.UTF8.GetBytes(text.Append("\r\n").ToString());
    }

    /// <summary>Reads a record, also one of an older server; null where it is none.</summary>
    /// <param name="subject">What it is stored under.</param>
    public static RetainedRecord? Read(string subject, ReadOnlySpan<byte> headers, ReadOnlyMemory<byte> payload)
    {
        if (!subject.StartsWith(MqttSubjects.RetainedPrefix, StringComparison.Ordinal)) return null;
        subject = subject[MqttSubjects.RetainedPrefix.Length..];
        ReadOnlySpan<byte> flags = MqttHeaderBlock.Find(headers, "Nmqtt-RFlags"u8);
        if (flags.IsEmpty) return ReadJson(subject, payload);
        if (flags.Length > 1 && flags[0] == '-') flags = flags[1..];
        if (!Utf8Parser.TryParse(flags, out byte value, out int length, 'x') || length != flags.Length || !IsValid(value)) return null;
        return new RetainedRecord(subject, value, Text(headers, "Nmqtt-ROrigin"u8), Text(headers, "Nmqtt-RSource"u8), payload);
    }

    private static RetainedRecord? ReadJson(string subject, ReadOnlyMemory<byte> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement record = document.RootElement;
            if (record.ValueKind != JsonValueKind.Object) return null;
            byte flags = record.TryGetProperty("flags", out JsonElement number) ? number.GetByte() : (byte)0;
            byte[] payload = record.TryGetProperty("msg", out JsonElement bytes) ? bytes.GetBytesFromBase64() : [];
            return IsValid(flags) ? new RetainedRecord(subject, flags, Text(record, "origin"), Text(record, "source"), payload) : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static bool IsValid(byte flags) => flags < 0x0F && ((flags >> 1) & QosMask) < QosMask;

    private static string Text(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> name) => Encoding.UTF8.GetString(MqttHeaderBlock.Find(headers, name));

    private static string Text(JsonElement record, string name) => record.TryGetProperty(name, out JsonElement value) ? value.GetString() ?? "" : "";
}
