using System.Buffers;

namespace DotNats.Primitives;

/// <summary>S2 streams that lie in memory as a whole.</summary>
public static class S2Frames
{
    /// <summary>Writes one whole stream.</summary>
    public static void Encode(ReadOnlySpan<byte> content, IBufferWriter<byte> target)
    {
        using var encoder = new S2Encoder();
        encoder.Append(content, target);
        encoder.Flush(target);
    }

    /// <summary>Reads one whole stream (or several, one behind the other) into a target.</summary>
    /// <returns>False where it is damaged, ends too early or has more content than the target has room for.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> frames, Span<byte> target, out int written)
    {
        using var decoder = new S2Decoder();
        written = 0;
        while (decoder.Read(ref frames, out ReadOnlySpan<byte> content) == S2Status.Content)
        {
            if (!content.TryCopyTo(target[written..])) return false;
            written += content.Length;
        }

        return decoder.IsWhole;
    }
}
