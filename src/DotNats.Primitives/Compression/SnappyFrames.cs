using System.Buffers;

namespace DotNats.Primitives;

/// <summary>Writes the Snappy framing format, which S2 readers take too. Specified with Snappy as <c>framing_format.txt</c>.</summary>
public static class SnappyFrames
{
    /// <summary>One whole stream: its identifier, then chunks of at most 64 KiB of content.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> content)
    {
        var target = new ArrayBufferWriter<byte>(Math.Max(32, content.Length / 2));
        FrameFormat.WriteIdentifier(target, FrameFormat.SnappyName);
        while (!content.IsEmpty)
        {
            ReadOnlySpan<byte> chunk = content[..Math.Min(content.Length, FrameFormat.MaxSnappyContent)];
            FrameFormat.WriteChunk(target, chunk, isSnappy: true);
            content = content[chunk.Length..];
        }

        return target.WrittenSpan.ToArray();
    }

    /// <summary>The checksum of a chunk's content before compression.</summary>
    public static uint Checksum(ReadOnlySpan<byte> data) => FrameFormat.Checksum(data);
}
