namespace DotNats.Storage;

/// <summary>Files of an asset that nobody was told of yet, in a directory of their own: they are written where they belong, and made safe together.</summary>
// Owner: who makes the asset. Lifetime: from its directory to the end of Sync, or to what went wrong before; a crash before that leaves any part of them.
internal sealed class NewFiles : IDisposable
{
    private readonly IStorageFiles _files;
    private readonly WholeSync _whole;
    private readonly string _directory;
    private readonly List<string> _paths = [];
    private readonly IFileSystemSync? _sync;

    /// <param name="directory">It is made, with those above it.</param>
    public NewFiles(IStorageFiles files, WholeSync whole, string directory)
    {
        (_files, _whole, _directory) = (files, whole, directory);
        files.CreateDirectory(directory);
        _sync = whole.Begin(directory);
    }

    public void Write(string path, ReadOnlySpan<byte> bytes)
    {
        using IStorageFile file = _files.Open(path, create: true);
        file.SetLength(0);
        file.Write(bytes, 0);
        _paths.Add(path);
    }

    /// <summary>Makes them and their names safe: with one sync where there is one for all, otherwise with one for each.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void Sync()
    {
        if (_sync is not null && _whole.TrySync(_sync)) return;
        foreach (string path in _paths)
        {
            using IStorageFile file = _files.Open(path, create: false);
            file.Sync();
        }

        // The directory above may be as new as this one.
        string above = Path.GetDirectoryName(_directory)!;
        _files.SyncDirectory(_directory);
        _files.SyncDirectory(above);
        _files.SyncDirectory(Path.GetDirectoryName(above)!);
    }

    public void Dispose() => _sync?.Dispose();
}
