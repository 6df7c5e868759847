using System.Buffers.Binary;

namespace DotNats.Primitives;

/// <summary>Writes one block of the Snappy format: the length as a varint, then literals and copies of what came before.</summary>
// Source: format_description.txt of Snappy. Greedy, with a small table of the last place each four bytes were seen at.
public static class SnappyBlock
{
    private const int TableBits = 12;
    private const int MinMatch = 4;

    // A copy with two bytes of offset carries up to this much.
    private const int MaxCopy = 64;

    /// <summary>Bytes an encoded block may take at most: nothing is found, and all is literals of up to 64 KiB.</summary>
    public static int MaxEncodedLength(int length) => 32 + length + (length / 6);

    /// <summary>Encodes up to 64 KiB; returns the bytes written.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The source is longer.</exception>
    public static int Encode(ReadOnlySpan<byte> source, Span<byte> target)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(source.Length, 65536);
        int written = WriteVarint(target, (uint)source.Length);
        Span<int> places = stackalloc int[1 << TableBits];
        places.Fill(-1);
        int literalStart = 0;
        int at = 0;
        while (at + MinMatch <= source.Length)
        {
            uint four = BinaryPrimitives.ReadUInt32LittleEndian(source[at..]);
            ref int place = ref places[(int)((four * 0x1E35A7BD) >> (32 - TableBits))];
            int candidate = place;
            place = at;
            if (candidate < 0 || BinaryPrimitives.ReadUInt32LittleEndian(source[candidate..]) != four)
            {
                // The longer nothing is found, the larger the steps: noise is passed over fast.
                at += 1 + ((at - literalStart) >> 5);
                continue;
            }

            written += WriteLiteral(target[written..], source[literalStart..at]);
            int length = MinMatch + source[(candidate + MinMatch)..].CommonPrefixLength(source[(at + MinMatch)..]);
            written += WriteCopies(target[written..], at - candidate, length);
            literalStart = at += length;
        }

        return written + WriteLiteral(target[written..], source[literalStart..]);
    }

    private static int WriteVarint(Span<byte> target, uint value)
    {
        int length = 0;
        for (; value >= 0x80; value >>= 7) target[length++] = (byte)(value | 0x80);
        target[length] = (byte)value;
        return length + 1;
    }

    // Tag 00: the length less one in the upper six bits, or 60 and 61 for one and two bytes of it behind the tag.
    private static int WriteLiteral(Span<byte> target, ReadOnlySpan<byte> literal)
    {
        if (literal.IsEmpty) return 0;
        int less = literal.Length - 1;
        int head = less < 60 ? 1 : less < 256 ? 2 : 3;
        target[0] = (byte)(head == 1 ? less << 2 : (58 + head) << 2);
        if (head == 2) target[1] = (byte)less;
        if (head == 3) BinaryPrimitives.WriteUInt16LittleEndian(target[1..], (ushort)less);
        literal.CopyTo(target[head..]);
        return head + literal.Length;
    }

    // Tag 10: the length less one in the upper six bits, two bytes of offset.
    private static int WriteCopies(Span<byte> target, int offset, int length)
    {
        int written = 0;
        while (length > 0)
        {
            int part = Math.Min(length, MaxCopy);
            target[written] = (byte)((part - 1) << 2 | 2);
            BinaryPrimitives.WriteUInt16LittleEndian(target[(written + 1)..], (ushort)offset);
            written += 3;
            length -= part;
        }

        return written;
    }
}
