using System.Text;
using System.Text.RegularExpressions;

namespace DotNats.Tests.Configuration;

/// <summary>A configuration and what the real nats-server said of it under <c>-t</c>.</summary>
/// <param name="Exit">Its exit code.</param>
/// <param name="Always">Lines it printed every time it was asked.</param>
/// <param name="Sometimes">Lines it printed some of the times: its order of keys is random, and some errors end a section.</param>
public sealed partial record CorpusCase(string Group, string Name, string Text, int Exit, IReadOnlyList<string> Always, IReadOnlyList<string> Sometimes)
{
    // A case reads:  === name / text / --- exit code / = line always printed / ~ line sometimes printed
    private const string CaseMark = "=== ";
    private const string AnswerMark = "--- ";

    public static string Directory { get; } = Path.Combine(AppContext.BaseDirectory, "Configuration", "Corpus");

    public static IEnumerable<string> Files => System.IO.Directory.EnumerateFiles(Directory, "*.cases").Order();

    public static IReadOnlyList<CorpusCase> All { get; } = [.. Files.SelectMany(Read)];

    /// <summary>Configurations that are read without complaint and what the real server then said when it was started; its first line alone counts.</summary>
    public static IReadOnlyList<CorpusCase> Starts { get; } = [.. Read(Path.Combine(Directory, "start", "start.cases"))];

    public override string ToString() => $"{Group}: {Name}";

    public static IEnumerable<CorpusCase> Read(string path)
    {
        string group = Path.GetFileNameWithoutExtension(path);
        foreach (string part in File.ReadAllText(path).Split("\n" + CaseMark).Skip(1))
        {
            int endOfName = part.IndexOf('\n');
            int answer = part.LastIndexOf("\n" + AnswerMark, StringComparison.Ordinal);
            string text = Unescape(part[(endOfName + 1)..(answer < 0 ? part.Length : answer + 1)]);
            string[] lines = answer < 0 ? [AnswerMark + "-1"] : part[(answer + 1)..].TrimEnd('\n').Split('\n');
            yield return new CorpusCase(group, part[..endOfName], text, int.Parse(lines[0][AnswerMark.Length..]),
                [.. Marked(lines, "= ")], [.. Marked(lines, "~ ")]);
        }
    }

    /// <summary>Text of the case as it stands in its file.</summary>
    public string Write()
    {
        StringBuilder text = new();
        text.Append('\n').Append(CaseMark).Append(Name).Append('\n').Append(Escape(Text)).Append(Text.EndsWith('\n') ? "" : "‹END›\n").Append(AnswerMark).Append(Exit).Append('\n');
        foreach (string line in Always)
            text.Append("= ").Append(Escape(line)).Append('\n');
        foreach (string line in Sometimes)
            text.Append("~ ").Append(Escape(line)).Append('\n');
        return text.ToString();
    }

    /// <summary>The lines of an answer; of maps and lists only the bracket, for nats-server prints where they are in memory.</summary>
    public static string[] WithoutAddresses(string answer) =>
        [.. answer.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Printed().Replace(line, "$1"))];

    [GeneratedRegex(@"(got (map)?\[).*")]
    private static partial Regex Printed();

    private static IEnumerable<string> Marked(string[] lines, string mark) =>
        lines.Where(l => l.StartsWith(mark, StringComparison.Ordinal)).Select(l => Unescape(l[mark.Length..]));

    // Case files are plain text: what is not stands as a name in angle quotes; a text without a line feed at its end says so.
    private static string Escape(string text) => text.Replace("\0", "‹NUL›", StringComparison.Ordinal).Replace("\r", "‹CR›", StringComparison.Ordinal);

    private static string Unescape(string text) => text.Replace("‹NUL›", "\0", StringComparison.Ordinal).Replace("‹CR›", "\r", StringComparison.Ordinal)
        .Replace("‹END›\n", "", StringComparison.Ordinal);
}
