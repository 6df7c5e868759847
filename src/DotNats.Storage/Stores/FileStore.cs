namespace DotNats.Storage;

/// <summary>The streams that lie in a directory, as nats-server keeps them: account, streams, stream.</summary>
// Owner: whoever opened it; any thread, one at a time for one stream. Lifetime: disposed after the last log of it.
// Invariant: nothing it does not understand is deleted or changed; it is named instead (QuarantinedStream).
public sealed class FileStore : IDisposable
{
    private const string StreamsName = "streams";
    private const string QuarantineName = "quarantine";

    // Compat: nats-server puts restored streams together under this name too.
    private const string StagesName = "__snapshots__";
    private const string StagePrefix = "snap-";

    // nats-server renames a stream like this before it deletes it; no stream's name starts so.
    private const string DeletedPrefix = ".";

    private readonly IStorageFiles _files;
    private readonly string _directory;
    private readonly StoreEncryption? _encryption;
    private readonly LogServices _services;

    private FileStore(FileStoreOptions options)
    {
        (_files, _directory, _encryption) = (options.Files, options.Directory, options.Encryption);
        _services = new LogServices(options);
    }

    /// <summary>Opens a store; its directory is made where there is none.</summary>
    /// <exception cref="IOException">The directory cannot be read or written.</exception>
    public static FileStore Open(FileStoreOptions options)
    {
        options.Files.CreateDirectory(options.Directory);
        RedoReplay.Run(options);
        return new FileStore(options);
    }

    /// <summary>Names of the accounts that have streams.</summary>
    public IReadOnlyList<string> AccountNames()
    {
        var names = new List<string>();
        foreach (string name in _files.DirectoryNames(_directory))
        {
            if (_files.DirectoryExists(StreamsOf(name))) names.Add(name);
        }

        return names;
    }

    /// <summary>Looks at all streams of an account, before any of them is in use: what was left half done is tidied up.</summary>
    /// <param name="streams">Gets those whose meta file is sound.</param>
    /// <param name="quarantined">Gets the others; they are left as they are.</param>
    public void Find(string account, ICollection<StoredStream> streams, ICollection<QuarantinedStream> quarantined)
    {
        DropStages(account);
        if (!_files.DirectoryExists(StreamsOf(account))) return;
        foreach (string name in _files.DirectoryNames(StreamsOf(account)))
        {
            StreamDirectory directory = DirectoryOf(account, name);
            if (name.StartsWith(DeletedPrefix, StringComparison.Ordinal)) FinishDelete(directory, quarantined);
            else Find(directory, streams, quarantined);
        }
    }

    /// <summary>Names under which an account has streams, be they readable or not. Nothing is read or changed, so it may be asked while they are in use.</summary>
    public IReadOnlyList<string> StreamNames(string account)
    {
        var names = new List<string>();
        if (!_files.DirectoryExists(StreamsOf(account))) return names;
        foreach (string name in _files.DirectoryNames(StreamsOf(account)))
        {
            if (!name.StartsWith(DeletedPrefix, StringComparison.Ordinal) || DirectoryOf(account, name).HasMeta) names.Add(name);
        }

        return names;
    }

    /// <summary>Makes the directory of a new stream.</summary>
    /// <param name="meta">What is kept of its configuration.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public StreamDirectory Create(string account, string name, ReadOnlySpan<byte> meta)
    {
        StreamDirectory directory = DirectoryOf(account, name);
        if (_files.DirectoryExists(directory.Path)) SetAside(account, directory);
        _files.CreateDirectory(directory.Path);
        SyncStreamsOf(account);
        directory.WriteMeta(meta);
        return directory;
    }

    /// <summary>Makes a place where a stream is put together before anybody sees it.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public StagedStream Stage(string account, string name)
    {
        string path = Path.Combine(StagesOf(account), StagePrefix + Guid.NewGuid().ToString("N"));
        _files.CreateDirectory(path);
        return new StagedStream(this, _files, DirectoryOf(account, name, path));
    }

    /// <summary>Makes a stream of what was put together; a crash leaves all of it or nothing.</summary>
    internal StreamDirectory Adopt(StreamDirectory staged)
    {
        StreamDirectory directory = DirectoryOf(staged.Account, staged.Name);
        if (_files.DirectoryExists(directory.Path)) SetAside(staged.Account, directory);
        _files.CreateDirectory(StreamsOf(staged.Account));
        _services.Redo.Release(staged.Path);
        _files.Move(staged.Path, directory.Path);
        SyncStreamsOf(staged.Account);
        return directory;
    }

    public void Dispose() => _services.Dispose();

    internal LogServices Services => _services;

    private static void Find(StreamDirectory directory, ICollection<StoredStream> streams, ICollection<QuarantinedStream> quarantined)
    {
        string reason;
        try
        {
            if (directory.ReadMeta(out reason) is { } meta)
            {
                streams.Add(new StoredStream(directory, meta));
                return;
            }
        }
        catch (IOException e)
        {
            reason = e.Message;
        }

        quarantined.Add(new QuarantinedStream(directory.Path, reason));
    }

    private StreamDirectory DirectoryOf(string account, string name) => DirectoryOf(account, name, Path.Combine(StreamsOf(account), name));

    private StreamDirectory DirectoryOf(string account, string name, string path)
    {
        CheckName(account);
        CheckName(name);
        StreamKeys? keys = _encryption is null ? null : new StreamKeys(_encryption.CipherOf(account), name);
        return new StreamDirectory(_services, keys, account, name, path);
    }

    private string StreamsOf(string account) => Path.Combine(_directory, account, StreamsName);

    private string StagesOf(string account) => Path.Combine(_directory, account, StagesName);

    private void SyncStreamsOf(string account)
    {
        _files.SyncDirectory(StreamsOf(account));
        _files.SyncDirectory(Path.Combine(_directory, account));
        _files.SyncDirectory(_directory);
    }

    // What was being put together when the server ended: nobody was told that it is there.
    private void DropStages(string account)
    {
        if (!_files.DirectoryExists(StagesOf(account))) return;
        foreach (string name in _files.DirectoryNames(StagesOf(account)))
        {
            if (name.StartsWith(StagePrefix, StringComparison.Ordinal)) _files.DeleteDirectory(Path.Combine(StagesOf(account), name));
        }
    }

    // What was being deleted has no meta file any more; anything else is none of ours.
    private void FinishDelete(StreamDirectory directory, ICollection<QuarantinedStream> quarantined)
    {
        if (directory.HasMeta) quarantined.Add(new QuarantinedStream(directory.Path, "not a stream's name"));
        else _files.DeleteDirectory(directory.Path);
    }

    // A stream that could not be read does not stand in the way of a new one, and is not lost either.
    private void SetAside(string account, StreamDirectory directory)
    {
        string quarantine = Path.Combine(_directory, account, QuarantineName);
        _files.CreateDirectory(quarantine);
        for (int number = 1; ; number++)
        {
            string target = Path.Combine(quarantine, string.Create(null, $"{directory.Name}.{number}"));
            if (_files.DirectoryExists(target)) continue;
            _services.Redo.Release(directory.Path);
            _files.Move(directory.Path, target);
            _files.SyncDirectory(quarantine);
            return;
        }
    }

    private static void CheckName(string name)
    {
        if (name.Length == 0 || name is "." or ".." || name.AsSpan().ContainsAny('/', '\\', '\0'))
            throw new ArgumentException($"\"{name}\" cannot be the name of a directory");
    }
}

/// <summary>A stream found in a store.</summary>
/// <param name="Meta">What was kept of its configuration, checked and decrypted.</param>
public sealed record StoredStream(StreamDirectory Directory, byte[] Meta);

/// <summary>Something in a store that is no readable stream; it is left as it is.</summary>
public sealed record QuarantinedStream(string Path, string Reason);
