using System.Buffers.Binary;
using System.Numerics;

namespace DotNats.Storage;

/// <summary>The mixing of HighwayHash word by word: for machines without vectors, and the twin that the other way is tested against.</summary>
internal static class HighwayWords
{
    private const int PacketBytes = 32;

    public static void Update(ref HighwayLanes lanes, ReadOnlySpan<byte> packets)
    {
        Span<ulong> words = lanes.Words;
        Span<ulong> packet = stackalloc ulong[4];
        for (; packets.Length >= PacketBytes; packets = packets[PacketBytes..])
        {
            for (int i = 0; i < 4; i++) packet[i] = BinaryPrimitives.ReadUInt64LittleEndian(packets[(8 * i)..]);
            Mix(words[..8], packet[..2]);
            Mix(words[8..], packet[2..]);
        }
    }

    public static ulong Finish(ref HighwayLanes lanes)
    {
        Span<ulong> words = lanes.Words;
        Span<ulong> turned = stackalloc ulong[4];
        for (int round = 0; round < 4; round++)
        {
            for (int i = 0; i < 2; i++)
            {
                turned[i] = BitOperations.RotateLeft(words[8 + i], 32);
                turned[2 + i] = BitOperations.RotateLeft(words[i], 32);
            }

            Mix(words[..8], turned[..2]);
            Mix(words[8..], turned[2..]);
        }

        return words[0] + words[2] + words[4] + words[6];
    }

    // Two lanes: v0, v1, mul0, mul1 of both.
    private static void Mix(Span<ulong> half, ReadOnlySpan<ulong> packet)
    {
        Span<ulong> v0 = half[..2], v1 = half[2..4], mul0 = half[4..6], mul1 = half[6..8];
        for (int i = 0; i < 2; i++)
        {
            v1[i] += packet[i] + mul0[i];
            mul0[i] ^= (uint)v1[i] * (v0[i] >> 32);
            v0[i] += mul1[i];
            mul1[i] ^= (uint)v0[i] * (v1[i] >> 32);
        }

        Zip(v1, v0);
        Zip(v0, v1);
    }

    // Adds the bytes of two lanes to two others, in the order that the vector shuffle has them.
    private static void Zip(ReadOnlySpan<ulong> from, Span<ulong> to)
    {
        (ulong low, ulong high) = (from[0], from[1]);
        to[0] += Bytes(Byte(low, 3), Byte(high, 4), Byte(low, 2), Byte(low, 5), Byte(high, 6), Byte(low, 1), Byte(high, 7), Byte(low, 0));
        to[1] += Bytes(Byte(high, 3), Byte(low, 4), Byte(high, 2), Byte(high, 5), Byte(high, 1), Byte(low, 6), Byte(high, 0), Byte(low, 7));
    }

    private static ulong Byte(ulong word, int index) => (word >> (8 * index)) & 0xFF;

    private static ulong Bytes(ulong b0, ulong b1, ulong b2, ulong b3, ulong b4, ulong b5, ulong b6, ulong b7) =>
        b0 | b1 << 8 | b2 << 16 | b3 << 24 | b4 << 32 | b5 << 40 | b6 << 48 | b7 << 56;
}
