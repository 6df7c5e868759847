using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using DotNats.Primitives;

namespace DotNats.Protocol.Mqtt;

/// <summary>Reads the fields of one packet's body, one after the other.</summary>
// The first error stays: everything read after it is empty.
internal ref struct MqttFieldReader(ReadOnlySpan<byte> body)
{
    private readonly ReadOnlySpan<byte> _body = body;

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    /// <summary>What is wrong; null while all is well.</summary>
    public string? Error { get; private set; }

    public readonly bool IsAtEnd => Position == _body.Length;

    public readonly ReadOnlySpan<byte> Rest => _body[Position..];

    public byte ReadByte(string field)
    {
        if (Error is not null) return 0;
        if (Position < _body.Length) return _body[Position++];
        Fail($"error reading {field}: EOF");
        return 0;
    }

    public ushort ReadUInt16(string field)
    {
        if (Error is not null) return 0;
        if (_body.Length - Position < 2)
        {
            Fail($"error reading {field}: unexpected EOF");
            return 0;
        }

        Position += 2;
        return BinaryPrimitives.ReadUInt16BigEndian(_body[(Position - 2)..]);
    }

    /// <summary>Bytes behind their length.</summary>
    public ReadOnlySpan<byte> ReadBytes(string field)
    {
        int length = ReadUInt16(field);
        if (Error is not null) return default;
        if (_body.Length - Position < length)
        {
            Fail($"error reading {field}: unexpected EOF");
            return default;
        }

        Position += length;
        return _body.Slice(Position - length, length);
    }

    /// <summary>A packet identifier, which is not 0.</summary>
    public ushort ReadPacketId()
    {
        ushort packetId = ReadUInt16("packet identifier");
        if (Error is null && packetId == 0) Fail("packet identifier cannot be 0");
        return packetId;
    }

    public void Fail(string error) => Error ??= error;

    /// <summary>What is wrong with text that ought to be UTF-8 without U+0000; null for nothing.</summary>
    public static string? CheckText(ReadOnlySpan<byte> text, string field)
    {
        if (!Utf8.IsValid(text)) return $"invalid utf8 for {field} {GoQuote.Quote(text)}";
        return text.Contains((byte)0) ? $"invalid null character in {field} {GoQuote.Quote(text)}" : null;
    }
}
