namespace DotNats.Primitives;

/// <summary>Writes one block of the Snappy format: the length as a varint, then literals and copies of what came before.</summary>
public static class SnappyBlock
{
    private const int MaxContentBytes = 65536;

    /// <summary>Bytes an encoded block may take at most.</summary>
    public static int MaxEncodedLength(int length) => S2Block.MaxEncodedLength(length);

    /// <summary>Encodes up to 64 KiB; returns the bytes written.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The source is longer.</exception>
    public static int Encode(ReadOnlySpan<byte> source, Span<byte> target)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(source.Length, MaxContentBytes);
        return BlockEncoder.Encode(source, target, repeats: false);
    }
}
