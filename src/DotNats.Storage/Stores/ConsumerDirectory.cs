namespace DotNats.Storage;

/// <summary>The directory of one consumer: its meta file and its state, both opaque here.</summary>
// Owner: the consumer's runner. Lifetime: that of its stream.
public sealed class ConsumerDirectory
{
    private const string StateName = "o.dat";

    private readonly IStorageFiles _files;
    private readonly AssetFiles _assets;

    internal ConsumerDirectory(IStorageFiles files, StreamKeys? keys, string stream, string name, string path)
    {
        _files = files;
        _assets = new AssetFiles(files, path, $"{stream}/{name}", keys is null ? null : new ConsumerAssetKeys(keys, name), StateName);
        (Name, Path) = (name, path);
    }

    public string Name { get; }

    public string Path { get; }

    /// <summary>What is kept of the configuration; null where it cannot be read.</summary>
    /// <param name="reason">Why not, in words.</param>
    public byte[]? ReadMeta(out string reason) => _assets.ReadMeta(out reason);

    /// <summary>Keeps a configuration; the directory is made where there is none.</summary>
    public void WriteMeta(ReadOnlySpan<byte> meta)
    {
        bool isNew = !_files.DirectoryExists(Path);
        _files.CreateDirectory(Path);
        if (isNew)
        {
            // The directory of consumers may be as new as this one.
            string consumers = System.IO.Path.GetDirectoryName(Path)!;
            _files.SyncDirectory(consumers);
            _files.SyncDirectory(System.IO.Path.GetDirectoryName(consumers)!);
        }

        _assets.WriteMeta(meta);
    }

    /// <summary>The state kept last; null for none.</summary>
    public byte[]? ReadState() => _assets.ReadOther();

    /// <summary>Keeps a state; after a crash it is the old one or this one.</summary>
    public void WriteState(ReadOnlySpan<byte> state) => _assets.WriteOther(state);

    /// <summary>Deletes the consumer.</summary>
    public void Delete()
    {
        if (!_files.DirectoryExists(Path)) return;
        _files.DeleteDirectory(Path);
        _files.SyncDirectory(System.IO.Path.GetDirectoryName(Path)!);
    }
}
