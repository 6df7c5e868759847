using DotNats.Configuration;

namespace DotNats.Tests.Configuration;

/// <summary>The files beside the corpus, reachable by relative names as if the test ran in their directory.</summary>
internal sealed class CorpusFiles : IConfigFileSystem
{
    private readonly PhysicalConfigFiles _disk = new();

    public static string Directory { get; } = Path.Combine(CorpusCase.Directory, "files");

    /// <summary>What <c>$NAME</c> may refer to in cases.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>
    {
        ["HOME"] = "/home/nats",
        ["CASE_NUMBER"] = "4333",
        ["CASE_SIZE"] = "2KB",
        ["CASE_LIST"] = "[ a, b ]",
        ["CASE_MAP"] = "{ a: b }",
        ["CASE_BROKEN"] = "[ a",
        ["CASE_QUOTED"] = "\"x y\"",
        ["CASE_LOOP"] = "$CASE_POOL",
        ["CASE_POOL"] = "$CASE_LOOP",
        ["CASE_OTHER"] = "$CASE_NUMBER",
    };

    public byte[] ReadAllBytes(string path)
    {
        try
        {
            return _disk.ReadAllBytes(Path.Combine(Directory, path));
        }
        catch (IOException e)
        {
            // The message names the file as the configuration does.
            throw new IOException(e.Message.Replace(Directory + Path.DirectorySeparatorChar, "", StringComparison.Ordinal), e);
        }
    }

    public ConfigPathKind Probe(string path) => _disk.Probe(Path.Combine(Directory, path));
}
