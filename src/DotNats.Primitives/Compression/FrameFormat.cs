using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace DotNats.Primitives;

/// <summary>The framing that Snappy and S2 share: an identifier, then chunks of type, three bytes of length, masked CRC-32C and data.</summary>
// Source: framing_format.txt of Snappy; the documentation of S2 changes the identifier and lets chunks hold up to 4 MiB.
internal static class FrameFormat
{
    public const byte CompressedChunk = 0;
    public const byte StoredChunk = 1;
    public const byte IdentifierChunk = 0xFF;

    /// <summary>Types from here on may be passed over by whoever does not know them: padding and indexes are among them.</summary>
    public const byte FirstSkippable = 0x80;

    public const int HeadBytes = 4;
    public const int ChecksumBytes = 4;
    public const int IdentifierBytes = 6;
    public const int MaxSnappyContent = 65536;

    public static ReadOnlySpan<byte> SnappyName => "sNaPpY"u8;

    public static ReadOnlySpan<byte> S2Name => "S2sTwO"u8;

    /// <summary>The checksum of a chunk's content before compression.</summary>
    public static uint Checksum(ReadOnlySpan<byte> data)
    {
        uint checksum = uint.MaxValue;
        for (; data.Length >= 8; data = data[8..]) checksum = BitOperations.Crc32C(checksum, BinaryPrimitives.ReadUInt64LittleEndian(data));
        foreach (byte value in data) checksum = BitOperations.Crc32C(checksum, value);
        // The format's own rotation and constant: a checksum of data that holds checksums would be weak.
        return BitOperations.RotateRight(~checksum, 15) + 0xA282EAD8;
    }

    public static void WriteIdentifier(IBufferWriter<byte> target, ReadOnlySpan<byte> name)
    {
        target.Write<byte>([IdentifierChunk, IdentifierBytes, 0, 0]);
        target.Write(name);
    }

    /// <summary>One chunk of content, compressed where that helps.</summary>
    public static void WriteChunk(IBufferWriter<byte> target, ReadOnlySpan<byte> content, bool isSnappy)
    {
        const int headBytes = HeadBytes + ChecksumBytes;
        Span<byte> room = target.GetSpan(headBytes + S2Block.MaxEncodedLength(content.Length));
        Span<byte> data = room[headBytes..];
        int length = isSnappy ? SnappyBlock.Encode(content, data) : S2Block.Encode(content, data);
        // What saves less than an eighth is stored, as the reference does: reading it is faster.
        bool helps = length < content.Length - (content.Length / 8);
        if (!helps)
        {
            content.CopyTo(data);
            length = content.Length;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(room, (uint)(length + ChecksumBytes) << 8 | (helps ? CompressedChunk : StoredChunk));
        BinaryPrimitives.WriteUInt32LittleEndian(room[HeadBytes..], Checksum(content));
        target.Advance(headBytes + length);
    }
}
