using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace DotNats.Protocol.Text;

/// <summary>
/// Durations as Go programs write and read them ("1h2m3.5s", "250ms"): configuration files, monitoring replies and log lines use this form.
/// Grammar: <c>[+-] ( number unit )+</c> or <c>0</c>; units ns, us, µs, μs, ms, s, m, h; documented with Go's package <c>time</c>.
/// </summary>
public static class GoDuration
{
    private const long Second = 1_000_000_000;
    private const ulong Largest = 1UL << 63;
    private static readonly SearchValues<char> NumberStart = SearchValues.Create(".0123456789");

    /// <summary>Reads a duration; parts of 100 ns and less are cut off.</summary>
    /// <exception cref="FormatException">The text is no duration; the message is Go's.</exception>
    public static TimeSpan Parse(string text) =>
        TryParse(text, out TimeSpan value, out string? error) ? value : throw new FormatException(error);

    /// <summary>Reads a duration; parts of 100 ns and less are cut off.</summary>
    /// <param name="error">Go's wording of what is wrong, e.g. <c>time: missing unit in duration "10"</c>.</param>
    public static bool TryParse(string text, out TimeSpan value, [NotNullWhen(false)] out string? error)
    {
        bool done = TryParseNanoseconds(text, out long nanoseconds, out error);
        value = new TimeSpan(nanoseconds / TimeSpan.NanosecondsPerTick);
        return done;
    }

    /// <summary>Reads a duration in full resolution.</summary>
    /// <param name="nanoseconds">The duration; 0 when the text is none. At most about 292 years either way.</param>
    /// <param name="error">Go's wording of what is wrong.</param>
    public static bool TryParseNanoseconds(string text, out long nanoseconds, [NotNullWhen(false)] out string? error)
    {
        nanoseconds = 0;
        ReadOnlySpan<char> rest = text;
        bool negative = rest is ['-', ..];
        if (rest is ['-' or '+', ..])
            rest = rest[1..];
        error = null;
        if (rest is "0")
            return true;
        if (rest.IsEmpty)
            return Fail(Invalid(text), out error);
        ulong sum = 0;
        while (!rest.IsEmpty)
        {
            error = ReadPart(text, ref rest, ref sum);
            if (error is not null)
                return false;
        }
        if (sum > Largest - (negative ? 0UL : 1UL))
            return Fail(Invalid(text), out error);
        nanoseconds = negative ? unchecked(-(long)sum) : (long)sum;
        return true;
    }

    /// <summary>Writes a duration as Go prints it: <c>2m0s</c>, <c>1.5s</c>, <c>250ms</c>, <c>0s</c>.</summary>
    public static string Format(TimeSpan value)
    {
        UInt128 ticks = (UInt128)Int128.Abs(value.Ticks);
        return Format(value.Ticks < 0, ticks * (UInt128)TimeSpan.NanosecondsPerTick);
    }

    /// <summary>Writes a duration given in nanoseconds as Go prints it.</summary>
    public static string FormatNanoseconds(long nanoseconds) => Format(nanoseconds < 0, (UInt128)Int128.Abs(nanoseconds));

    private static string Format(bool negative, UInt128 nanoseconds)
    {
        if (nanoseconds == 0)
            return "0s";
        StringBuilder text = new(24);
        if (negative)
            text.Append('-');
        if (nanoseconds < (UInt128)Second)
            return AppendBelowSecond(text, (uint)nanoseconds).ToString();
        (UInt128 seconds, UInt128 fraction) = UInt128.DivRem(nanoseconds, (UInt128)Second);
        UInt128 minutes = seconds / 60;
        if (minutes >= 60)
            text.Append(CultureInfo.InvariantCulture, $"{minutes / 60}h");
        if (minutes > 0)
            text.Append(CultureInfo.InvariantCulture, $"{minutes % 60}m");
        return AppendDecimal(text, (uint)(seconds % 60), (uint)fraction, 9).Append('s').ToString();
    }

    private static StringBuilder AppendBelowSecond(StringBuilder text, uint nanoseconds) => nanoseconds switch
    {
        < 1_000 => text.Append(nanoseconds).Append("ns"),
        < 1_000_000 => AppendDecimal(text, nanoseconds / 1_000, nanoseconds % 1_000, 3).Append("µs"),
        _ => AppendDecimal(text, nanoseconds / 1_000_000, nanoseconds % 1_000_000, 6).Append("ms"),
    };

    private static StringBuilder AppendDecimal(StringBuilder text, uint whole, uint fraction, int digits)
    {
        text.Append(whole);
        if (fraction == 0)
            return text;
        string tail = fraction.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0').TrimEnd('0');
        return text.Append('.').Append(tail);
    }

    /// <summary>One number with its unit; adds to <paramref name="sum"/> and returns what is wrong, or null.</summary>
    private static string? ReadPart(string text, ref ReadOnlySpan<char> rest, ref ulong sum)
    {
        if (rest[0] is not ('.' or (>= '0' and <= '9')))
            return Invalid(text);
        int before = rest.Length;
        if (!ReadWhole(ref rest, out ulong whole))
            return Invalid(text);
        bool hasDigits = rest.Length != before;
        ulong fraction = 0;
        double scale = 1;
        if (rest is ['.', ..])
        {
            rest = rest[1..];
            before = rest.Length;
            ReadFraction(ref rest, out fraction, out scale);
            hasDigits |= rest.Length != before;
        }
        if (!hasDigits)
            return Invalid(text);
        int length = rest.IndexOfAny(NumberStart);
        ReadOnlySpan<char> name = length < 0 ? rest : rest[..length];
        if (name.IsEmpty)
            return $"time: missing unit in duration {Quote(text)}";
        ulong unit = UnitOf(name);
        if (unit == 0)
            return $"time: unknown unit {Quote(name.ToString())} in duration {Quote(text)}";
        rest = rest[name.Length..];
        return Add(ref sum, whole, unit, fraction, scale) ? null : Invalid(text);
    }

    private static bool Add(ref ulong sum, ulong whole, ulong unit, ulong fraction, double scale)
    {
        if (whole > Largest / unit)
            return false;
        ulong part = whole * unit;
        // Compat: Go weighs the fraction in floating point, so that "0.3333333333333333333h" is exactly 20 minutes.
        part += (ulong)(fraction * (unit / scale));
        if (part > Largest - sum)
            return false;
        sum += part;
        return true;
    }

    private static bool ReadWhole(ref ReadOnlySpan<char> rest, out ulong value)
    {
        value = 0;
        while (rest is [>= '0' and <= '9', ..])
        {
            if (value > Largest / 10)
                return false;
            value = (value * 10) + (ulong)(rest[0] - '0');
            if (value > Largest)
                return false;
            rest = rest[1..];
        }
        return true;
    }

    /// <summary>Digits behind the point; those beyond 63 bits no longer count but are read.</summary>
    private static void ReadFraction(ref ReadOnlySpan<char> rest, out ulong value, out double scale)
    {
        value = 0;
        scale = 1;
        bool full = false;
        for (; rest is [>= '0' and <= '9', ..]; rest = rest[1..])
        {
            if (full || value > (Largest - 1) / 10)
            {
                full = true;
                continue;
            }
            ulong next = (value * 10) + (ulong)(rest[0] - '0');
            if (next > Largest)
            {
                full = true;
                continue;
            }
            value = next;
            scale *= 10;
        }
    }

    private static ulong UnitOf(ReadOnlySpan<char> name) => name switch
    {
        "ns" => 1,
        "us" or "µs" or "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => (ulong)Second,
        "m" => 60 * (ulong)Second,
        "h" => 3600 * (ulong)Second,
        _ => 0,
    };

    private static bool Fail(string message, out string? error)
    {
        error = message;
        return false;
    }

    private static string Invalid(string text) => $"time: invalid duration {Quote(text)}";

    /// <summary>The text in double quotes; control and non-ASCII characters as <c>\xNN</c> of their UTF-8 bytes.</summary>
    internal static string Quote(string text)
    {
        StringBuilder quoted = new(text.Length + 2);
        quoted.Append('"');
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            if (b is (byte)'"' or (byte)'\\')
                quoted.Append('\\').Append((char)b);
            else if (b is < 0x20 or >= 0x80)
                quoted.Append("\\x").Append(b.ToString("x2", CultureInfo.InvariantCulture));
            else
                quoted.Append((char)b);
        }
        return quoted.Append('"').ToString();
    }
}
