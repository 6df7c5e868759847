using System.Buffers;
using System.Text;

namespace DotNats.Primitives;

/// <summary>Says what is wrong with JSON in the words of Go's <c>encoding/json</c>, which tools show and scripts compare.</summary>
public static class GoJsonSyntax
{
    // As deep as Go's decoder goes.
    private const int MaxDepth = 10_000;

    private enum Expected
    {
        Value,
        ValueOrEndOfArray,
        KeyOrEndOfObject,
        Key,
        Colon,
        NextInObject,
        NextInArray,
        Nothing,
    }

    /// <summary>What is told of text that ends too early.</summary>
    public const string EndOfInput = "unexpected end of JSON input";

    /// <summary>The first error in the text; null when it is one JSON value.</summary>
    public static string? FindError(ReadOnlySpan<byte> json)
    {
        string? error = PassValue(json, out int length);
        if (error is not null) return error;
        if (length == 0) return EndOfInput;
        PassBlanks(json, ref length);
        return length == json.Length ? null : Invalid(json, ref length, "after top-level value");
    }

    /// <summary>Passes over the first value of the text and the blanks before it; the first error in it, or null.</summary>
    /// <param name="length">Bytes to the end of the value, or to the end of what is wrong; 0 where nothing but blanks is left.</param>
    public static string? PassValue(ReadOnlySpan<byte> json, out int length)
    {
        var open = new Stack<bool>();
        var expected = Expected.Value;
        length = 0;
        int at = 0;
        while (expected != Expected.Nothing)
        {
            PassBlanks(json, ref at);
            if (at == json.Length) return open.Count == 0 && expected == Expected.Value ? null : EndOfInput;
            string? error = Step(json, ref at, ref expected, open);
            length = at;
            if (error is not null) return error;
        }

        return null;
    }

    private static void PassBlanks(ReadOnlySpan<byte> json, ref int at)
    {
        while (at < json.Length && json[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') at++;
    }

    private static string? Step(ReadOnlySpan<byte> json, ref int at, ref Expected expected, Stack<bool> open)
    {
        byte next = json[at];
        switch (expected)
        {
            case Expected.ValueOrEndOfArray when next == ']':
            case Expected.NextInArray when next == ']':
            case Expected.KeyOrEndOfObject when next == '}':
            case Expected.NextInObject when next == '}':
                open.Pop();
                break;
            case Expected.Value or Expected.ValueOrEndOfArray:
                return ReadValue(json, ref at, ref expected, open);
            case Expected.Key or Expected.KeyOrEndOfObject:
                if (next != '"') return Invalid(json, ref at, "looking for beginning of object key string");
                expected = Expected.Colon;
                return ReadString(json, ref at);
            case Expected.Colon:
                if (next != ':') return Invalid(json, ref at, "after object key");
                at++;
                expected = Expected.Value;
                return null;
            case Expected.NextInObject or Expected.NextInArray:
                if (next != ',') return Invalid(json, ref at, expected == Expected.NextInObject ? "after object key:value pair" : "after array element");
                at++;
                expected = expected == Expected.NextInObject ? Expected.Key : Expected.Value;
                return null;
            default:
                return EndOfInput;
        }

        at++;
        expected = AfterValue(open);
        return null;
    }

    private static string? ReadValue(ReadOnlySpan<byte> json, ref int at, ref Expected expected, Stack<bool> open)
    {
        byte next = json[at];
        if (next is (byte)'{' or (byte)'[')
        {
            if (open.Count == MaxDepth) return "exceeded max depth";
            open.Push(next == '{');
            expected = next == '{' ? Expected.KeyOrEndOfObject : Expected.ValueOrEndOfArray;
            at++;
            return null;
        }

        expected = AfterValue(open);
        return next switch
        {
            (byte)'"' => ReadString(json, ref at),
            (byte)'t' => ReadWord(json, ref at, "true"),
            (byte)'f' => ReadWord(json, ref at, "false"),
            (byte)'n' => ReadWord(json, ref at, "null"),
            (byte)'-' or (>= (byte)'0' and <= (byte)'9') => ReadNumber(json, ref at),
            _ => Invalid(json, ref at, "looking for beginning of value"),
        };
    }

    private static Expected AfterValue(Stack<bool> open) =>
        !open.TryPeek(out bool isObject) ? Expected.Nothing : isObject ? Expected.NextInObject : Expected.NextInArray;

    private static string? ReadString(ReadOnlySpan<byte> json, ref int at)
    {
        for (at++; at < json.Length; at++)
        {
            byte next = json[at];
            if (next == '"')
            {
                at++;
                return null;
            }

            if (next < ' ') return Invalid(json, ref at, "in string");
            if (next == '\\' && ReadEscape(json, ref at) is { } error) return error;
        }

        return EndOfInput;
    }

    private static string? ReadEscape(ReadOnlySpan<byte> json, ref int at)
    {
        int start = at++;
        if (at == json.Length) return EndOfInput;
        if (json[at] != 'u') return "\"\\/bfnrt"u8.Contains(json[at]) ? null : InvalidEscape(json, start, ref at, 2);
        ReadOnlySpan<byte> digits = json[(at + 1)..Math.Min(at + 5, json.Length)];
        foreach (byte digit in digits)
        {
            if (!char.IsAsciiHexDigit((char)digit)) return InvalidEscape(json, start, ref at, 2 + digits.Length);
        }

        if (digits.Length < 4) return EndOfInput;
        at += 4;
        return null;
    }

    private static string InvalidEscape(ReadOnlySpan<byte> json, int start, ref int at, int length)
    {
        at = start + length;
        ReadOnlySpan<byte> escape = json.Slice(start, length);
        // Go writes it between backquotes where that shows all of it.
        bool isPlain = !escape.ContainsAnyExceptInRange((byte)'!', (byte)'~') && !escape.Contains((byte)'`');
        string quoted = isPlain ? $"`{Encoding.UTF8.GetString(escape)}`" : GoQuote.Quote(escape);
        return $"invalid escape sequence {quoted} in string";
    }

    private static string? ReadWord(ReadOnlySpan<byte> json, ref int at, string word)
    {
        foreach (char letter in word)
        {
            if (at == json.Length) return EndOfInput;
            if (json[at] != letter) return Invalid(json, ref at, $"in literal {word} (expecting '{letter}')");
            at++;
        }

        return null;
    }

    private static string? ReadNumber(ReadOnlySpan<byte> json, ref int at)
    {
        if (json[at] == '-') at++;
        bool startsWithZero = at < json.Length && json[at] == '0';
        if (ReadDigits(json, ref at, most: startsWithZero ? 1 : int.MaxValue) is { } error) return error;
        if (at < json.Length && json[at] == '.')
        {
            at++;
            error = ReadDigits(json, ref at);
            if (error is not null) return error;
        }

        if (at == json.Length || json[at] is not ((byte)'e' or (byte)'E')) return null;
        at++;
        if (at < json.Length && json[at] is (byte)'+' or (byte)'-') at++;
        return ReadDigits(json, ref at);
    }

    private static string? ReadDigits(ReadOnlySpan<byte> json, ref int at, int most = int.MaxValue)
    {
        int start = at;
        while (at < json.Length && char.IsAsciiDigit((char)json[at]) && at - start < most) at++;
        if (at > start) return null;
        return at == json.Length ? EndOfInput : Invalid(json, ref at, "in numeric literal");
    }

    // Goes behind the character that is told.
    private static string Invalid(ReadOnlySpan<byte> json, ref int at, string context)
    {
        ReadOnlySpan<byte> character = json[at..];
        character = Rune.DecodeFromUtf8(character, out _, out int length) == OperationStatus.Done ? character[..length] : character[..1];
        at += character.Length;
        string quoted = character is [(byte)'\''] ? @"\'" : character is [(byte)'"'] ? "\"" : GoQuote.Quote(character)[1..^1];
        return $"invalid character '{quoted}' {context}";
    }
}
