using System.Buffers.Binary;

namespace DotNats.Storage;

/// <summary>The directory of one stream: its meta file, its messages, its consumers.</summary>
// Owner: the stream's runner. Lifetime: that of its store.
public sealed class StreamDirectory
{
    private const string MessagesName = "msgs";
    private const string ConsumersName = "obs";

    // A name nats-server does not know and leaves alone.
    private const string SourcesName = "dotnats.src";

    // nats-server keeps what it purges under these names until it is gone.
    private const string PurgedName = "__msgs__";
    private const string PreparedName = "__new_msgs__";

    private readonly LogServices _services;
    private readonly StreamKeys? _keys;
    private readonly AssetFiles _assets;

    // All its consumers share it.
    private string? _consumersPath;

    internal StreamDirectory(LogServices services, StreamKeys? keys, string account, string name, string path)
    {
        (_services, _keys) = (services, keys);
        _assets = new AssetFiles(services.Files, new AssetPlace(path, ""), name, keys is null ? null : new StreamAssetKeys(keys));
        (Account, Name, Path) = (account, name, path);
    }

    public string Account { get; }

    public string Name { get; }

    public string Path { get; }

    private IStorageFiles Files => _services.Files;

    private string SourcesPath => System.IO.Path.Combine(Path, SourcesName);

    private string ConsumersPath => _consumersPath ??= System.IO.Path.Combine(Path, ConsumersName);

    /// <summary>What is kept of the configuration; null where it cannot be read.</summary>
    /// <param name="reason">Why not, in words.</param>
    public byte[]? ReadMeta(out string reason) => _assets.ReadMeta(out reason);

    /// <summary>Keeps another configuration; after a crash it is the old one or this one.</summary>
    public void WriteMeta(ReadOnlySpan<byte> meta) => _assets.WriteMeta(meta);

    /// <summary>It looks like a stream, whole or not.</summary>
    internal bool HasMeta => Files.FileExists(_assets.MetaPath);

    /// <summary>Opens the stream's messages, or starts them.</summary>
    /// <exception cref="IOException">They cannot be read or written.</exception>
    public FileLog OpenLog(LogOptions options, ILogListener listener)
    {
        string messages = System.IO.Path.Combine(Path, MessagesName);
        FinishPurge(messages);
        bool isNew = !Files.DirectoryExists(messages);
        Files.CreateDirectory(messages);
        if (isNew) Files.SyncDirectory(Path);
        return FileLog.Open(_services, _keys is null ? null : new LogKeys(_keys, _assets.Key()), messages, options, listener, isNew);
    }

    /// <summary>What is kept of what the stream copies; null for nothing, or nothing that can be read.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public byte[]? ReadSources()
    {
        if (SafeFiles.ReadAll(Files, SourcesPath) is not { } file) return null;
        if (_keys is not null && !_assets.Key().TryOpen(file, out file)) return null;
        if (file is not { Length: > HighwayHash64.HashBytes }) return null;
        ReadOnlySpan<byte> content = file.AsSpan(HighwayHash64.HashBytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(file) == HashOf(content) ? content.ToArray() : null;
    }

    /// <summary>Keeps what the stream copies; after a crash it is the old or this.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void WriteSources(ReadOnlySpan<byte> content)
    {
        byte[] file = new byte[HighwayHash64.HashBytes + content.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(file, HashOf(content));
        content.CopyTo(file.AsSpan(HighwayHash64.HashBytes));
        SafeFiles.Replace(Files, SourcesPath, _keys is null ? file : _assets.Key().Seal(file));
    }

    private ulong HashOf(ReadOnlySpan<byte> content)
    {
        HighwayHash64 hash = BlockFormat.HashOf(Name);
        hash.Append(content);
        return hash.Finish();
    }

    /// <summary>Names of the consumers that are kept.</summary>
    public IReadOnlyList<string> ConsumerNames()
    {
        var names = new List<string>();
        if (Files.DirectoryExists(ConsumersPath)) names.AddRange(Files.DirectoryNames(ConsumersPath));
        return names;
    }

    /// <summary>The directory of a consumer, whether there is one or not.</summary>
    public ConsumerDirectory Consumer(string name) => new(_services, _keys, Name, new AssetPlace(ConsumersPath, name));

    /// <summary>Deletes the stream; its log is closed. After a crash it is there whole or not at all.</summary>
    public void Delete()
    {
        _assets.DropUnfinished();
        // Compat: first it stops being a stream, then it gets out of the way, as nats-server does it.
        Files.DeleteFile(_assets.MetaPath);
        Files.SyncDirectory(Path);
        _services.Redo.Forget(Path);
        string parent = System.IO.Path.GetDirectoryName(Path)!;
        string aside = System.IO.Path.Combine(parent, "." + Name);
        if (Files.DirectoryExists(aside)) Files.DeleteDirectory(aside);
        Files.Move(Path, aside);
        Files.SyncDirectory(parent);
        Files.DeleteDirectory(aside);
    }

    // A purge that nats-server had begun is done or undone as it would do it: it counts once the block that remembers it was put in place.
    private void FinishPurge(string messages)
    {
        string prepared = System.IO.Path.Combine(Path, PreparedName);
        string purged = System.IO.Path.Combine(Path, PurgedName);
        if (Files.DirectoryExists(prepared))
        {
            bool hasBlock = false;
            foreach (string name in Files.FileNames(prepared)) hasBlock |= name.EndsWith(".blk", StringComparison.Ordinal);
            if (hasBlock)
            {
                if (Files.DirectoryExists(messages)) Files.DeleteDirectory(messages);
                Files.Move(prepared, messages);
                Files.SyncDirectory(Path);
            }
            else
            {
                Files.DeleteDirectory(prepared);
            }
        }

        if (Files.DirectoryExists(purged)) Files.DeleteDirectory(purged);
    }
}
