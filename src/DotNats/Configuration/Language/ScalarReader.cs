using System.Globalization;
using System.Text;

namespace DotNats.Configuration.Language;

/// <summary>Turns the text of a simple token into its value.</summary>
internal static class ScalarReader
{
    /// <summary>The value: string, bool, long, double or UTC <see cref="DateTime"/>; null, without a reason, for one that is passed over.</summary>
    /// <param name="reason">Why there is no value, or null.</param>
    public static object? Read(ConfigToken token, out string? reason)
    {
        reason = null;
        switch (token.Kind)
        {
            case ConfigTokenKind.Bool:
                return BoolWords.TryParse(token.Text, out bool word) && word;
            case ConfigTokenKind.Integer:
                return Integer(token.Text, out reason);
            case ConfigTokenKind.Float:
                return Float(token.Text, out reason);
            case ConfigTokenKind.DateTime:
                return Date(token.Text, out reason);
            default:
                return token.Text;
        }
    }

    private static long? Integer(string text, out string? reason)
    {
        int digits = 0;
        while (digits < text.Length && (char.IsDigit(text[digits]) || text[digits] == '-'))
            digits++;
        reason = null;
        ReadOnlySpan<char> number = text.AsSpan(0, digits);
        if (long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value))
            return Unit(text[digits..]) is { } unit ? unchecked(value * unit) : null;
        bool isNumber = !number.TrimStart('-').ContainsAnyExceptInRange('0', '9');
        reason = isNumber ? $"integer '{text}' is out of the range" : $"expected integer, but got '{text}'";
        return null;
    }

    /// <summary>k, m, g… are powers of 1000; with b, i or ib behind them powers of 1024.</summary>
    // Compat: what only looks like a suffix ("10kbb") makes nats-server forget the value; so do we, null.
    private static long? Unit(string suffix)
    {
        if (suffix.Length == 0)
            return 1;
        int power = "kmgtpe".IndexOf(char.ToLowerInvariant(suffix[0]), StringComparison.Ordinal) + 1;
        int factor = suffix[1..].ToLowerInvariant() switch
        {
            "" => 1000,
            "b" or "i" or "ib" => 1024,
            _ => 0,
        };
        if (power == 0 || factor == 0)
            return null;
        long unit = 1;
        for (int i = 0; i < power; i++)
            unit *= factor;
        return unit;
    }

    private static double? Float(string text, out string? reason)
    {
        reason = null;
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
            reason = $"expected float, but got '{text}'";
        else if (double.IsInfinity(value))
            reason = $"float '{text}' is out of the range";
        return reason is null ? value : null;
    }

    private static DateTime? Date(string text, out string? reason)
    {
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        bool isDate = DateTime.TryParseExact(text, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture, Utc, out DateTime value);
        reason = isDate ? null : $"expected Zulu formatted DateTime, but got '{text}'";
        return isDate ? value : null;
    }
}
