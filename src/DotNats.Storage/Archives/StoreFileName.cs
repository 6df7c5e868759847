using System.Globalization;

namespace DotNats.Storage;

/// <summary>What a name in a tar of a stream's files stands for.</summary>
public enum StoreFileKind
{
    /// <summary>It leads out of the directory, or nowhere.</summary>
    Refused,

    /// <summary>Nothing that is known: other versions keep more files, which are made anew.</summary>
    Foreign,

    StreamMeta,

    StreamSum,

    /// <summary>A block of messages. Their index is foreign: who restores makes one from what is there.</summary>
    Block,

    /// <summary>A file of a consumer.</summary>
    Consumer,
}

/// <summary>A name in a tar of a stream's files, judged before anything is written under it.</summary>
/// <param name="Folder">Below the stream's directory; empty for itself.</param>
/// <param name="Consumer">Whose file it is; empty for the stream's own.</param>
public readonly record struct StoreFileName(StoreFileKind Kind, string Folder, string Name, string Consumer)
{
    private const string Messages = "msgs";
    private const string Consumers = "obs";

    public static StoreFileName Read(string path)
    {
        var parts = new List<string>();
        foreach (string part in path.Split('/'))
        {
            if (part.Length == 0 || part == ".") continue;
            if (part != "..") parts.Add(part);
            // Compat: above the root is the root, as it is for a path that begins there; above the directory itself is none of ours.
            else if (parts.Count > 0) parts.RemoveAt(parts.Count - 1);
            else if (path[0] != '/') return default;
        }

        // No file of ours has such characters in its name, and some systems would read them as a way out.
        if (parts.Count == 0 || parts.Exists(static part => part.AsSpan().ContainsAny('\\', '\0', ':'))) return default;
        return parts switch
        {
            ["meta.inf"] => new StoreFileName(StoreFileKind.StreamMeta, "", parts[0], ""),
            ["meta.sum"] => new StoreFileName(StoreFileKind.StreamSum, "", parts[0], ""),
            [Messages, var name] when IsBlock(name) => new StoreFileName(StoreFileKind.Block, Messages, name, ""),
            [Consumers, var consumer, "meta.inf" or "meta.sum" or "o.dat"] => new StoreFileName(StoreFileKind.Consumer, Path.Combine(Consumers, consumer), parts[2], consumer),
            _ => new StoreFileName(StoreFileKind.Foreign, "", parts[^1], ""),
        };
    }

    // Written one way only: "007.blk" is none of a log's.
    private static bool IsBlock(string name) => name.EndsWith(".blk", StringComparison.Ordinal)
        && uint.TryParse(name.AsSpan(0, name.Length - 4), NumberStyles.None, CultureInfo.InvariantCulture, out uint number)
        && name == string.Create(CultureInfo.InvariantCulture, $"{number}.blk");
}
