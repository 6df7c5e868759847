using System.Runtime.CompilerServices;

namespace DotNats.Primitives;

/// <summary>Numbers as ASCII digits.</summary>
public static class ByteFormat
{
    /// <summary>Digits of the largest <see cref="ulong"/>.</summary>
    public const int MaxUInt64Digits = 20;

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
        if (value >= 10_000)
            return WriteLong(destination, value);
        uint small = (uint)value;
        int digits = small < 100 ? 2 : small < 1000 ? 3 : 4;
        WriteBackwards(destination[..digits], small);
        return digits;
    }

    private static int WriteLong(Span<byte> destination, ulong value)
    {
        int digits = CountDigits(value);
        WriteBackwards(destination[..digits], value);
        return digits;
    }

    private static int CountDigits(ulong value)
    {
        int digits = 4;
        for (ulong rest = value / 10_000; rest != 0; rest /= 10)
            digits++;
        return digits;
    }

    private static void WriteBackwards(Span<byte> destination, ulong value)
    {
        for (int i = destination.Length - 1; i >= 0; i--)
        {
            ulong rest = value / 10;
            destination[i] = (byte)('0' + (value - (rest * 10)));
            value = rest;
        }
    }
}
