using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace DotNats.Primitives;

/// <summary>
/// Strings of JSON as Go's <c>encoding/json</c> reads them: bytes that are no UTF-8 and halves of surrogate pairs become U+FFFD instead of
/// making the whole unreadable, and member names match whatever their case. Documented with Go's package <c>encoding/json</c>.
/// </summary>
public static class GoJsonText
{
    private const char Replacement = '\uFFFD';

    // All that Unicode folds to an ASCII letter from outside ASCII.
    private const char LongS = '\u017F';
    private const char Kelvin = '\u212A';

    /// <summary>The text with U+FFFD for every byte that is no UTF-8; the very same bytes where there is none.</summary>
    public static ReadOnlySpan<byte> Repair(ReadOnlySpan<byte> json)
    {
        if (Utf8.IsValid(json)) return json;
        var repaired = new ArrayBufferWriter<byte>(json.Length + 16);
        while (!json.IsEmpty)
        {
            bool valid = Rune.DecodeFromUtf8(json, out Rune rune, out int length) == OperationStatus.Done;
            // Go goes on behind the first byte of what cannot be read, so that each of its bytes is replaced.
            repaired.Advance(rune.EncodeToUtf8(repaired.GetSpan(4)));
            json = json[(valid ? length : 1)..];
        }

        return repaired.WrittenSpan;
    }

    /// <summary>The string or member name the reader stands on.</summary>
    public static string Read(ref Utf8JsonReader reader) => reader.ValueIsEscaped ? Unescape(reader.ValueSpan) : reader.GetString()!;

    /// <summary>The character by which names are compared.</summary>
    public static char Fold(char character) => character switch
    {
        LongS => 's',
        Kelvin => 'k',
        _ => char.ToLowerInvariant(character),
    };

    /// <summary>True when Go takes <paramref name="written"/> for the member <paramref name="name"/>.</summary>
    public static bool IsSameName(string name, string written)
    {
        if (name.Length != written.Length) return false;
        for (int i = 0; i < name.Length; i++)
        {
            if (Fold(written[i]) != Fold(name[i])) return false;
        }

        return true;
    }

    /// <summary>The text of a string's inside as it stands in JSON that a reader has accepted.</summary>
    // The reader has checked the escapes: what follows a backslash is one of the eight letters or four hexadecimal digits.
    public static string Unescape(ReadOnlySpan<byte> escaped)
    {
        var text = new StringBuilder(escaped.Length);
        while (!escaped.IsEmpty)
        {
            int plain = escaped.IndexOf((byte)'\\');
            if (plain < 0) plain = escaped.Length;
            text.Append(Encoding.UTF8.GetString(escaped[..plain]));
            escaped = escaped[plain..];
            if (!escaped.IsEmpty) escaped = escaped[AppendEscape(text, escaped)..];
        }

        return text.ToString();
    }

    private static int AppendEscape(StringBuilder text, ReadOnlySpan<byte> escape)
    {
        if (escape[1] != 'u')
        {
            text.Append(escape[1] switch
            {
                (byte)'n' => '\n',
                (byte)'t' => '\t',
                (byte)'r' => '\r',
                (byte)'b' => '\b',
                (byte)'f' => '\f',
                byte other => (char)other,
            });
            return 2;
        }

        char first = CodeUnit(escape);
        if (!char.IsSurrogate(first))
        {
            text.Append(first);
            return 6;
        }

        bool pair = escape.Length >= 12 && escape[6] == '\\' && escape[7] == 'u' && char.IsSurrogatePair(first, CodeUnit(escape[6..]));
        if (pair) text.Append(first).Append(CodeUnit(escape[6..]));
        else text.Append(Replacement);
        return pair ? 12 : 6;
    }

    private static char CodeUnit(ReadOnlySpan<byte> escape) => Utf8Parser.TryParse(escape.Slice(2, 4), out ushort unit, out _, 'x') ? (char)unit : Replacement;
}
