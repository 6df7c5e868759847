using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace DotNats.Storage;

/// <summary>The four times four lanes of a HighwayHash and how they are mixed: two halves side by side in vectors of 128 bits, or word by word.</summary>
// 128 bits are what a native build may use without asking (x86-64-v2); its code for 256 is compiled away. The mixing of one packet waits for the
// one before, so that wider registers win little: measured with 128 bits in a native build, see benchmarks/Micro/Storage/HighwayHashBenchmarks.
[StructLayout(LayoutKind.Sequential)]
internal struct HighwayLanes
{
    private const int PacketBytes = 32;

    private Half _low;
    private Half _high;

    /// <param name="key">32 bytes.</param>
    public HighwayLanes(ReadOnlySpan<byte> key)
    {
        // Digits of pi, as the specification gives them.
        _low.Mul0 = Vector128.Create(0xDBE6D5D5FE4CCE2FUL, 0xA4093822299F31D0UL);
        _high.Mul0 = Vector128.Create(0x13198A2E03707344UL, 0x243F6A8885A308D3UL);
        _low.Mul1 = Vector128.Create(0x3BD39E10CB0EF593UL, 0xC0ACF169B5F18A8CUL);
        _high.Mul1 = Vector128.Create(0xBE5466CF34E90C6CUL, 0x452821E638D01377UL);
        Start(ref _low, Vector128.Create(key[..16]).AsUInt64());
        Start(ref _high, Vector128.Create(key[16..PacketBytes]).AsUInt64());
    }

    private static bool IsVectorized => Ssse3.IsSupported || AdvSimd.Arm64.IsSupported;

    /// <summary>Mixes in whole packets.</summary>
    public void Update(ReadOnlySpan<byte> packets)
    {
        if (!IsVectorized)
        {
            HighwayWords.Update(ref this, packets);
            return;
        }

        // In registers: the two halves know nothing of each other until the end.
        (Half low, Half high) = (_low, _high);
        for (; packets.Length >= PacketBytes; packets = packets[PacketBytes..])
        {
            Mix(Vector128.Create(packets).AsUInt64(), ref low);
            Mix(Vector128.Create(packets[16..]).AsUInt64(), ref high);
        }

        (_low, _high) = (low, high);
    }

    /// <summary>Mixes in a last packet that holds fewer bytes than it could.</summary>
    public void Absorb(int length, ReadOnlySpan<byte> packet)
    {
        Vector128<ulong> lengths = Vector128.Create(((ulong)length << 32) + (ulong)length);
        _low.V0 += lengths;
        _high.V0 += lengths;
        _low.V1 = Rotate(_low.V1.AsUInt32(), length);
        _high.V1 = Rotate(_high.V1.AsUInt32(), length);
        Update(packet);
    }

    /// <summary>Four more rounds over what is there, and the sum of the first lanes.</summary>
    public ulong Finish()
    {
        if (!IsVectorized) return HighwayWords.Finish(ref this);
        (Half low, Half high) = (_low, _high);
        for (int round = 0; round < 4; round++)
        {
            Vector128<ulong> turnedLow = SwapWords(high.V0);
            Vector128<ulong> turnedHigh = SwapWords(low.V0);
            Mix(turnedLow, ref low);
            Mix(turnedHigh, ref high);
        }

        return (low.V0 + low.V1 + low.Mul0 + low.Mul1).ToScalar();
    }

    /// <summary>The same lanes as words: v0, v1, mul0, mul1 of the lower two lanes, then of the upper two.</summary>
    [UnscopedRef]
    public Span<ulong> Words => MemoryMarshal.Cast<Half, ulong>(MemoryMarshal.CreateSpan(ref _low, 2));

    private static void Start(ref Half half, Vector128<ulong> key)
    {
        half.V0 = half.Mul0 ^ key;
        half.V1 = half.Mul1 ^ SwapWords(key);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(Vector128<ulong> packet, ref Half half)
    {
        half.V1 += packet + half.Mul0;
        half.Mul0 ^= Multiply(half.V1, half.V0 >>> 32);
        half.V0 += half.Mul1;
        half.Mul1 ^= Multiply(half.V0, half.V1 >>> 32);
        half.V0 += Zip(half.V1);
        half.V1 += Zip(half.V0);
    }

    // Of the lower 32 bits of each.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Multiply(Vector128<ulong> one, Vector128<ulong> other) => Sse2.IsSupported
        ? Sse2.Multiply(one.AsUInt32(), other.AsUInt32())
        : AdvSimd.MultiplyWideningLower(AdvSimd.ExtractNarrowingLower(one), AdvSimd.ExtractNarrowingLower(other));

    // Spreads the bytes of products, of which the middle ones are the best mixed. Not Vector128.Shuffle: where the instruction may be missing, as a
    // native build has to assume, that becomes a loop over bytes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Zip(Vector128<ulong> lanes)
    {
        Vector128<byte> order = Vector128.Create(0x000F010E05020C03UL, 0x070806090D0A040BUL).AsByte();
        return (Sse2.IsSupported ? Ssse3.Shuffle(lanes.AsByte(), order) : AdvSimd.Arm64.VectorTableLookup(lanes.AsByte(), order)).AsUInt64();
    }

    private static Vector128<ulong> SwapWords(Vector128<ulong> lanes) => (lanes << 32) | (lanes >>> 32);

    private static Vector128<ulong> Rotate(Vector128<uint> words, int count) => ((words << count) | (words >>> (32 - count))).AsUInt64();

    /// <summary>Two of the four lanes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Half
    {
        public Vector128<ulong> V0;
        public Vector128<ulong> V1;
        public Vector128<ulong> Mul0;
        public Vector128<ulong> Mul1;
    }
}
