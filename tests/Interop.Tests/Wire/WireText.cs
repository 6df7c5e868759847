using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Interop.Tests;

/// <summary>How a conversation file writes bytes: printable text as it is, the rest escaped.</summary>
/// <remarks><c>\r \n \t \\ \xNN</c>; <c>\{5000 x}</c> is 5000 times x; <c>\{sig}</c> and <c>\{strangersig}</c> sign the
/// nonce of the connection's INFO.</remarks>
public static partial class WireText
{
    public static byte[] Decode(string text, Func<string, string> sign)
    {
        using MemoryStream bytes = new();
        int at = 0;
        foreach (Match escape in Escape().Matches(text))
        {
            bytes.Write(Encoding.UTF8.GetBytes(text[at..escape.Index]));
            bytes.Write(Meaning(escape.Value, sign));
            at = escape.Index + escape.Length;
        }

        bytes.Write(Encoding.UTF8.GetBytes(text[at..]));
        return bytes.ToArray();
    }

    public static string Encode(string latin1)
    {
        StringBuilder text = new();
        foreach (char c in latin1)
        {
            text.Append(c switch
            {
                '\\' => @"\\",
                '\r' => @"\r",
                '\n' => @"\n",
                '\t' => @"\t",
                < ' ' or > '~' => $@"\x{(int)c:x2}",
                _ => c.ToString(),
            });
        }

        if (text.Length > 0 && text[^1] == ' ')
            text.Remove(text.Length - 1, 1).Append(@"\x20");
        return OwnReply().Replace(text.ToString(), "_R_.*");
    }

    /// <summary>An operation as it would be had every round trip that it tells of taken 1 ns, sizes included.</summary>
    public static IReadOnlyList<string> WithoutTimes(IReadOnlyList<string> operation)
    {
        int digits = operation.Sum(line => RoundTrip().Matches(line).Sum(time => time.Length - 1));
        if (digits == 0)
            return operation;
        string control = Size().Replace(operation[0], size => (int.Parse(size.Value) - digits).ToString(CultureInfo.InvariantCulture));
        return [control, .. operation.Skip(1).Select(line => RoundTrip().Replace(line, "1"))];
    }

    private static byte[] Meaning(string escape, Func<string, string> sign) => escape[1] switch
    {
        'r' => [(byte)'\r'],
        'n' => [(byte)'\n'],
        't' => [(byte)'\t'],
        '\\' => [(byte)'\\'],
        'x' => [byte.Parse(escape.AsSpan(2), NumberStyles.HexNumber)],
        _ when Repeat().Match(escape) is { Success: true } repeat =>
            Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(repeat.Groups[2].Value, int.Parse(repeat.Groups[1].Value)))),
        _ => Encoding.UTF8.GetBytes(sign(escape[2..^1])),
    };

    // Random: the server invents one for each request that crosses accounts.
    [GeneratedRegex(@"_R_\.[A-Za-z0-9]{6}\.[A-Za-z0-9]{6}")]
    private static partial Regex OwnReply();

    [GeneratedRegex(@"(?<=^Nats-Request-Info: .*""rtt"":)\d+")]
    private static partial Regex RoundTrip();

    // Of headers and of everything: both grow with what the headers say.
    [GeneratedRegex(@"(?<= )\d+(?= \d+$|$)")]
    private static partial Regex Size();

    [GeneratedRegex(@"\\(?:[rnt\\]|x[0-9a-fA-F]{2}|\{[^}]*\})")]
    private static partial Regex Escape();

    [GeneratedRegex(@"^\\\{(\d+) ([^}]+)\}$")]
    private static partial Regex Repeat();
}
