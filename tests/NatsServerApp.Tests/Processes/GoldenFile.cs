using Xunit;

namespace NatsServerApp.Tests.Processes;

/// <summary>Recorded answers of the real server: blocks that start with "$ " and the case, and hold what came of it.</summary>
internal static class GoldenFile
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Golden");

    public static TheoryData<string, string> Read(string name)
    {
        TheoryData<string, string> cases = [];
        foreach (string block in ("\n" + File.ReadAllText(Path.Combine(Folder, name))).Split("\n$ ", StringSplitOptions.RemoveEmptyEntries))
        {
            string[] lines = block.Split('\n', 2);
            cases.Add(lines[0], lines[1].TrimEnd('\n'));
        }
        return cases;
    }
}
