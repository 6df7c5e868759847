namespace DotNats.Storage;

/// <summary>Directories whose files the two fills of a redo journal speak of.</summary>
// Owner: the journal, under its gate.
internal sealed class RedoDirectories
{
    private readonly HashSet<string>[] _fills = [[], []];

    public void Add(ulong fill, string directory) => _fills[fill & 1].Add(directory);

    public int Count(ulong fill) => _fills[fill & 1].Count;

    /// <summary>Some fill speaks of files in a directory, or below it.</summary>
    public bool Has(string directory)
    {
        foreach (HashSet<string> directories in _fills)
        {
            if (directories.Contains(directory)) return true;
            foreach (string other in directories)
            {
                if (IsAtOrBelow(other, directory)) return true;
            }
        }

        return false;
    }

    public void Remove(string directory)
    {
        foreach (HashSet<string> directories in _fills) directories.RemoveWhere(other => IsAtOrBelow(other, directory));
    }

    /// <summary>A fill takes the place of the one before the last.</summary>
    public void Begin(ulong fill) => _fills[fill & 1].Clear();

    public void Clear()
    {
        foreach (HashSet<string> directories in _fills) directories.Clear();
    }

    private static bool IsAtOrBelow(string other, string directory) =>
        other.StartsWith(directory, StringComparison.Ordinal) && (other.Length == directory.Length || other[directory.Length] == Path.DirectorySeparatorChar);
}
