namespace DotNats.Protocol.Mqtt;

/// <summary>What a topic means to Sparkplug B.</summary>
public enum SparkplugKind : byte
{
    None,

    /// <summary>NBIRTH or DBIRTH.</summary>
    Birth,

    /// <summary>NDEATH or DDEATH.</summary>
    Death,
}

/// <summary>Topics and payloads that a Sparkplug-aware server treats in a way of their own.</summary>
// Source: Sparkplug 3.0, operational behaviour and conformance of MQTT servers; what is looked at is what nats-server looks at.
public static class SparkplugTopic
{
    private const int VarIntWireType = 0;
    private const int FixedWireType64 = 1;
    private const int BytesWireType = 2;
    private const int FixedWireType32 = 5;
    private const ulong TimestampField = 1;

    // A field number with its wire type, and the longest varint.
    private const int TimestampLength = 1 + 10;

    /// <summary>Below it births are kept: <c>$sparkplug/certificates/spBv1.0/group/NBIRTH/node</c>.</summary>
    public static ReadOnlySpan<byte> CertificatesPrefix => "$sparkplug/certificates/"u8;

    /// <summary>What a topic is.</summary>
    /// <param name="isCertificate">It is one below <see cref="CertificatesPrefix"/>.</param>
    public static SparkplugKind Read(ReadOnlySpan<byte> topic, out bool isCertificate)
    {
        isCertificate = topic.StartsWith(CertificatesPrefix);
        if (isCertificate) topic = topic[CertificatesPrefix.Length..];
        ReadOnlySpan<byte> name = "spBv1.0/"u8;
        SparkplugKind kind = topic.StartsWith(name) ? ReadKind(topic[name.Length..]) : SparkplugKind.None;
        if (kind == SparkplugKind.None) isCertificate = false;
        return kind;
    }

    /// <summary>The payload of a death with its timestamp replaced, or with one at its end where it had none.</summary>
    /// <param name="milliseconds">Since 1970, of the time of delivery.</param>
    /// <returns>The payload as it is where it is no protobuf message.</returns>
    public static ReadOnlySpan<byte> WithTimestamp(ReadOnlySpan<byte> payload, ulong milliseconds)
    {
        int at = 0;
        while (at < payload.Length)
        {
            if (!TryScanField(payload[at..], out ulong field, out int wireType, out int length)) return payload;
            if (field == TimestampField && wireType == VarIntWireType) return Splice(payload, at, length, milliseconds);
            at += length;
        }

        return Splice(payload, payload.Length, 0, milliseconds);
    }

    // group/type/node, perhaps /device.
    private static SparkplugKind ReadKind(ReadOnlySpan<byte> levels)
    {
        int count = levels.Count((byte)'/') + 1;
        if (count is < 3 or > 4) return SparkplugKind.None;
        levels = levels[(levels.IndexOf((byte)'/') + 1)..];
        levels = levels[..levels.IndexOf((byte)'/')];
        if (levels.SequenceEqual("NBIRTH"u8) || levels.SequenceEqual("DBIRTH"u8)) return SparkplugKind.Birth;
        return levels.SequenceEqual("NDEATH"u8) || levels.SequenceEqual("DDEATH"u8) ? SparkplugKind.Death : SparkplugKind.None;
    }

    private static byte[] Splice(ReadOnlySpan<byte> payload, int at, int removed, ulong milliseconds)
    {
        byte[] spliced = new byte[payload.Length - removed + TimestampLength];
        payload[..at].CopyTo(spliced);
        int length = at;
        spliced[length++] = (byte)(TimestampField << 3);
        for (; milliseconds > 0x7F; milliseconds >>= 7) spliced[length++] = (byte)(milliseconds | 0x80);
        spliced[length++] = (byte)milliseconds;
        payload[(at + removed)..].CopyTo(spliced.AsSpan(length));
        return spliced[..(length + payload.Length - at - removed)];
    }

    private static bool TryScanField(ReadOnlySpan<byte> bytes, out ulong field, out int wireType, out int length)
    {
        field = 0;
        wireType = 0;
        if (!TryReadVarInt(bytes, out ulong tag, out length)) return false;
        field = tag >> 3;
        wireType = (int)(tag & 7);
        if (field == 0 || field > int.MaxValue) return false;
        ulong size;
        switch (wireType)
        {
            case VarIntWireType:
                if (!TryReadVarInt(bytes[length..], out _, out int valueLength)) return false;
                size = (ulong)valueLength;
                break;
            case FixedWireType64:
                size = 8;
                break;
            case FixedWireType32:
                size = 4;
                break;
            case BytesWireType:
                if (!TryReadVarInt(bytes[length..], out size, out int sizeLength)) return false;
                length += sizeLength;
                break;
            default:
                return false;
        }

        if (size > (ulong)(bytes.Length - length)) return false;
        length += (int)size;
        return true;
    }

    private static bool TryReadVarInt(ReadOnlySpan<byte> bytes, out ulong value, out int length)
    {
        const int MaxBytes = 10;
        value = 0;
        for (length = 0; length < bytes.Length && length < MaxBytes;)
        {
            byte digit = bytes[length];
            // The tenth byte has room for one bit.
            if (length == MaxBytes - 1 && digit > 1) return false;
            value |= (ulong)(digit & 0x7F) << (7 * length);
            length++;
            if (digit < 0x80) return true;
        }

        return false;
    }
}
