using System.Buffers.Binary;

namespace DotNats.Primitives;

/// <summary>Writes what a Snappy or S2 block consists of: a length, literals, copies of what came before, and S2's repeats of the last copy.</summary>
// Source: format_description.txt of Snappy; "Format Extensions" in the documentation of S2.
internal static class BlockElements
{
    /// <summary>Shortest copy worth its element.</summary>
    public const int MinMatch = 4;

    // One copy element with two or four bytes of offset carries up to this much.
    private const int MaxCopy = 64;

    public static int WriteVarint(Span<byte> target, uint value)
    {
        int length = 0;
        for (; value >= 0x80; value >>= 7) target[length++] = (byte)(value | 0x80);
        target[length] = (byte)value;
        return length + 1;
    }

    // Tag 00: the length less one in the upper six bits, or 60 to 63 for one to four bytes of it behind the tag.
    public static int WriteLiteral(Span<byte> target, ReadOnlySpan<byte> literal)
    {
        if (literal.IsEmpty) return 0;
        int less = literal.Length - 1;
        int extra = less < 60 ? 0 : less < 1 << 8 ? 1 : less < 1 << 16 ? 2 : less < 1 << 24 ? 3 : 4;
        target[0] = (byte)((extra == 0 ? less : 59 + extra) << 2);
        for (int i = 1; i <= extra; i++, less >>= 8) target[i] = (byte)less;
        literal.CopyTo(target[(1 + extra)..]);
        return 1 + extra + literal.Length;
    }

    /// <summary>A copy of any length in elements that Snappy has too.</summary>
    public static int WriteCopies(Span<byte> target, int offset, int length)
    {
        int written = 0;
        while (length > 0)
        {
            int part = Math.Min(length, MaxCopy);
            written += WriteCopy(target[written..], offset, part);
            length -= part;
        }

        return written;
    }

    /// <summary>A copy of any length: what does not fit into the first element is a repeat.</summary>
    public static int WriteCopyAndRepeat(Span<byte> target, int offset, int length)
    {
        if (length <= MaxCopy) return WriteCopy(target, offset, length);
        const int first = MaxCopy - MinMatch;
        int written = WriteCopy(target, offset, first);
        return written + WriteRepeat(target[written..], length - first);
    }

    // Tag 01 with offset 0 is the last copy's offset again: length less four in three bits, or 5 to 7 for one to three bytes behind the tag.
    public static int WriteRepeat(Span<byte> target, int length)
    {
        int extra = length < 9 ? 0 : length < 8 + (1 << 8) ? 1 : length < 260 + (1 << 16) ? 2 : 3;
        int code = extra == 0 ? length - MinMatch : 4 + extra;
        int rest = length - (extra == 1 ? 8 : extra == 2 ? 260 : 65540);
        target[0] = (byte)(code << 2 | 1);
        target[1] = 0;
        for (int i = 0; i < extra; i++, rest >>= 8) target[2 + i] = (byte)rest;
        return 2 + extra;
    }

    // Tag 01: three bits of length less four, eleven bits of offset. Tags 10 and 11: six bits of length less one, two or four bytes of offset.
    private static int WriteCopy(Span<byte> target, int offset, int length)
    {
        if (offset < 2048 && length is >= MinMatch and < MinMatch + 8)
        {
            target[0] = (byte)(offset >> 8 << 5 | (length - MinMatch) << 2 | 1);
            target[1] = (byte)offset;
            return 2;
        }

        bool isNear = offset < 1 << 16;
        target[0] = (byte)((length - 1) << 2 | (isNear ? 2 : 3));
        if (isNear) BinaryPrimitives.WriteUInt16LittleEndian(target[1..], (ushort)offset);
        else BinaryPrimitives.WriteUInt32LittleEndian(target[1..], (uint)offset);
        return isNear ? 3 : 5;
    }
}
