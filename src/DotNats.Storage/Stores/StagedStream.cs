namespace DotNats.Storage;

/// <summary>A stream that is put together where nobody looks for streams, and becomes one as a whole.</summary>
// Owner: who restores it. Lifetime: until it is adopted or disposed, which deletes it; its log is closed before either.
// Invariant: what a crash leaves of it is deleted when its account's streams are looked for.
public sealed class StagedStream : IDisposable
{
    private readonly FileStore _store;
    private readonly IStorageFiles _files;
    private bool _isAdopted;

    internal StagedStream(FileStore store, IStorageFiles files, StreamDirectory directory)
    {
        (_store, _files) = (store, files);
        Directory = directory;
    }

    /// <summary>Where it is now: for its meta file, its log and its consumers.</summary>
    public StreamDirectory Directory { get; }

    /// <summary>Opens a new file of the stream; null where there is one of that name already.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public IStorageFile? Create(in StoreFileName name)
    {
        string folder = Path.Combine(Directory.Path, name.Folder);
        string path = Path.Combine(folder, name.Name);
        if (_files.FileExists(path)) return null;
        _files.CreateDirectory(folder);
        return _files.Open(path, create: true);
    }

    /// <summary>All bytes of a file of the stream; null where there is none.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public byte[]? Read(in StoreFileName name) => SafeFiles.ReadAll(_files, Path.Combine(Directory.Path, name.Folder, name.Name));

    /// <summary>Makes the files' names safe, and the stream one of its account's.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public StreamDirectory Adopt()
    {
        Sync(Directory.Path);
        StreamDirectory adopted = _store.Adopt(Directory);
        _isAdopted = true;
        return adopted;
    }

    public void Dispose()
    {
        if (_isAdopted) return;
        _isAdopted = true;
        try
        {
            if (_files.DirectoryExists(Directory.Path)) _files.DeleteDirectory(Directory.Path);
        }
        catch (IOException)
        {
            // The next look for the account's streams deletes it.
        }
    }

    private void Sync(string path)
    {
        foreach (string name in _files.DirectoryNames(path)) Sync(Path.Combine(path, name));
        _files.SyncDirectory(path);
    }
}
