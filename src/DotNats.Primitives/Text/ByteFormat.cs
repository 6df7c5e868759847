using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace DotNats.Primitives;

/// <summary>Numbers as ASCII digits.</summary>
public static class ByteFormat
{
    /// <summary>Digits of the largest <see cref="ulong"/>.</summary>
    public const int MaxUInt64Digits = 20;

    // Up to here pairs are as good.
    private const int FewDigits = 4;

    // Two digits of each number below 100.
    private static ReadOnlySpan<byte> Pairs =>
        "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"u8 +
        "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899"u8;

    private static ReadOnlySpan<ulong> PowersOfTen =>
    [
        1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
        10000000000, 100000000000, 1000000000000, 10000000000000, 100000000000000,
        1000000000000000, 10000000000000000, 100000000000000000, 1000000000000000000, 10000000000000000000,
    ];

    /// <summary>Writes the number in decimal, without leading zeros.</summary>
    /// <returns>Digits written, 1 to <see cref="MaxUInt64Digits"/>.</returns>
    /// <exception cref="IndexOutOfRangeException">The destination is too short.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int WriteUInt64(Span<byte> destination, ulong value)
    {
        if (value >= 10)
            return WriteLonger(destination, value);
        destination[0] = (byte)('0' + value);
        return 1;
    }

    private static int WriteLonger(Span<byte> destination, ulong value)
    {
        int digits = CountDigits(value);
        Span<byte> target = destination[..digits];
        if (digits <= FewDigits)
        {
            WritePairs(target, (uint)value);
            return digits;
        }

        int at = digits;
        for (; at > 8; at -= 8)
        {
            ulong rest = value / 100_000_000;
            BinaryPrimitives.WriteUInt64LittleEndian(target[(at - 8)..at], EightDigits((uint)(value - (rest * 100_000_000))));
            value = rest;
        }

        WriteLast(target[..at], EightDigits((uint)value));
        return digits;
    }

    // As many of eight digits as there is room for.
    private static void WriteLast(Span<byte> target, ulong text)
    {
        text >>= 8 * (8 - target.Length);
        if (target.Length == 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(target, text);
            return;
        }

        int at = 0;
        if ((target.Length & 4) != 0)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)text);
            (at, text) = (4, text >> 32);
        }

        if ((target.Length & 2) != 0)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(target[at..], (ushort)text);
            (at, text) = (at + 2, text >> 16);
        }

        if ((target.Length & 1) != 0) target[at] = (byte)text;
    }

    // Halves, quarters and single digits of a number below 100,000,000 side by side in one word: twice as fast as pair by pair. The factors are 1/100 and
    // 1/10 in fractions of 2^20 and 2^10, exact for what they are multiplied with.
    private static ulong EightDigits(uint value)
    {
        ulong halves = value / 10_000 | (ulong)(value % 10_000) << 32;
        ulong hundreds = (halves * 10_486 >> 20) & 0x0000_007F_0000_007F;
        ulong quarters = hundreds | (halves - (100 * hundreds)) << 16;
        ulong tens = (quarters * 103 >> 10) & 0x000F_000F_000F_000F;
        return (tens | (quarters - (10 * tens)) << 8) + 0x3030_3030_3030_3030;
    }

    // As many digits as there is room for.
    private static void WritePairs(Span<byte> target, uint value)
    {
        int at = target.Length;
        while (at >= 2)
        {
            uint rest = value / 100;
            at -= 2;
            Pairs.Slice(2 * (int)(value - (rest * 100)), 2).CopyTo(target[at..]);
            value = rest;
        }

        if (at == 1) target[0] = (byte)('0' + value);
    }

    private static int CountDigits(ulong value)
    {
        // 1233 / 4096 is a little more than the logarithm of 2 to the base 10.
        int digits = ((BitOperations.Log2(value) + 1) * 1233) >> 12;
        return value >= PowersOfTen[digits] ? digits + 1 : digits;
    }
}
