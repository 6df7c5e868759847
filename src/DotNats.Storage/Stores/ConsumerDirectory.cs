namespace DotNats.Storage;

/// <summary>The directory of one consumer: its meta file, its state and the journal of the state, all opaque here.</summary>
// Owner: the consumer's runner. Lifetime: that of its stream.
public sealed class ConsumerDirectory
{
    /// <summary>nats-server's name of a state.</summary>
    internal const string StateName = "o.dat";

    private readonly LogServices _services;
    private readonly IStorageFiles _files;
    private readonly AssetFiles _assets;
    private readonly AssetPlace _place;
    private readonly string _assetName;

    internal ConsumerDirectory(LogServices services, StreamKeys? keys, string stream, AssetPlace place)
    {
        (_services, _files) = (services, services.Files);
        _place = place;
        _assetName = $"{stream}/{place.Name}";
        _assets = new AssetFiles(
            _files, place, _assetName, keys is null ? null : new ConsumerAssetKeys(keys, place.Name), new SealedState(StateName), new SealedJournal(_assetName));
    }

    public string Name => _place.Name;

    public string Path => _place.Path;

    /// <summary>What is kept of the configuration; null where it cannot be read.</summary>
    /// <param name="reason">Why not, in words.</param>
    public byte[]? ReadMeta(out string reason) => _assets.ReadMeta(out reason);

    /// <summary>
    /// Keeps the configuration of a consumer that nobody was told of yet. It is safe with the first state that its journal keeps
    /// (<see cref="StateJournal.Begin"/>); a crash before that leaves the consumer, or a part of it that cannot be read.
    /// </summary>
    public void WriteFirstMeta(ReadOnlySpan<byte> meta)
    {
        // What lies there already is replaced with care.
        if (_files.DirectoryExists(Path)) WriteMeta(meta);
        else _assets.WriteFirstMeta(meta, new NewFiles(_files, _services.Whole, Path));
    }

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

    /// <summary>Opens what is kept of the state, to keep what becomes of it. The meta file is there.</summary>
    /// <param name="content">What was kept.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public StateJournal OpenJournal(JournalOptions options, IJournalListener listener, out JournalContent content) =>
        StateJournal.Open(_services, new JournalFile(_files, _assets, _place, _assetName), options, listener, out content);

    /// <summary>Deletes the consumer.</summary>
    public void Delete()
    {
        if (!_files.DirectoryExists(Path)) return;
        _files.DeleteDirectory(Path);
        _files.SyncDirectory(System.IO.Path.GetDirectoryName(Path)!);
    }
}
