using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;

namespace DotNats.Server.Tracing;

/// <summary>The forms in which an event may be published, asked for with <c>Accept-Encoding</c>.</summary>
internal static class TraceEncoding
{
    /// <summary>Bytes a chunk of the Snappy framing format may carry.</summary>
    private const int MaxChunkBytes = 65536;

    /// <summary>Name for <c>Content-Encoding</c>; null where nothing was asked for. Snappy wins over gzip; what is unknown gets <c>identity</c>.</summary>
    public static string? Choose(string? acceptEncoding)
    {
        if (acceptEncoding is null) return null;
        if (Mentions(acceptEncoding, "snappy") || Mentions(acceptEncoding, "s2")) return "snappy";
        return Mentions(acceptEncoding, "gzip") ? "gzip" : "identity";
    }

    /// <summary>Encodes an event in a form <see cref="Choose"/> named.</summary>
    public static byte[] Encode(string? encoding, byte[] content) => encoding switch
    {
        "gzip" => Gzip(content),
        "snappy" => SnappyFrames(content),
        _ => content,
    };

    private static bool Mentions(string acceptEncoding, string name) => acceptEncoding.Contains(name, StringComparison.OrdinalIgnoreCase);

    private static byte[] Gzip(byte[] content)
    {
        var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest)) gzip.Write(content);
        return target.ToArray();
    }

    // Snappy framing format: stream identifier, then chunks of type, three bytes of length, masked CRC-32C, data.
    // Only stored chunks (type 1) are written: every decoder takes them, and an event of a few hundred bytes gains little.
    private static byte[] SnappyFrames(ReadOnlySpan<byte> content)
    {
        var target = new MemoryStream(content.Length + 32);
        target.Write([0xFF, 6, 0, 0, .. "sNaPpY"u8]);
        Span<byte> head = stackalloc byte[8];
        while (!content.IsEmpty)
        {
            ReadOnlySpan<byte> data = content[..Math.Min(content.Length, MaxChunkBytes)];
            BinaryPrimitives.WriteUInt32LittleEndian(head, ((uint)data.Length + 4) << 8 | 1);
            BinaryPrimitives.WriteUInt32LittleEndian(head[4..], MaskedChecksum(data));
            target.Write(head);
            target.Write(data);
            content = content[data.Length..];
        }

        return target.ToArray();
    }

    private static uint MaskedChecksum(ReadOnlySpan<byte> data)
    {
        uint checksum = uint.MaxValue;
        foreach (byte value in data) checksum = BitOperations.Crc32C(checksum, value);
        // The format's own rotation and constant: a checksum of data that holds checksums would be weak.
        return BitOperations.RotateRight(~checksum, 15) + 0xA282EAD8;
    }
}
