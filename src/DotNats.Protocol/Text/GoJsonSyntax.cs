using System.Text;

namespace DotNats.Protocol.Text;

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

    /// <summary>The first error in the text; null when it is one JSON value.</summary>
    public static string? FindError(ReadOnlySpan<byte> json)
    {
        var open = new Stack<bool>();
        var expected = Expected.Value;
        int at = 0;
        while (true)
        {
            while (at < json.Length && json[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') at++;
            if (at == json.Length) return expected == Expected.Nothing ? null : EndOfInput;
            string? error = Step(json, ref at, ref expected, open);
            if (error is not null) return error;
        }
    }

    private const string EndOfInput = "unexpected end of JSON input";

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
                if (next != '"') return Invalid(next, "looking for beginning of object key string");
                expected = Expected.Colon;
                return ReadString(json, ref at);
            case Expected.Colon:
                if (next != ':') return Invalid(next, "after object key");
                at++;
                expected = Expected.Value;
                return null;
            case Expected.NextInObject or Expected.NextInArray:
                if (next != ',') return Invalid(next, expected == Expected.NextInObject ? "after object key:value pair" : "after array element");
                at++;
                expected = expected == Expected.NextInObject ? Expected.Key : Expected.Value;
                return null;
            default:
                return Invalid(next, "after top-level value");
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
            _ => Invalid(next, "looking for beginning of value"),
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

            if (next < ' ') return Invalid(next, "in string literal");
            if (next == '\\' && ReadEscape(json, ref at) is { } error) return error;
        }

        return EndOfInput;
    }

    private static string? ReadEscape(ReadOnlySpan<byte> json, ref int at)
    {
        if (++at == json.Length) return EndOfInput;
        if (json[at] != 'u') return "\"\\/bfnrt"u8.Contains(json[at]) ? null : Invalid(json[at], "in string escape code");
        for (int i = 0; i < 4; i++)
        {
            if (++at == json.Length) return EndOfInput;
            if (!char.IsAsciiHexDigit((char)json[at])) return Invalid(json[at], "in \\u hexadecimal character escape");
        }

        return null;
    }

    private static string? ReadWord(ReadOnlySpan<byte> json, ref int at, string word)
    {
        foreach (char letter in word)
        {
            if (at == json.Length) return EndOfInput;
            if (json[at] != letter) return Invalid(json[at], $"in literal {word} (expecting '{letter}')");
            at++;
        }

        return null;
    }

    private static string? ReadNumber(ReadOnlySpan<byte> json, ref int at)
    {
        if (json[at] == '-') at++;
        bool startsWithZero = at < json.Length && json[at] == '0';
        if (ReadDigits(json, ref at, "in numeric literal", most: startsWithZero ? 1 : int.MaxValue) is { } error) return error;
        if (at < json.Length && json[at] == '.')
        {
            at++;
            error = ReadDigits(json, ref at, "after decimal point in numeric literal");
            if (error is not null) return error;
        }

        if (at == json.Length || json[at] is not ((byte)'e' or (byte)'E')) return null;
        at++;
        if (at < json.Length && json[at] is (byte)'+' or (byte)'-') at++;
        return ReadDigits(json, ref at, "in exponent of numeric literal");
    }

    private static string? ReadDigits(ReadOnlySpan<byte> json, ref int at, string context, int most = int.MaxValue)
    {
        int start = at;
        while (at < json.Length && char.IsAsciiDigit((char)json[at]) && at - start < most) at++;
        if (at > start) return null;
        return at == json.Length ? EndOfInput : Invalid(json[at], context);
    }

    private static string Invalid(byte character, string context) => $"invalid character {Quote(character)} {context}";

    // Go takes the byte for a character of Latin-1.
    private static string Quote(byte character) => character switch
    {
        (byte)'\'' => @"'\''",
        (byte)'"' => "'\"'",
        _ => $"'{GoQuote.Quote(Encoding.UTF8.GetBytes([(char)character]))[1..^1]}'",
    };
}
