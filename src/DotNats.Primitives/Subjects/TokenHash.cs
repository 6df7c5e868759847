using System.Buffers.Binary;

namespace DotNats.Primitives;

/// <summary>Seeded 32-bit hash of one token. The seed keeps clients from choosing tokens that collide.</summary>
/// <remarks>Multiply-and-fold over 64-bit words with overlapping reads at the end, the construction of the wyhash family.</remarks>
internal static class TokenHash
{
    // Odd constants with about half their bits set (fractions of the golden ratio and of pi).
    private const ulong First = 0x9E3779B97F4A7C15;
    private const ulong Second = 0x243F6A8885A308D3;

    public static uint Compute(ReadOnlySpan<byte> token, ulong seed)
    {
        int length = token.Length;
        while (token.Length > 16)
        {
            seed = Fold(BinaryPrimitives.ReadUInt64LittleEndian(token) ^ First, BinaryPrimitives.ReadUInt64LittleEndian(token[8..]) ^ seed);
            token = token[16..];
        }
        ReadShort(token, out ulong low, out ulong high);
        ulong mixed = Fold(Fold(low ^ First, high ^ seed) ^ Second, seed ^ (ulong)length);
        return (uint)(mixed ^ (mixed >> 32));
    }

    /// <summary>At most 16 bytes as two words; the reads overlap so that every length needs just two.</summary>
    private static void ReadShort(ReadOnlySpan<byte> token, out ulong low, out ulong high)
    {
        if (token.Length >= 8)
        {
            low = BinaryPrimitives.ReadUInt64LittleEndian(token);
            high = BinaryPrimitives.ReadUInt64LittleEndian(token[^8..]);
        }
        else if (token.Length >= 4)
        {
            low = BinaryPrimitives.ReadUInt32LittleEndian(token);
            high = BinaryPrimitives.ReadUInt32LittleEndian(token[^4..]);
        }
        else
        {
            low = token.IsEmpty ? 0UL : ((ulong)token[0] << 16) | ((ulong)token[token.Length >> 1] << 8) | token[^1];
            high = 0;
        }
    }

    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }
}
