namespace DotNats.Security;

/// <summary>The dashed text files of NATS tools: a JWT, a seed, or one of each (<c>.creds</c>).</summary>
public static class CredentialsText
{
    private const string Dashes = "---";

    /// <summary>The JWT in a decorated file; where nothing is decorated, the whole text without the white space around it.</summary>
    public static string FindJwt(string text) => Blocks(text).FirstOrDefault() ?? text.Trim();

    /// <summary>The seed: the second decorated block, or the first line that begins as the seed of an operator, account or user does. Null for none.</summary>
    public static string? FindSeed(string text) =>
        Blocks(text).Skip(1).FirstOrDefault()
        ?? Lines(text).Select(line => line.Trim()).FirstOrDefault(line => line.StartsWith("SO", StringComparison.Ordinal)
            || line.StartsWith("SA", StringComparison.Ordinal) || line.StartsWith("SU", StringComparison.Ordinal));

    // Compat: a block is one line of letters, digits and -_.= between two lines that begin and end with dashes, whatever is between those.
    private static IEnumerable<string> Blocks(string text)
    {
        string[] lines = Lines(text);
        for (int i = 0; i + 2 < lines.Length; i++)
        {
            if (!IsBorder(lines[i]) || !IsContent(lines[i + 1]) || !IsBorder(lines[i + 2]))
                continue;
            yield return lines[i + 1];
            i += 2;
        }
    }

    private static string[] Lines(string text) => [.. text.Split('\n').Select(line => line.EndsWith('\r') ? line[..^1] : line)];

    private static bool IsBorder(string line) =>
        line.EndsWith(Dashes, StringComparison.Ordinal) && line[..^Dashes.Length].Contains(Dashes, StringComparison.Ordinal);

    private static bool IsContent(string line) => line.Length > 0 && line.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '=');
}
