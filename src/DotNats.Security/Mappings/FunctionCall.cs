using System.Globalization;

namespace DotNats.Security;

/// <summary>The spelling of a call: <c>{{ name ( argument, argument ) }}</c>.</summary>
// Compat: as in nats-server the call may stand anywhere in its token; what is around it is lost.
internal static class FunctionCall
{
    private const string Blanks = " \t\n\f\r";

    /// <summary>Finds the first call of a function; its arguments reach to the last parenthesis that closes a call.</summary>
    /// <param name="name">Its capitals may be written either way, its other letters may not.</param>
    public static bool TryFind(string token, string name, out string[] arguments)
    {
        for (int at = token.IndexOf("{{", StringComparison.Ordinal); at >= 0; at = token.IndexOf("{{", at + 1, StringComparison.Ordinal))
        {
            int start = SkipBlanks(token, at + 2);
            if (!IsNamed(token.AsSpan(start), name))
                continue;
            start = SkipBlanks(token, start + name.Length);
            if (start == token.Length || token[start] != '(')
                continue;
            int end = FindEnd(token, start + 1);
            if (end < 0)
                continue;
            arguments = SplitAtCommas(token[(start + 1)..end]);
            return true;
        }

        arguments = [];
        return false;
    }

    /// <summary>An argument, blanks around it left out.</summary>
    public static bool TryArgument(string text, out long number) => TryNumber(text.Trim(' '), out number);

    /// <summary>Digits, perhaps with a sign.</summary>
    public static bool TryNumber(string text, out long number)
    {
        number = 0;
        ReadOnlySpan<char> digits = text.Length > 0 && text[0] is '+' or '-' ? text.AsSpan(1) : text;
        return !digits.IsEmpty && !digits.ContainsAnyExceptInRange('0', '9')
            && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }

    private static bool IsNamed(ReadOnlySpan<char> text, string name)
    {
        if (text.Length < name.Length)
            return false;
        for (int i = 0; i < name.Length; i++)
        {
            if (text[i] != name[i] && !(char.IsAsciiLetterUpper(name[i]) && text[i] == char.ToLowerInvariant(name[i])))
                return false;
        }

        return true;
    }

    // Index of the parenthesis, or -1. A line feed cannot be part of the arguments.
    private static int FindEnd(string token, int start)
    {
        int limit = token.IndexOf('\n', start);
        int at = token.LastIndexOf(')', limit < 0 ? token.Length - 1 : limit);
        while (at >= start)
        {
            if (string.CompareOrdinal(token, SkipBlanks(token, at + 1), "}}", 0, 2) == 0)
                return at;
            at = token.LastIndexOf(')', at - 1);
        }

        return -1;
    }

    private static string[] SplitAtCommas(string arguments)
    {
        string[] parts = arguments.Split(',');
        for (int i = 1; i < parts.Length; i++)
            parts[i] = parts[i].TrimStart(Blanks.ToCharArray());
        return parts;
    }

    private static int SkipBlanks(string token, int at)
    {
        while (at < token.Length && Blanks.Contains(token[at]))
            at++;
        return at;
    }
}
