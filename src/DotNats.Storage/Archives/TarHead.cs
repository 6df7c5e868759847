using System.Globalization;
using System.Text;

namespace DotNats.Storage;

/// <summary>One block of 512 bytes that stands before a file in a tar, in the formats that are written today: ustar, with or without GNU's or POSIX's extensions.</summary>
/// <remarks>Source: pax(1) of POSIX, "ustar Interchange Format". Fields: name 0–99, size 124–135, checksum 148–155, type 156, magic 257–262, prefix 345–499.</remarks>
internal readonly record struct TarHead(string Name, long Size, byte Type)
{
    public const int BlockBytes = 512;

    /// <summary>Type of a plain file; old writers leave it zero.</summary>
    public const byte File = (byte)'0';

    /// <summary>What follows says things about the next file: records of POSIX.</summary>
    public const byte Extended = (byte)'x';

    /// <summary>The same for all files that follow.</summary>
    public const byte Global = (byte)'g';

    /// <summary>What follows is the next file's name: GNU's.</summary>
    public const byte LongName = (byte)'L';

    private const int SizeOffset = 124;
    private const int SumOffset = 148;
    private const int TypeOffset = 156;
    private const int MagicOffset = 257;
    private const int PrefixOffset = 345;

    /// <exception cref="ArchiveException">The block is none.</exception>
    public static TarHead Read(ReadOnlySpan<byte> block)
    {
        long sum = 0;
        for (int i = 0; i < BlockBytes; i++) sum += i is >= SumOffset and < SumOffset + 8 ? ' ' : block[i];
        if (ReadNumber(block.Slice(SumOffset, 8)) != sum) throw Invalid();
        string name = Text(block[..100]);
        bool isPosix = block.Slice(MagicOffset, 6).SequenceEqual("ustar\0"u8);
        if (isPosix && Text(block.Slice(PrefixOffset, 155)) is { Length: > 0 } prefix) name = $"{prefix}/{name}";
        byte type = block[TypeOffset];
        return new TarHead(name, ReadNumber(block.Slice(SizeOffset, 12)), type == 0 ? File : type);
    }

    /// <summary>Reads POSIX's records: <c>"%d %s=%s\n"</c>, the number being the length of all of it.</summary>
    /// <exception cref="ArchiveException">They are none.</exception>
    public static void ReadRecords(ReadOnlySpan<byte> records, ref string? name, ref long? size)
    {
        while (!records.IsEmpty)
        {
            int space = records.IndexOf((byte)' ');
            if (space < 1 || !int.TryParse(records[..space], NumberStyles.None, CultureInfo.InvariantCulture, out int length)
                || length <= space + 1 || length > records.Length || records[length - 1] != '\n') throw Invalid();
            ReadOnlySpan<byte> record = records[(space + 1)..(length - 1)];
            int equals = record.IndexOf((byte)'=');
            if (equals < 1) throw Invalid();
            ReadOnlySpan<byte> value = record[(equals + 1)..];
            if (record[..equals].SequenceEqual("path"u8)) name = Encoding.UTF8.GetString(value);
            else if (record[..equals].SequenceEqual("size"u8))
                size = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long given) ? given : throw Invalid();
            records = records[length..];
        }
    }

    public static ArchiveException Invalid() => new("archive/tar: invalid tar header");

    private static string Text(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]);
    }

    // Octal digits with blanks or zeros around; where the first bit is set, a large number of GNU's in the bytes themselves.
    private static long ReadNumber(ReadOnlySpan<byte> field)
    {
        long value = 0;
        if ((field[0] & 0x80) != 0)
        {
            if ((field[0] & 0x7F) != 0) throw Invalid();
            foreach (byte part in field[1..]) value = value <= long.MaxValue >> 8 ? value << 8 | part : throw Invalid();
            return value;
        }

        foreach (byte digit in field.Trim(" \0"u8)) value = digit is >= (byte)'0' and <= (byte)'7' ? value << 3 | (uint)(digit - '0') : throw Invalid();
        return value;
    }
}
