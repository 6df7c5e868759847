using System.Globalization;

namespace DotNats.Security;

/// <summary>Times of day, <c>15:04:05</c>.</summary>
// Compat: as Go's layout reads it: the hour may have one digit, and a fraction of a second may follow, which is ignored.
internal static class TimeOfDay
{
    public static bool TryParse(string text, out TimeSpan time)
    {
        time = default;
        ReadOnlySpan<char> rest = text;
        int hourDigits = rest.IndexOf(':');
        if (hourDigits is not (1 or 2) || !TryNumber(rest[..hourDigits], 23, out int hour))
            return false;
        rest = rest[hourDigits..];
        if (rest.Length < 6 || rest[3] != ':' || !TryNumber(rest[1..3], 59, out int minute) || !TryNumber(rest[4..6], 59, out int second))
            return false;
        rest = rest[6..];
        if (!rest.IsEmpty && (rest.Length < 2 || rest[0] is not ('.' or ',') || rest[1..].IndexOfAnyExceptInRange('0', '9') >= 0))
            return false;
        time = new TimeSpan(hour, minute, second);
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<char> digits, int most, out int value) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= most;
}
