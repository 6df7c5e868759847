using System.Buffers.Binary;
using System.Security.Cryptography;

namespace DotNats.Storage;

/// <summary>Which token it is, in sixteen bytes: its own up to fifteen, of a longer one a hash.</summary>
/// <remarks>Of two long tokens it cannot be arranged that they have the same hash: 120 bits of it under keys that nobody knows.</remarks>
internal readonly record struct TokenName(ulong Low, ulong High)
{
    private const int MostOwn = 15;
    private const ulong LongMark = 0xFFUL << 56;

    // Nobody can make tokens that collide.
    private static readonly byte[][] HashKeys = [NewKey(), NewKey()];
    private static readonly ulong[] Secrets = [BinaryPrimitives.ReadUInt64LittleEndian(NewKey()), BinaryPrimitives.ReadUInt64LittleEndian(NewKey())];

    /// <summary>Where to look for it.</summary>
    public ulong Hash
    {
        get
        {
            ulong high = Math.BigMul(Low ^ Secrets[0], High ^ Secrets[1], out ulong low);
            return (high ^ low) * 0x9FB21C651E98DF25;
        }
    }

    public static TokenName Of(ReadOnlySpan<byte> token)
    {
        if (token.Length > MostOwn) return OfLong(token);
        Span<byte> bytes = stackalloc byte[MostOwn + 1];
        bytes.Clear();
        token.CopyTo(bytes);
        bytes[MostOwn] = (byte)token.Length;
        return new TokenName(BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[sizeof(ulong)..]));
    }

    private static TokenName OfLong(ReadOnlySpan<byte> token) =>
        new(HighwayHash64.Hash(HashKeys[0], token), HighwayHash64.Hash(HashKeys[1], token) | LongMark);

    private static byte[] NewKey()
    {
        byte[] key = new byte[HighwayHash64.KeyBytes];
        RandomNumberGenerator.Fill(key);
        return key;
    }
}
