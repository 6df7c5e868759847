using System.Globalization;

namespace DotNats.Configuration.Language;

/// <summary>Floats in Go's notations: shortest digits that read back the same.</summary>
internal static class FloatFormat
{
    private const double Largest = 1e21;

    /// <summary>Writes plain decimals between <paramref name="smallest"/> and 1e21, otherwise with an exponent.</summary>
    /// <param name="exponentDigits">Least number of digits of a negative exponent; a positive one always has two.</param>
    public static string Write(double value, double smallest, int exponentDigits)
    {
        if (value == 0)
            return double.IsNegative(value) ? "-0" : "0";
        (string digits, int exponent) = Split(Math.Abs(value));
        string sign = value < 0 ? "-" : "";
        bool plain = Math.Abs(value) >= smallest && Math.Abs(value) < Largest;
        return sign + (plain ? Plain(digits, exponent) : Scientific(digits, exponent, exponentDigits));
    }

    /// <summary>Digits without point and the power of ten of the first one.</summary>
    private static (string Digits, int Exponent) Split(double value)
    {
        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        int e = shortest.IndexOf('E');
        int exponent = e < 0 ? 0 : int.Parse(shortest.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string mantissa = e < 0 ? shortest : shortest[..e];
        int point = mantissa.IndexOf('.');
        exponent += (point < 0 ? mantissa.Length : point) - 1;
        string digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        string trimmed = digits.TrimStart('0');
        exponent -= digits.Length - trimmed.Length;
        return (trimmed.TrimEnd('0'), exponent);
    }

    private static string Plain(string digits, int exponent)
    {
        if (exponent < 0)
            return "0." + new string('0', -exponent - 1) + digits;
        return digits.Length <= exponent + 1
            ? digits.PadRight(exponent + 1, '0')
            : $"{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }

    private static string Scientific(string digits, int exponent, int exponentDigits)
    {
        string mantissa = digits.Length == 1 ? digits : $"{digits[0]}.{digits[1..]}";
        int width = exponent < 0 ? exponentDigits : 2;
        string power = Math.Abs(exponent).ToString(CultureInfo.InvariantCulture).PadLeft(width, '0');
        return $"{mantissa}e{(exponent < 0 ? '-' : '+')}{power}";
    }
}
