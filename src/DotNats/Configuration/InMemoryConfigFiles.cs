using System.Text;

namespace DotNats.Configuration;

/// <summary>Files that exist in memory only.</summary>
/// <param name="files">Contents by path, compared as they are.</param>
public sealed class InMemoryConfigFiles(IReadOnlyDictionary<string, byte[]> files) : IConfigFileSystem
{
    private readonly IReadOnlyDictionary<string, byte[]> _files = files;

    /// <summary>Files given as text.</summary>
    public static InMemoryConfigFiles FromText(params IEnumerable<(string Path, string Text)> files) =>
        new(files.ToDictionary(f => f.Path, f => Encoding.UTF8.GetBytes(f.Text)));

    /// <inheritdoc/>
    public byte[] ReadAllBytes(string path) =>
        _files.TryGetValue(path, out byte[]? bytes) ? bytes : throw new IOException($"open {path}: no such file or directory");

    /// <inheritdoc/>
    public ConfigPathKind Probe(string path) => _files.ContainsKey(path) ? ConfigPathKind.File : ConfigPathKind.Missing;
}
