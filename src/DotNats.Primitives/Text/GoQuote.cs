using System.Buffers;
using System.Globalization;
using System.Text;

namespace DotNats.Primitives;

/// <summary>Double-quoted text as Go's <c>%q</c> writes it: what nats-server's error and log texts show of names and payloads.</summary>
// Source: the Go language's string literal escapes; printable means letters, marks, numbers, punctuation, symbols and the ASCII space.
public static class GoQuote
{
    // The longest escape of one rune: \U and eight digits.
    private const int LongestEscapeBytes = 10;

    /// <summary>Returns <paramref name="text"/> in double quotes, escaped.</summary>
    public static string Quote(string text)
    {
        if (IsPlain(text)) return string.Concat("\"", text, "\"");
        ArrayBufferWriter<byte> quoted = new(text.Length + 16);
        Write(Encoding.UTF8.GetBytes(text), quoted);
        return Encoding.UTF8.GetString(quoted.WrittenSpan);
    }

    /// <summary>Returns <paramref name="utf8"/> in double quotes, escaped.</summary>
    public static string Quote(ReadOnlySpan<byte> utf8)
    {
        ArrayBufferWriter<byte> quoted = new(utf8.Length + 16);
        Write(utf8, quoted);
        return Encoding.UTF8.GetString(quoted.WrittenSpan);
    }

    /// <summary>Writes <paramref name="utf8"/> in double quotes, escaped; bytes that are no UTF-8 become <c>\xNN</c>, so the result always is.</summary>
    public static void Write(ReadOnlySpan<byte> utf8, IBufferWriter<byte> destination)
    {
        destination.Write("\""u8);
        while (!utf8.IsEmpty)
        {
            int plain = utf8.IndexOfAnyExceptInRange((byte)' ', (byte)'~');
            if (plain < 0) plain = utf8.Length;
            int special = utf8[..plain].IndexOfAny((byte)'"', (byte)'\\');
            if (special >= 0) plain = special;
            destination.Write(utf8[..plain]);
            utf8 = utf8[plain..];
            if (utf8.IsEmpty) break;
            utf8 = utf8[WriteFirstRune(utf8, destination)..];
        }
        destination.Write("\""u8);
    }

    private static bool IsPlain(string text)
    {
        foreach (char c in text)
            if (c is < ' ' or > '~' or '"' or '\\') return false;
        return true;
    }

    private static int WriteFirstRune(ReadOnlySpan<byte> utf8, IBufferWriter<byte> destination)
    {
        bool valid = Rune.DecodeFromUtf8(utf8, out Rune rune, out int consumed) == OperationStatus.Done;
        if (!valid)
        {
            // Compat: Go takes one byte at a time of a broken sequence.
            WriteHex(destination, 'x', utf8[0], 2);
            return 1;
        }
        if (ShortEscape(rune.Value) is char escape)
            destination.Write([(byte)'\\', (byte)escape]);
        else if (IsPrintable(rune))
            destination.Write(utf8[..consumed]);
        else if (rune.Value is < ' ' or 0x7f)
            WriteHex(destination, 'x', rune.Value, 2);
        else if (rune.Value < 0x10000)
            WriteHex(destination, 'u', rune.Value, 4);
        else
            WriteHex(destination, 'U', rune.Value, 8);
        return consumed;
    }

    private static char? ShortEscape(int rune) => rune switch
    {
        '"' => '"',
        '\\' => '\\',
        '\a' => 'a',
        '\b' => 'b',
        '\f' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\v' => 'v',
        _ => null,
    };

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.SpaceSeparator => rune.Value == ' ',
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => false,
        _ => true,
    };

    private static void WriteHex(IBufferWriter<byte> destination, char kind, int value, int digits)
    {
        Span<byte> escape = destination.GetSpan(LongestEscapeBytes);
        escape[0] = (byte)'\\';
        escape[1] = (byte)kind;
        for (int i = 0; i < digits; i++)
            escape[2 + i] = "0123456789abcdef"u8[(value >> (4 * (digits - 1 - i))) & 0xF];
        destination.Advance(2 + digits);
    }
}
