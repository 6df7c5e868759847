using System.Buffers;

namespace DotNats.Storage;

/// <summary>The archive of messages that nats-server makes since 2.15: a name for the format, then entries of a head, a name and a body.</summary>
/// <remarks>Head: length of the name (uvarint), timestamp (varint), sequence, length of headers, length of payload (uvarints), as Go writes them.</remarks>
public static class ArchiveFormat
{
    /// <summary>Longest name that is read, nats-server's: a name is the one thing that is read whole before anyone can judge it.</summary>
    internal const int MaxNameBytes = 1 << 20;

    private const int MaxVarintBytes = 10;

    /// <summary>What an archive begins with.</summary>
    public static ReadOnlySpan<byte> Magic => "NATSARC1"u8;

    /// <summary>Writes what stands before a body.</summary>
    public static void WriteEntry(IBufferWriter<byte> target, ReadOnlySpan<byte> name, in ArchiveEntry entry)
    {
        Span<byte> room = target.GetSpan((5 * MaxVarintBytes) + name.Length);
        int length = WriteNatural(room, (ulong)name.Length);
        length += WriteNatural(room[length..], (ulong)(entry.Timestamp << 1) ^ (ulong)(entry.Timestamp >> 63));
        length += WriteNatural(room[length..], entry.Sequence);
        length += WriteNatural(room[length..], (ulong)entry.HeadersLength);
        length += WriteNatural(room[length..], (ulong)entry.PayloadLength);
        name.CopyTo(room[length..]);
        target.Advance(length + name.Length);
    }

    /// <summary>Reads a head; 0 where some of it is missing, else its length.</summary>
    /// <exception cref="ArchiveException">It cannot be one.</exception>
    internal static int ReadEntry(ReadOnlySpan<byte> source, out int nameLength, out ArchiveEntry entry)
    {
        int at = 0;
        (nameLength, entry) = (0, default);
        if (!TryReadNatural(source, ref at, out ulong name) || !TryReadNatural(source, ref at, out ulong time) || !TryReadNatural(source, ref at, out ulong sequence)
            || !TryReadNatural(source, ref at, out ulong headers) || !TryReadNatural(source, ref at, out ulong payload)) return 0;
        if (name > MaxNameBytes || headers > long.MaxValue || payload > long.MaxValue - headers) throw Invalid();
        nameLength = (int)name;
        entry = new ArchiveEntry((long)(time >> 1) ^ -(long)(time & 1), sequence, (long)headers, (long)payload);
        return at;
    }

    internal static ArchiveException Invalid() => new("archive: invalid archive stream");

    private static int WriteNatural(Span<byte> target, ulong value)
    {
        int length = 0;
        for (; value >= 0x80; value >>= 7) target[length++] = (byte)(value | 0x80);
        target[length] = (byte)value;
        return length + 1;
    }

    private static bool TryReadNatural(ReadOnlySpan<byte> source, ref int at, out ulong value)
    {
        value = 0;
        for (int i = 0; i < MaxVarintBytes; i++)
        {
            if (at == source.Length) return false;
            byte part = source[at++];
            // The tenth byte has one bit left.
            if (i == MaxVarintBytes - 1 && part > 1) break;
            value |= (ulong)(part & 0x7F) << (7 * i);
            if (part < 0x80) return true;
        }

        throw Invalid();
    }
}
