using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace DotNats.Primitives;

/// <summary>Writes the Snappy framing format, which S2 readers take too. Specified with Snappy as <c>framing_format.txt</c>.</summary>
public static class SnappyFrames
{
    // The format's limit for the content of one chunk.
    private const int MaxChunkBytes = 65536;

    private static ReadOnlySpan<byte> StreamIdentifier => [0xFF, 6, 0, 0, (byte)'s', (byte)'N', (byte)'a', (byte)'P', (byte)'p', (byte)'Y'];

    private const byte CompressedChunk = 0;
    private const byte StoredChunk = 1;

    /// <summary>One whole stream: its identifier, then chunks of type, three bytes of length, masked CRC-32C and data.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> content)
    {
        var target = new ArrayBufferWriter<byte>(Math.Max(32, content.Length / 2));
        target.Write(StreamIdentifier);
        byte[] compressed = ArrayPool<byte>.Shared.Rent(SnappyBlock.MaxEncodedLength(Math.Min(content.Length, MaxChunkBytes)));
        while (!content.IsEmpty)
        {
            ReadOnlySpan<byte> data = content[..Math.Min(content.Length, MaxChunkBytes)];
            int length = SnappyBlock.Encode(data, compressed);
            // What saves less than an eighth is stored, as the reference does: reading it is faster.
            if (length < data.Length - (data.Length / 8)) WriteChunk(target, CompressedChunk, data, compressed.AsSpan(0, length));
            else WriteChunk(target, StoredChunk, data, data);
            content = content[data.Length..];
        }

        ArrayPool<byte>.Shared.Return(compressed);
        return target.WrittenSpan.ToArray();
    }

    /// <summary>The checksum of a chunk's content before compression.</summary>
    public static uint Checksum(ReadOnlySpan<byte> data)
    {
        uint checksum = uint.MaxValue;
        foreach (byte value in data) checksum = BitOperations.Crc32C(checksum, value);
        // The format's own rotation and constant: a checksum of data that holds checksums would be weak.
        return BitOperations.RotateRight(~checksum, 15) + 0xA282EAD8;
    }

    private static void WriteChunk(ArrayBufferWriter<byte> target, byte type, ReadOnlySpan<byte> data, ReadOnlySpan<byte> written)
    {
        Span<byte> head = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(head, ((uint)written.Length + 4) << 8 | type);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], Checksum(data));
        target.Write(head);
        target.Write(written);
    }
}
