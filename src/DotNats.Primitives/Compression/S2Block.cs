using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DotNats.Primitives;

/// <summary>One block of the S2 format, which is Snappy's with repeats of the last copy's offset. Reads Snappy blocks too.</summary>
public static class S2Block
{
    /// <summary>Content of one block at most: what chunks of S2 may hold, and what this writes.</summary>
    public const int MaxContentBytes = 4 << 20;

    /// <summary>Bytes an encoded block may take at most: nothing is found, and all is literals.</summary>
    public static int MaxEncodedLength(int length) => 32 + length + (length / 6);

    /// <summary>Encodes up to <see cref="MaxContentBytes"/>; returns the bytes written.</summary>
    /// <param name="target">At least <see cref="MaxEncodedLength"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The source is longer.</exception>
    public static int Encode(ReadOnlySpan<byte> source, Span<byte> target)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(source.Length, MaxContentBytes);
        return BlockEncoder.Encode(source, target, repeats: true);
    }

    /// <summary>Reads how long the content says it is. Whoever makes room for it decides first how much is too much.</summary>
    public static bool TryReadLength(ReadOnlySpan<byte> block, out int length) => TryReadHead(block, out length, out _);

    /// <summary>Decodes a block; false where it is damaged or its content is not exactly as long as the target. Never throws.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> block, Span<byte> target)
    {
        if (!TryReadHead(block, out int length, out int at) || length != target.Length) return false;
        int written = 0;
        uint offset = 0;
        while (at < block.Length)
        {
            bool isLiteral = (block[at] & 3) == 0;
            int head = ReadElement(Ahead(block, at), ref offset, out uint count);
            if (head > block.Length - at || count > (uint)(target.Length - written)) return false;
            at += head;
            if (isLiteral)
            {
                if (count > (uint)(block.Length - at)) return false;
                CopyLiteral(block[at..], target[written..], (int)count);
                at += (int)count;
            }
            else
            {
                if (offset - 1 >= (uint)written) return false;
                CopyBack(target, written, (int)offset, (int)count);
            }

            written += (int)count;
        }

        return written == target.Length;
    }

    private static bool TryReadHead(ReadOnlySpan<byte> block, out int length, out int headBytes)
    {
        ulong value = 0;
        for (int i = 0; i < Math.Min(block.Length, 5); i++)
        {
            value |= (ulong)(block[i] & 0x7F) << (7 * i);
            if (block[i] >= 0x80) continue;
            (length, headBytes) = ((int)Math.Min(value, int.MaxValue), i + 1);
            return value <= int.MaxValue;
        }

        (length, headBytes) = (0, 0);
        return false;
    }

    // Eight bytes from a place on; beyond the end they are zero, and the caller finds that the element does not fit.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Ahead(ReadOnlySpan<byte> block, int at) =>
        block.Length - at >= 8 ? BinaryPrimitives.ReadUInt64LittleEndian(block[at..]) : AheadAtEnd(block[at..]);

    private static ulong AheadAtEnd(ReadOnlySpan<byte> rest)
    {
        Span<byte> padded = stackalloc byte[8];
        padded.Clear();
        rest.CopyTo(padded);
        return BinaryPrimitives.ReadUInt64LittleEndian(padded);
    }

    // Bytes of an element without the literal; BlockElements has the layouts. A count that overflows is larger than any target.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ReadElement(ulong ahead, ref uint offset, out uint count)
    {
        uint tag = (byte)ahead;
        uint upper = tag >> 2;
        switch (tag & 3)
        {
            case 0:
                if (upper < 60)
                {
                    count = upper + 1;
                    return 1;
                }

                int extra = (int)upper - 59;
                uint less = (uint)(ahead >> 8) & (uint)((1UL << (8 * extra)) - 1);
                count = less == uint.MaxValue ? less : less + 1;
                return 1 + extra;
            case 1:
                uint near = (tag & 0xE0) << 3 | (byte)(ahead >> 8);
                if (near == 0) return ReadRepeat(ahead, upper & 7, out count);
                offset = near;
                count = (upper & 7) + BlockElements.MinMatch;
                return 2;
            case 2:
                offset = (ushort)(ahead >> 8);
                count = upper + 1;
                return 3;
            default:
                offset = (uint)(ahead >> 8);
                count = upper + 1;
                return 5;
        }
    }

    private static int ReadRepeat(ulong ahead, uint code, out uint count)
    {
        uint rest = (uint)(ahead >> 16);
        count = code switch
        {
            5 => (byte)rest + 8U,
            6 => (ushort)rest + 260U,
            7 => (rest & 0xFF_FFFF) + 65540,
            _ => code + BlockElements.MinMatch,
        };
        return 2 + Math.Max(0, (int)code - 4);
    }

    // Most literals and copies are short: sixteen bytes at once are faster than asking how many, where there is room to write too many.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyLiteral(ReadOnlySpan<byte> source, Span<byte> target, int count)
    {
        if (count <= 16 && source.Length >= 16 && target.Length >= 16) Vector128.Create(source).CopyTo(target);
        else source[..count].CopyTo(target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyBack(Span<byte> target, int written, int offset, int count)
    {
        if (count <= 16 && offset >= 16 && target.Length - written >= 16) Vector128.Create((ReadOnlySpan<byte>)target[(written - offset)..]).CopyTo(target[written..]);
        else if (offset >= count) target.Slice(written - offset, count).CopyTo(target[written..]);
        else RepeatBack(target, written, offset, count);
    }

    // A copy longer than its offset repeats what it has written itself; each round there is twice as much to repeat.
    private static void RepeatBack(Span<byte> target, int written, int offset, int count)
    {
        int from = written - offset;
        if (offset == 1)
        {
            target.Slice(written, count).Fill(target[from]);
            return;
        }

        for (int end = written + count; written < end;)
        {
            int part = Math.Min(written - from, end - written);
            target.Slice(from, part).CopyTo(target[written..]);
            written += part;
        }
    }
}
