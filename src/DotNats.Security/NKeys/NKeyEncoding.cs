using System.Buffers.Binary;
using System.Diagnostics;

namespace DotNats.Security;

/// <summary>The text forms of nkeys: public keys of 56 characters and seeds of 58.</summary>
/// <remarks>Format: https://docs.nats.io/using-nats/developer/connecting/nkey and the nkeys README: prefix, 32 bytes, CRC-16 (little endian), Base32.</remarks>
internal static class NKeyEncoding
{
    public const int KeyBytes = 32;
    public const int PublicLength = 56;
    public const int SeedLength = 58;

    private const int PublicBytes = 1 + KeyBytes + 2;
    private const int SeedBytes = 2 + KeyBytes + 2;

    // A prefix is the letter's Base32 value in the upper five bits, so that the first character of the text is the letter itself.
    private const byte SeedPrefix = 18 << 3;

    public static string EncodePublic(NKeyKind kind, ReadOnlySpan<byte> key)
    {
        Span<byte> raw = stackalloc byte[PublicBytes];
        raw[0] = Prefix(kind);
        key.CopyTo(raw[1..]);
        return Finish(raw);
    }

    public static string EncodeSeed(NKeyKind kind, ReadOnlySpan<byte> seed)
    {
        // Both letters must show, so the kind's five bits are spread over the two bytes behind the seed's own five.
        byte prefix = Prefix(kind);
        Span<byte> raw = stackalloc byte[SeedBytes];
        raw[0] = (byte)(SeedPrefix | prefix >> 5);
        raw[1] = (byte)(prefix << 3);
        seed.CopyTo(raw[2..]);
        string text = Finish(raw);
        raw.Clear();
        return text;
    }

    public static bool TryDecodePublic(ReadOnlySpan<char> text, out NKeyKind kind, Span<byte> key)
    {
        kind = default;
        Span<byte> raw = stackalloc byte[PublicBytes];
        if (!Base32.TryDecode(text, raw) || !ChecksumHolds(raw) || !TryKind(raw[0], out kind))
            return false;
        raw.Slice(1, KeyBytes).CopyTo(key);
        return true;
    }

    public static bool TryDecodeSeed(ReadOnlySpan<char> text, out NKeyKind kind, Span<byte> seed)
    {
        kind = default;
        Span<byte> raw = stackalloc byte[SeedBytes];
        if (!Base32.TryDecode(text, raw) || !ChecksumHolds(raw) || (raw[0] & 0xF8) != SeedPrefix || (raw[1] & 7) != 0
            || !TryKind((byte)(raw[0] << 5 | raw[1] >> 3), out kind))
        {
            raw.Clear();
            return false;
        }

        raw.Slice(2, KeyBytes).CopyTo(seed);
        raw.Clear();
        return true;
    }

    private static string Finish(Span<byte> raw)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(raw[^2..], Crc16.Compute(raw[..^2]));
        Span<char> text = stackalloc char[Base32.EncodedLength(raw.Length)];
        Base32.Encode(raw, text);
        string result = new(text);
        text.Clear();
        return result;
    }

    private static bool ChecksumHolds(ReadOnlySpan<byte> raw) =>
        BinaryPrimitives.ReadUInt16LittleEndian(raw[^2..]) == Crc16.Compute(raw[..^2]);

    private static byte Prefix(NKeyKind kind) => kind switch
    {
        NKeyKind.Operator => 14 << 3,
        NKeyKind.Account => 0,
        NKeyKind.User => 20 << 3,
        NKeyKind.Server => 13 << 3,
        NKeyKind.Cluster => 2 << 3,
        NKeyKind.Curve => 23 << 3,
        _ => throw new UnreachableException(),
    };

    private static bool TryKind(byte prefix, out NKeyKind kind)
    {
        (bool known, kind) = prefix switch
        {
            14 << 3 => (true, NKeyKind.Operator),
            0 => (true, NKeyKind.Account),
            20 << 3 => (true, NKeyKind.User),
            13 << 3 => (true, NKeyKind.Server),
            2 << 3 => (true, NKeyKind.Cluster),
            23 << 3 => (true, NKeyKind.Curve),
            _ => (false, default),
        };
        return known;
    }
}
