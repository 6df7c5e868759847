using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace DotNats.App.CommandLine;

/// <summary>What a flag takes.</summary>
internal enum FlagKind
{
    /// <summary>Nothing, or <c>=true</c> and its like.</summary>
    Switch,
    Number,
    Text,
}

/// <summary>A flag's value, read by the rules of Go's <c>flag</c> package, which users' scripts were written for.</summary>
internal readonly record struct FlagValue(string Text, bool On, long Number)
{
    // Any number beyond 64 bits says so; how far beyond does not matter.
    private static readonly Int128 OutOfRange = (Int128)ulong.MaxValue;

    /// <summary>The number for an option of 32 bits. What does not fit stays recognisably wrong: the port check refuses it.</summary>
    public int Int32 => (int)Math.Clamp(Number, int.MinValue, int.MaxValue);

    /// <summary>Reads <paramref name="text"/> as <paramref name="kind"/>; <paramref name="error"/> is Go's word for what is wrong.</summary>
    public static bool TryRead(FlagKind kind, string text, out FlagValue value, [NotNullWhen(false)] out string? error)
    {
        value = default;
        error = null;
        switch (kind)
        {
            case FlagKind.Switch when ReadSwitch(text) is { } on:
                value = new FlagValue(text, on, 0);
                return true;
            case FlagKind.Number when ReadNumber(text, out error) is { } number:
                value = new FlagValue(text, false, number);
                return true;
            case FlagKind.Text:
                value = new FlagValue(text, false, 0);
                return true;
            default:
                error ??= "parse error";
                return false;
        }
    }

    private static bool? ReadSwitch(string text) => text switch
    {
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        _ => null,
    };

    // Go's integer literals: an optional sign, then decimal, 0x, 0b, 0o or a leading zero for octal, with underscores between digits.
    private static long? ReadNumber(string text, out string? error)
    {
        error = "parse error";
        ReadOnlySpan<char> rest = text;
        bool negative = rest is ['-', ..];
        if (rest is ['-' or '+', ..]) rest = rest[1..];
        int numberBase = TakeBase(ref rest, out bool prefixed);
        if (!TryRead(rest, numberBase, prefixed, out Int128 number)) return null;
        if (negative) number = -number;
        if (number < long.MinValue || number > long.MaxValue)
        {
            error = "value out of range";
            return null;
        }
        error = null;
        return (long)number;
    }

    private static int TakeBase(ref ReadOnlySpan<char> digits, out bool prefixed)
    {
        prefixed = digits is ['0', _, ..];
        if (!prefixed) return 10;
        int numberBase = digits[1] switch { 'x' or 'X' => 16, 'b' or 'B' => 2, 'o' or 'O' => 8, _ => 0 };
        digits = digits[(numberBase == 0 ? 1 : 2)..];
        return numberBase == 0 ? 8 : numberBase;
    }

    private static bool TryRead(ReadOnlySpan<char> digits, int numberBase, bool prefixed, out Int128 number)
    {
        number = Int128.Zero;
        // An underscore stands between digits, or between the base and a digit.
        bool digitBefore = prefixed;
        foreach (char c in digits)
        {
            if (c == '_')
            {
                if (!digitBefore) return false;
                digitBefore = false;
                continue;
            }
            int digit = char.IsAsciiHexDigit(c) ? int.Parse([c], NumberStyles.HexNumber, CultureInfo.InvariantCulture) : 99;
            if (digit >= numberBase) return false;
            number = Int128.Min(number * numberBase + digit, OutOfRange);
            digitBefore = true;
        }
        return digits.Length > 0 && digitBefore;
    }
}
