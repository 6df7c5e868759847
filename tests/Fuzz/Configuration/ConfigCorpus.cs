using System.Text;
using DotNats.Configuration;
using DotNats.Configuration.Language;
using DotNats.Tests.Configuration;

namespace Fuzz.Configuration;

/// <summary>What fuzzing starts from: the configurations and files the configuration tests know, all in memory.</summary>
internal static class ConfigCorpus
{
    private static readonly IReadOnlyDictionary<string, byte[]> Files = Directory
        .EnumerateFiles(Path.Combine(CorpusCase.Directory, "files")).ToDictionary(f => Path.GetFileName(f), File.ReadAllBytes);

    /// <summary>Texts, good and bad, sorted so that a seed means the same everywhere.</summary>
    public static IReadOnlyList<byte[]> Texts { get; } =
    [
        .. CorpusCase.All.Concat(CorpusCase.Starts).Select(c => Encoding.UTF8.GetBytes(c.Text)),
        .. Files.OrderBy(f => f.Key, StringComparer.Ordinal).Where(f => f.Key.EndsWith(".conf", StringComparison.Ordinal)).Select(f => f.Value),
    ];

    public static IReadOnlyDictionary<string, string> Environment => CorpusFiles.Environment;

    /// <summary>Trees of those texts that can be parsed.</summary>
    public static IReadOnlyList<ConfigMap> Trees { get; } =
        [.. Texts.Select(text => Parse(text, new InMemoryConfigFiles(Files), Environment, out _)).OfType<ConfigMap>()];

    /// <summary>The corpus's files and those given.</summary>
    public static IReadOnlyDictionary<string, byte[]> FilesWith(params IEnumerable<(string Path, byte[] Text)> more)
    {
        Dictionary<string, byte[]> all = new(Files);
        foreach ((string path, byte[] text) in more) all[path] = text;
        return all;
    }

    public static ConfigMap? Parse(byte[] text, IConfigFileSystem files, IReadOnlyDictionary<string, string> environment, out ConfigError? error) =>
        ConfigParser.TryParseText(new ParseSession(files, environment), text, "t.conf", out ConfigMap? map, out error) ? map : null;
}
