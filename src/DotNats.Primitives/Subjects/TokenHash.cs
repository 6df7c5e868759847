using System.Buffers.Binary;
using System.Numerics;

namespace DotNats.Primitives;

/// <summary>32-bit hash of one token under a secret, so that nobody can choose tokens that collide and slow everyone down.</summary>
/// <remarks>
/// Each 16 bytes are hashed as NH does (Black and others, UMAC, 1999): sums of products of 32-bit words, each word masked by its own secret,
/// which makes a collision of chosen blocks as unlikely as one of random blocks. Only 64-bit multiplication: the 128-bit one is a software
/// routine in native builds for baseline processors.
/// </remarks>
internal readonly struct TokenHash
{
    // An odd constant with about half its bits set (fraction of the golden ratio).
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private readonly ulong _lowMask;
    private readonly ulong _highMask;
    private readonly ulong _lengthFactor;

    public TokenHash(ulong seed)
    {
        _lowMask = Scramble(seed + Golden);
        _highMask = Scramble(_lowMask + Golden);
        _lengthFactor = Scramble(_highMask + Golden) | 1;
    }

    public uint Compute(ReadOnlySpan<byte> token)
    {
        ulong sum = (ulong)token.Length * _lengthFactor;
        while (token.Length > 16)
        {
            sum += HashBlock(BinaryPrimitives.ReadUInt64LittleEndian(token), BinaryPrimitives.ReadUInt64LittleEndian(token[8..]));
            sum = BitOperations.RotateLeft(sum * _lengthFactor, 29);
            token = token[16..];
        }
        ReadShort(token, out ulong low, out ulong high);
        sum += HashBlock(low, high);
        return (uint)(((sum ^ (sum >> 29)) * Golden) >> 32);
    }

    private ulong HashBlock(ulong low, ulong high) =>
        ((ulong)((uint)low + (uint)_lowMask) * ((uint)(low >> 32) + (uint)(_lowMask >> 32)))
        + ((ulong)((uint)high + (uint)_highMask) * ((uint)(high >> 32) + (uint)(_highMask >> 32)));

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

    /// <summary>Spreads every bit over all (the finalizer of splitmix64).</summary>
    private static ulong Scramble(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
