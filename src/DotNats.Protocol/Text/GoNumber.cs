using System.Globalization;
using DotNats.Primitives;

namespace DotNats.Protocol.Text;

/// <summary>Whole numbers as Go's <c>strconv.Atoi</c> reads them.</summary>
public static class GoNumber
{
    /// <summary>What is wrong with a text that should be a number of 64 bits, in Go's words; null for nothing.</summary>
    public static string? FindError(string text)
    {
        ReadOnlySpan<char> digits = text.StartsWith('+') || text.StartsWith('-') ? text.AsSpan(1) : text;
        string? problem = digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9') ? "invalid syntax"
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? null : "value out of range";
        return problem is null ? null : $"strconv.Atoi: parsing {GoQuote.Quote(text)}: {problem}";
    }
}
