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

    /// <summary>An operation as it would be at any other time, with any other ids: those inside are one letter or two, and its sizes are what they would be then.</summary>
    public static IReadOnlyList<string> WithoutTimes(IReadOnlyList<string> operation)
    {
        string[] body = [.. operation.Skip(1).Select(Steady)];
        int shorter = operation.Skip(1).Sum(line => line.Length) - body.Sum(line => line.Length);
        string control = AckTime().Replace(FlowToken().Replace(operation[0], "$1*"), "T");
        if (shorter != 0)
            control = (control[0] == 'H' ? Sizes() : Size()).Replace(control, size => (int.Parse(size.Value) - shorter).ToString(CultureInfo.InvariantCulture));
        return [control, .. body];
    }

    private static string Steady(string line)
    {
        line = Time().Replace(RoundTrip().Replace(line, "1"), "T");
        line = Id().Replace(Remaining().Replace(line, "1"), "ID");
        return AckTime().Replace(FlowToken().Replace(line, "$1*"), "T");
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

    // When a message was stored, inside the subject of its acknowledgement.
    [GeneratedRegex(@"(?<=\.)1[0-9]{18}(?=\.)")]
    private static partial Regex AckTime();

    [GeneratedRegex(@"(\$JS\.FC\.[^ ]*\.)[A-Za-z0-9]{4}(?= |$)")]
    private static partial Regex FlowToken();

    // The zero time stays: it says that there is none.
    [GeneratedRegex(@"(?!0001-)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")]
    private static partial Regex Time();

    [GeneratedRegex(@"(?<=""id"":""|_id"":""|Nats-Pin-Id: )[A-Za-z0-9]{22}(?![A-Za-z0-9])")]
    private static partial Regex Id();

    [GeneratedRegex(@"(?<=""pause_remaining"":)\d+")]
    private static partial Regex Remaining();

    [GeneratedRegex(@"(?<= )\d+$")]
    private static partial Regex Size();

    // Of headers and of everything: both grow with what the headers say.
    [GeneratedRegex(@"(?<= )\d+(?= \d+$|$)")]
    private static partial Regex Sizes();

    [GeneratedRegex(@"\\(?:[rnt\\]|x[0-9a-fA-F]{2}|\{[^}]*\})")]
    private static partial Regex Escape();

    [GeneratedRegex(@"^\\\{(\d+) ([^}]+)\}$")]
    private static partial Regex Repeat();
}
