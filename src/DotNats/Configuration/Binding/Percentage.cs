using System.Globalization;

namespace DotNats.Configuration.Binding;

/// <summary>A share given as 50, "50" or "50%".</summary>
internal static class Percentage
{
    /// <summary>False for text that is no number; the range is the caller's to check.</summary>
    public static bool TryRead(object value, out long percent)
    {
        percent = 0;
        if (value is long number)
        {
            percent = number;
            return true;
        }
        return value is string text && long.TryParse(Digits(text), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out percent);
    }

    /// <summary>The text without its percent sign.</summary>
    public static string Digits(string text) => text.EndsWith('%') ? text[..^1] : text;
}
