using System.Text.RegularExpressions;

namespace Interop.Tests;

/// <summary>The examples of a document: under a heading, a <c>conf</c> block and the <c>dialogue</c> block that shows what it does.</summary>
public static partial class DocumentExample
{
    /// <summary>Headings of the document that have an example, with the conversation their blocks make.</summary>
    public static IReadOnlyDictionary<string, string> In(string document)
    {
        Dictionary<string, string> examples = [];
        string heading = "";
        string? config = null;
        foreach (Match part in Part().Matches(File.ReadAllText(Path.Combine(RepositoryPaths.Root, document))))
        {
            (string language, string text) = (part.Groups["language"].Value, part.Groups["text"].Value);
            if (part.Groups["heading"].Success)
                heading = part.Groups["heading"].Value;
            else if (language == "conf")
                config = config is null ? text : throw new FormatException($"{heading}: a configuration without a dialogue");
            else if (language == "dialogue")
                (examples[heading], config) = (Joined(config ?? throw new FormatException($"{heading}: a dialogue without a configuration"), text), null);
        }

        return config is null ? examples : throw new FormatException($"{heading}: a configuration without a dialogue");
    }

    private static string Joined(string config, string dialogue) =>
        string.Concat(config.TrimEnd('\n').Split('\n').Select(line => $"config {line}\n")) + dialogue;

    [GeneratedRegex(@"^(?:#+ (?<heading>[^\n]+)|```(?<language>\w*)\n(?<text>.*?)^```)$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Part();
}
