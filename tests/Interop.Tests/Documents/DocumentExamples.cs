using System.Text.RegularExpressions;

namespace Interop.Tests;

/// <summary>The examples of a document: its fenced blocks, by language.</summary>
/// <remarks>
/// <c>conf</c> is a configuration; <c>dialogue</c> below it is what a server with that configuration does, in the words of <see cref="Conversation"/>.
/// <c>js</c> is a script, named by its first line; <c>output</c> is what the last script prints.
/// </remarks>
public sealed partial class DocumentExamples
{
    private readonly string _path;

    public DocumentExamples(string document)
    {
        _path = Path.Combine(RepositoryPaths.Root, document);
        string heading = "", config = "";
        foreach (Match part in Part().Matches(File.ReadAllText(_path)))
        {
            string text = part.Groups["text"].Value;
            switch (part.Groups["language"].Value)
            {
                case "conf":
                    Configurations[heading] = config = text;
                    break;
                case "dialogue":
                    Conversations[heading] = AsConversation(config, text);
                    break;
                case "js":
                    Scripts[ScriptName().Match(text).Groups[1].Value] = text;
                    break;
                case "output":
                    Output = text;
                    break;
                default:
                    heading = part.Groups["heading"].Success ? part.Groups["heading"].Value : heading;
                    break;
            }
        }
    }

    /// <summary>By heading.</summary>
    public Dictionary<string, string> Configurations { get; } = [];

    /// <summary>By heading.</summary>
    public Dictionary<string, string> Conversations { get; } = [];

    /// <summary>By file name.</summary>
    public Dictionary<string, string> Scripts { get; } = [];

    public string Output { get; } = "";

    /// <summary>Writes a server's answers into the document.</summary>
    public void Record(string heading, string conversation)
    {
        string config = Configurations[heading];
        string before = Conversations[heading][AsConversation(config, "").Length..], after = conversation[AsConversation(config, "").Length..];
        File.WriteAllText(_path, File.ReadAllText(_path).Replace($"```dialogue\n{before}", $"```dialogue\n{after}", StringComparison.Ordinal));
    }

    private static string AsConversation(string config, string dialogue) =>
        string.Concat(config.TrimEnd('\n').Split('\n').Select(line => $"config {line}\n")) + dialogue;

    [GeneratedRegex(@"^(?:#+ (?<heading>[^\n]+)|```(?<language>\w*)\n(?<text>.*?)^```)$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Part();

    [GeneratedRegex(@"^// (\w+\.mjs)")]
    private static partial Regex ScriptName();
}
