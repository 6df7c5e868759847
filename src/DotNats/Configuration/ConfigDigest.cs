using System.Buffers;
using System.Globalization;
using System.Text;
using DotNats.Configuration.Language;
using DotNats.Security;

namespace DotNats.Configuration;

/// <summary>The fingerprint <c>-t</c> and <c>/varz</c> show: SHA-256 over the parsed values as JSON.</summary>
/// <remarks>
/// Equal to nats-server's <c>config_digest</c>: keys in byte order, no white space, HTML characters escaped, a line feed at the end.
/// Comments, layout, includes and variables do not count, their values do.
/// </remarks>
internal static class ConfigDigest
{
    private const int FlushBytes = 64 * 1024;

    // What a string may not simply be copied for; 0xE2 begins the two separators.
    private static readonly SearchValues<byte> Special = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(c => (byte)c), .. "\"\\<>&"u8, 0xE2]);

    /// <summary><c>sha256:</c> and 64 lower-case hex digits.</summary>
    public static string Of(ConfigMap map)
    {
        Sha256 hash = new();
        ArrayBufferWriter<byte> buffer = new(2 * FlushBytes);
        Write(map, buffer, hash);
        buffer.Write("\n"u8);
        hash.AppendData(buffer.WrittenSpan);
        return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // Recursion is bounded: the parser refuses deeper nesting than ConfigLexer.MaxNesting.
    private static void Write(object value, ArrayBufferWriter<byte> buffer, Sha256 hash)
    {
        switch (value)
        {
            case ConfigMap map:
                WriteMap(map, buffer, hash);
                break;
            case ConfigList list:
                WriteList(list, buffer, hash);
                break;
            case string text:
                WriteString(text, buffer);
                break;
            case double number:
                WriteAscii(FloatFormat.Write(number, smallest: 1e-6, exponentDigits: 1), buffer);
                break;
            case DateTime date:
                WriteAscii(date.ToString("'\"'yyyy-MM-dd'T'HH:mm:ss'Z\"'", CultureInfo.InvariantCulture), buffer);
                break;
            default:
                WriteAscii(GoText.Print(value), buffer);
                break;
        }
        if (buffer.WrittenCount > FlushBytes)
        {
            hash.AppendData(buffer.WrittenSpan);
            buffer.ResetWrittenCount();
        }
    }

    private static void WriteMap(ConfigMap map, ArrayBufferWriter<byte> buffer, Sha256 hash)
    {
        KeyValuePair<string, ConfigNode>[] entries = [.. map.Entries];
        if (entries.Length > 1)
            Array.Sort(entries, static (a, b) => CompareBytes(a.Key, b.Key));
        buffer.Write("{"u8);
        for (int i = 0; i < entries.Length; i++)
        {
            if (i > 0)
                buffer.Write(","u8);
            WriteString(entries[i].Key, buffer);
            buffer.Write(":"u8);
            Write(entries[i].Value.Value, buffer, hash);
        }
        buffer.Write("}"u8);
    }

    // As their UTF-8 compares, which is as their UTF-16 does until there are surrogates.
    private static int CompareBytes(string left, string right) => Ascii.IsValid(left) && Ascii.IsValid(right)
        ? string.CompareOrdinal(left, right)
        : Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right));

    private static void WriteList(ConfigList list, ArrayBufferWriter<byte> buffer, Sha256 hash)
    {
        buffer.Write("["u8);
        for (int i = 0; i < list.Items.Count; i++)
        {
            if (i > 0)
                buffer.Write(","u8);
            Write(list.Items[i].Value, buffer, hash);
        }
        buffer.Write("]"u8);
    }

    private static void WriteString(string text, ArrayBufferWriter<byte> buffer)
    {
        Span<byte> room = buffer.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length) + 2);
        int length = Encoding.UTF8.GetBytes(text, room[1..]);
        if (room.Slice(1, length).ContainsAny(Special))
        {
            WriteEscaped(room.Slice(1, length).ToArray(), buffer);
            return;
        }

        room[0] = room[length + 1] = (byte)'"';
        buffer.Advance(length + 2);
    }

    private static void WriteEscaped(ReadOnlySpan<byte> text, ArrayBufferWriter<byte> buffer)
    {
        buffer.Write("\""u8);
        int done = 0;
        for (int i = 0; i < text.Length; i++)
        {
            string? escape = EscapeOf(text, i, out int length);
            if (escape is null)
                continue;
            buffer.Write(text[done..i]);
            WriteAscii(escape, buffer);
            done = i + length;
            i = done - 1;
        }
        buffer.Write(text[done..]);
        buffer.Write("\""u8);
    }

    private static string? EscapeOf(ReadOnlySpan<byte> text, int at, out int length)
    {
        length = 1;
        switch (text[at])
        {
            case (byte)'"':
                return "\\\"";
            case (byte)'\\':
                return @"\\";
            case (byte)'\b':
                return @"\b";
            case (byte)'\f':
                return @"\f";
            case (byte)'\n':
                return @"\n";
            case (byte)'\r':
                return @"\r";
            case (byte)'\t':
                return @"\t";
            case < 0x20 or (byte)'<' or (byte)'>' or (byte)'&':
                return $@"\u00{text[at]:x2}";
        }
        // U+2028 and U+2029, line and paragraph separator, would end a line of JavaScript.
        length = 3;
        return text[at..] is [0xE2, 0x80, 0xA8 or 0xA9, ..] ? $@"\u202{text[at + 2] & 0xF:x}" : null;
    }

    private static void WriteAscii(string text, ArrayBufferWriter<byte> buffer) => Encoding.ASCII.GetBytes(text, buffer);
}
