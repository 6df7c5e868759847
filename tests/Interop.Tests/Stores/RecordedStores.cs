using System.Formats.Tar;
using System.IO.Compression;

namespace Interop.Tests;

/// <summary>Store directories that real servers wrote, packed, each with a dump of what is in it: <c>2.15-aes</c>, <c>2.9-plain-killed</c>.</summary>
public static class RecordedStores
{
    public static string Path { get; } = System.IO.Path.Combine(RepositoryPaths.Root, "tests", "Interop.Tests", "Stores", "Recorded");

    public static string DumpOf(string store) => System.IO.Path.Combine(Path, store, "dump.txt");

    /// <summary>Empty for a store that is not encrypted.</summary>
    public static string CipherOf(string store) => store.Split('-')[1] is var cipher && cipher != "plain" ? cipher : "";

    public static void Unpack(string store, string directory)
    {
        using var file = new GZipStream(File.OpenRead(ArchiveOf(store)), CompressionMode.Decompress);
        TarFile.ExtractToDirectory(file, directory, overwriteFiles: false);
    }

    public static void Pack(string store, string directory)
    {
        Directory.CreateDirectory(System.IO.Path.Combine(Path, store));
        using var file = new GZipStream(File.Create(ArchiveOf(store)), CompressionLevel.SmallestSize);
        TarFile.CreateFromDirectory(directory, file, includeBaseDirectory: false);
    }

    private static string ArchiveOf(string store) => System.IO.Path.Combine(Path, store, "store.tar.gz");
}
