namespace DotNats.Storage;

/// <summary>The directory of one consumer: its meta file, its state and the journal of the state, all opaque here.</summary>
// Owner: the consumer's runner. Lifetime: that of its stream.
public sealed class ConsumerDirectory
{
    /// <summary>nats-server's name of a state.</summary>
    internal const string StateName = "o.dat";

    private readonly LogServices _services;
    private readonly StreamKeys? _keys;
    private readonly string _stream;
    private readonly AssetPlace _place;

    // From the first meta file to the first state.
    private AssetFiles? _making;

    internal ConsumerDirectory(LogServices services, StreamKeys? keys, string stream, AssetPlace place) =>
        (_services, _keys, _stream, _place) = (services, keys, stream, place);

    public string Name => _place.Name;

    public string Path => _place.Path;

    internal IStorageFiles Files => _services.Files;

    internal RedoJournal Redo => _services.Redo;

    internal string AssetName => $"{_stream}/{Name}";

    /// <summary>The small files; made for each use: most consumers are idle.</summary>
    internal AssetFiles Assets => _making ?? new AssetFiles(
        Files, _place, AssetName, _keys is null ? null : new ConsumerAssetKeys(_keys, Name), new SealedState(StateName), new SealedJournal(AssetName));

    /// <summary>What is kept of the configuration; null where it cannot be read.</summary>
    /// <param name="reason">Why not, in words.</param>
    public byte[]? ReadMeta(out string reason) => Assets.ReadMeta(out reason);

    /// <summary>
    /// Keeps the configuration of a consumer that nobody was told of yet. It is safe with the first state that its journal keeps
    /// (<see cref="StateJournal.Begin"/>); a crash before that leaves the consumer, or a part of it that cannot be read.
    /// </summary>
    public void WriteFirstMeta(ReadOnlySpan<byte> meta)
    {
        // What lies there already is replaced with care.
        if (Files.DirectoryExists(Path))
        {
            if (ReadMeta(out _) is null) SetAllAside();
            WriteMeta(meta);
            return;
        }

        _making = Assets;
        try
        {
            _making.WriteFirstMeta(meta, new NewFiles(Files, _services.Whole, Path));
        }
        catch (IOException)
        {
            StopMaking();
            throw;
        }
    }

    /// <summary>Keeps a configuration; the directory is made where there is none.</summary>
    public void WriteMeta(ReadOnlySpan<byte> meta)
    {
        bool isNew = !Files.DirectoryExists(Path);
        Files.CreateDirectory(Path);
        if (isNew)
        {
            // The directory of consumers may be as new as this one.
            string consumers = System.IO.Path.GetDirectoryName(Path)!;
            Files.SyncDirectory(consumers);
            Files.SyncDirectory(System.IO.Path.GetDirectoryName(consumers)!);
        }

        Assets.WriteMeta(meta);
    }

    /// <summary>The state kept last; null for none.</summary>
    public byte[]? ReadState() => Assets.ReadOther();

    /// <summary>Keeps a state; after a crash it is the old one or this one.</summary>
    public void WriteState(ReadOnlySpan<byte> state) => Assets.WriteOther(state);

    /// <summary>Keeps the first state of all; what was written for the consumer before is safe with it.</summary>
    internal void WriteFirstState(ReadOnlySpan<byte> state)
    {
        Assets.WriteOther(state);
        _making = null;
    }

    /// <summary>Opens what is kept of the state, to keep what becomes of it. The meta file is there.</summary>
    /// <param name="content">What was kept.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public StateJournal OpenJournal(JournalOptions options, IJournalListener listener, out JournalContent content) =>
        StateJournal.Open(_services, new JournalFile(this), options, listener, out content);

    /// <summary>Goes on with a journal that rested.</summary>
    public StateJournal ResumeJournal(JournalOptions options, IJournalListener listener, in RestingJournal resting) =>
        StateJournal.Resume(_services, new JournalFile(this), options, listener, in resting);

    /// <summary>Puts a file out of the way that makes no sense, if it is there.</summary>
    internal void SetAside(string name)
    {
        string path = System.IO.Path.Combine(Path, name);
        if (!Files.FileExists(path)) return;
        _services.Redo.Forget(Path);
        Files.Move(path, path + ".damaged");
        Files.SyncDirectory(Path);
    }

    // A consumer that was being made when the machine stopped, or one that nobody can read: what it was is not the new one's.
    private void SetAllAside()
    {
        foreach (string name in (string[])[AssetFiles.MetaName, AssetFiles.SumName, AssetFiles.KeyName, StateName, JournalFormat.FileName]) SetAside(name);
    }

    private void StopMaking()
    {
        _making?.GiveUp();
        _making = null;
        try
        {
            Files.DeleteDirectory(Path);
        }
        catch (IOException)
        {
            // The next who makes it puts aside what is left.
        }
    }

    /// <summary>Deletes the consumer.</summary>
    public void Delete()
    {
        _making?.GiveUp();
        _making = null;
        if (!Files.DirectoryExists(Path)) return;
        Assets.DropUnfinished();
        Files.DeleteDirectory(Path);
        Files.SyncDirectory(System.IO.Path.GetDirectoryName(Path)!);
        _services.Redo.Forget(Path);
    }
}
