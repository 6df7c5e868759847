using System.Buffers.Text;
using System.Text;

namespace DotNats.Mqtt.Store;

/// <summary>The header blocks by which MQTT messages are known among others.</summary>
/// <remarks>Compat: nats-server's names and forms, without a blank behind the colon: stores and servers of either read them.</remarks>
internal static class MqttHeaderBlock
{
    /// <summary>Bytes of <see cref="WritePublish"/>.</summary>
    public const int PublishLength = 10 + 13 + 2;

    // Beside the subjects: status line, three names with colons and line ends, QoS and flags, the empty line.
    private const int StagedOverhead = 10 + 14 + 16 + 15 + 2;

    private static ReadOnlySpan<byte> FlagDigits => "0123456789abcdef"u8;

    private static ReadOnlySpan<byte> StatusLine => "NATS/1.0\r\n"u8;

    /// <summary>Bytes of <see cref="WriteStaged"/> at most.</summary>
    public static int MaxStagedLength(int subjectLength, int mappedLength) => StagedOverhead + subjectLength + mappedLength;

    /// <summary>For a message that is published: with which QoS.</summary>
    /// <returns>Bytes written.</returns>
    public static int WritePublish(Span<byte> target, int qos)
    {
        "NATS/1.0\r\nNmqtt-Pub:0\r\n\r\n"u8.CopyTo(target);
        target["NATS/1.0\r\nNmqtt-Pub:"u8.Length] = (byte)('0' + qos);
        return PublishLength;
    }

    /// <summary>For a QoS 2 message that waits for its PUBREL.</summary>
    /// <param name="mapped">The subject before a mapping; empty where there was none.</param>
    /// <returns>Bytes written.</returns>
    public static int WriteStaged(Span<byte> target, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> mapped, bool retain, bool duplicate)
    {
        int flags = (2 << 1) | (retain ? 1 : 0) | (duplicate ? 8 : 0);
        int length = Append(target, 0, "NATS/1.0\r\nNmqtt-Pub:2"u8);
        target[length++] = FlagDigits[flags];
        length = Append(target, length, "\r\nNmqtt-Subject:"u8);
        length = Append(target, length, subject);
        if (!mapped.IsEmpty)
        {
            length = Append(target, length, "\r\nNmqtt-Mapped:"u8);
            length = Append(target, length, mapped);
        }

        return Append(target, length, "\r\n\r\n"u8);
    }

    /// <summary>For a PUBREL that is to be sent.</summary>
    public static byte[] Release(ushort packetId) => Encoding.ASCII.GetBytes($"NATS/1.0\r\nNmqtt-PubRel:{packetId}\r\n\r\n");

    /// <summary>QoS a message was published with by MQTT; null for what did not come from there.</summary>
    public static int? ReadQos(ReadOnlySpan<byte> headers)
    {
        ReadOnlySpan<byte> value = Find(headers, "Nmqtt-Pub"u8);
        return value.IsEmpty ? null : value[0] - '0';
    }

    /// <summary>Reads what <see cref="WriteStaged"/> wrote; false for any other message.</summary>
    public static bool TryReadStaged(ReadOnlySpan<byte> headers, out ReadOnlySpan<byte> subject, out ReadOnlySpan<byte> mapped, out bool retain)
    {
        ReadOnlySpan<byte> value = Find(headers, "Nmqtt-Pub"u8);
        subject = Find(headers, "Nmqtt-Subject"u8);
        mapped = Find(headers, "Nmqtt-Mapped"u8);
        // Servers before 2.15 wrote no flags.
        int flags = value.Length > 1 ? FlagDigits.IndexOf(value[1]) : 0;
        retain = flags > 0 && (flags & 1) != 0;
        return value.Length > 0 && value[0] == '2' && !subject.IsEmpty;
    }

    /// <summary>Packet identifier of a PUBREL that is to be sent; 0 for any other message.</summary>
    public static ushort ReadRelease(ReadOnlySpan<byte> headers)
    {
        ReadOnlySpan<byte> value = Find(headers, "Nmqtt-PubRel"u8);
        return Utf8Parser.TryParse(value, out ushort packetId, out int length) && length == value.Length ? packetId : (ushort)0;
    }

    /// <summary>Value of the first header of that name, without blanks around it; empty where there is none.</summary>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> name)
    {
        if (!headers.StartsWith(StatusLine)) return default;
        headers = headers[StatusLine.Length..];
        int end;
        while ((end = headers.IndexOf("\r\n"u8)) > 0)
        {
            ReadOnlySpan<byte> line = headers[..end];
            if (line.Length > name.Length && line[name.Length] == ':' && line.StartsWith(name)) return line[(name.Length + 1)..].Trim((byte)' ');
            headers = headers[(end + 2)..];
        }

        return default;
    }

    private static int Append(Span<byte> target, int length, ReadOnlySpan<byte> text)
    {
        text.CopyTo(target[length..]);
        return length + text.Length;
    }
}
