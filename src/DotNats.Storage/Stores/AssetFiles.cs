using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace DotNats.Storage;

/// <summary>Where the key of a stream's or consumer's small files comes from.</summary>
internal abstract class AssetKeys
{
    /// <summary>Makes a key and the file that keeps it.</summary>
    public abstract MetaKey Create(out byte[] file);

    /// <summary>Opens the file that keeps a key.</summary>
    public abstract KeyStatus TryOpen(ReadOnlySpan<byte> file, out MetaKey? key);
}

/// <summary>The small files of a stream or consumer, as nats-server keeps them: meta.inf, the checksum beside it, and the key of both where they are encrypted.</summary>
/// <param name="others">Other files under the same key; the first is the one that is read and written here.</param>
/// <remarks>meta.sum is the HighwayHash of meta.inf in sixteen hexadecimal digits; its key is the SHA-256 of the asset's name.</remarks>
// Owner: whoever owns the asset. Invariant: after a crash the meta file is the old one or the new one, whole; of an asset that was being made it may be a part.
internal sealed class AssetFiles(IStorageFiles files, AssetPlace place, string assetName, AssetKeys? keys, params SealedFile[] others)
{
    public const string MetaName = "meta.inf";
    public const string SumName = "meta.sum";
    public const string KeyName = "meta.key";

    // Where the asset is being made: from its first meta file to the first of the others.
    private NewFiles? _new;

    public string MetaPath => Path.Combine(place.Path, MetaName);

    private string SumPath => Path.Combine(place.Path, SumName);

    private string KeyPath => Path.Combine(place.Path, KeyName);

    /// <summary>Its files are to be encrypted.</summary>
    public bool HasKeys => keys is not null;

    /// <summary>Reads the meta file; null where it is missing or not as it was written.</summary>
    /// <param name="reason">Why not, in words.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public byte[]? ReadMeta(out string reason)
    {
        reason = "";
        MetaKey? key = null;
        KeyStatus status = KeyStatus.Current;
        byte[]? keyFile = SafeFiles.ReadAll(files, KeyPath);
        if (keyFile is not null && keys is null) reason = $"{MetaName} is encrypted, and no key is configured";
        else if (keyFile is not null && (status = keys!.TryOpen(keyFile, out key)) == KeyStatus.Refused) reason = $"{KeyName} cannot be opened with the configured key";
        if (reason.Length > 0) return null;

        byte[]? meta = ReadChecked(key, out reason);
        // What is plain, or sealed with a key that was, is kept under the one that is.
        if (meta is not null && keys is not null && (keyFile is null || status == KeyStatus.Former))
        {
            List<(SealedFile File, byte[] Content)> kept = ReadOthers(key);
            WriteMeta(meta, keys.Create(out byte[] file), file, kept);
        }

        return meta;
    }

    /// <summary>Replaces the meta file.</summary>
    public void WriteMeta(ReadOnlySpan<byte> meta)
    {
        byte[]? file = null;
        MetaKey? key = keys is null ? null : OpenKey() ?? keys.Create(out file);
        WriteMeta(meta, key, file, []);
    }

    /// <summary>Writes the meta file of an asset that is being made: it is safe with what <see cref="WriteOther"/> writes next.</summary>
    public void WriteFirstMeta(ReadOnlySpan<byte> meta, NewFiles newFiles)
    {
        _new = newFiles;
        MetaKey? key = null;
        if (keys is not null)
        {
            key = keys.Create(out byte[] file);
            newFiles.Write(KeyPath, file);
        }

        ReadOnlySpan<byte> stored = key is null ? meta : key.Seal(meta);
        newFiles.Write(MetaPath, stored);
        newFiles.Write(SumPath, Encoding.ASCII.GetBytes(SumOf(stored)));
    }

    /// <summary>Deletes what is left of an update that never came to be: once the meta file is gone, it would be taken for one that had begun.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void DropUnfinished()
    {
        string sum = SafeFiles.UnfinishedPath(SumPath);
        if (!files.FileExists(sum)) return;
        files.DeleteFile(sum);
        files.SyncDirectory(place.Path);
    }

    /// <summary>The key of an encrypted asset's files; made where there is none.</summary>
    /// <exception cref="IOException">It cannot be opened or made.</exception>
    public MetaKey Key()
    {
        if (OpenKey() is { } known) return known;
        MetaKey key = keys!.Create(out byte[] file);
        SafeFiles.Replace(files, KeyPath, file);
        return key;
    }

    /// <summary>Reads the first of the other files; null where there is none.</summary>
    /// <exception cref="SealBrokenException">It was changed.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public byte[]? ReadOther() => Read(others[0], OpenKey());

    /// <summary>Replaces the first of the other files; after a crash it is the old one or this one.</summary>
    public void WriteOther(ReadOnlySpan<byte> content)
    {
        ReadOnlySpan<byte> stored = OpenKey() is { } key ? key.Seal(content) : content;
        if (_new is null)
        {
            SafeFiles.Replace(files, PathOf(others[0]), stored);
            return;
        }

        using NewFiles newFiles = _new;
        _new = null;
        newFiles.Write(PathOf(others[0]), stored);
        newFiles.Sync();
    }

    /// <summary>What was begun with <see cref="WriteFirstMeta"/> goes no further.</summary>
    public void GiveUp() => _new?.Dispose();

    /// <summary>Sees to it that another file, if there is one, lies under the key that is in place.</summary>
    /// <exception cref="SealBrokenException">It does not.</exception>
    public void Settle(SealedFile other) => Read(other, OpenKey());

    private byte[]? Read(SealedFile other, MetaKey? key)
    {
        string path = PathOf(other);
        if (SafeFiles.ReadAll(files, path) is not { } bytes) return null;
        if (other.TryOpen(key, bytes) is { } content) return content;
        // Another key was put in place, and the machine stopped before this file was.
        if (SafeFiles.ReadAll(files, SafeFiles.UnfinishedPath(path)) is not { } unfinished || other.TryOpen(key, unfinished) is not { } finished)
            throw new SealBrokenException(path);
        Finish(path);
        return finished;
    }

    private List<(SealedFile File, byte[] Content)> ReadOthers(MetaKey? key)
    {
        var kept = new List<(SealedFile, byte[])>();
        foreach (SealedFile other in others)
        {
            if (Read(other, key) is { } content) kept.Add((other, content));
        }

        return kept;
    }

    private string PathOf(SealedFile other) => Path.Combine(place.Path, other.Name);

    private MetaKey? OpenKey()
    {
        if (keys is null || SafeFiles.ReadAll(files, KeyPath) is not { } file) return null;
        return keys.TryOpen(file, out MetaKey? key) == KeyStatus.Refused ? throw new IOException($"{KeyPath} cannot be opened with the configured key") : key;
    }

    private void WriteMeta(ReadOnlySpan<byte> meta, MetaKey? key, byte[]? keyFile, List<(SealedFile File, byte[] Content)> kept)
    {
        ReadOnlySpan<byte> stored = key is null ? meta : key.Seal(meta);
        SafeFiles.Prepare(files, SumPath, Encoding.ASCII.GetBytes(SumOf(stored)));
        SafeFiles.Prepare(files, MetaPath, stored);
        if (keyFile is not null) SafeFiles.Prepare(files, KeyPath, keyFile);
        foreach ((SealedFile file, byte[] content) in kept) SafeFiles.Prepare(files, PathOf(file), file.Seal(key!, content));
        if (!files.FileExists(MetaPath))
        {
            // Nobody was told of it yet: one sync for all names, whatever a crash leaves of them.
            if (keyFile is not null) Place(KeyPath);
            Place(MetaPath);
            Place(SumPath);
            foreach ((SealedFile file, _) in kept) Place(PathOf(file));
            files.SyncDirectory(place.Path);
            return;
        }

        files.SyncDirectory(place.Path);
        if (keyFile is not null) Finish(KeyPath);
        Finish(MetaPath);
        Finish(SumPath);
        foreach ((SealedFile file, _) in kept) Finish(PathOf(file));
    }

    // A crash between the moves left the others beside their places.
    private byte[]? ReadChecked(MetaKey? key, out string reason)
    {
        byte[]? meta = SafeFiles.ReadAll(files, MetaPath);
        byte[]? sum = SafeFiles.ReadAll(files, SumPath);
        if (TryCheck(meta, sum, key, out byte[]? content, out reason)) return content;
        byte[]? newSum = SafeFiles.ReadAll(files, SafeFiles.UnfinishedPath(SumPath));
        bool isMetaInPlace = TryCheck(meta, newSum, key, out content, out _);
        if (!isMetaInPlace && !TryCheck(SafeFiles.ReadAll(files, SafeFiles.UnfinishedPath(MetaPath)), newSum, key, out content, out _)) return null;
        if (!isMetaInPlace) Finish(MetaPath);
        Finish(SumPath);
        return content;
    }

    private bool TryCheck(byte[]? meta, byte[]? sum, MetaKey? key, out byte[]? content, out string reason)
    {
        content = meta;
        reason = meta is null or { Length: 0 } ? $"{MetaName} is missing"
            : sum is null ? $"{SumName} is missing"
            : Encoding.ASCII.GetString(sum).TrimEnd() != SumOf(meta) ? $"{MetaName} does not have the checksum in {SumName}"
            : key is not null && !key.TryOpen(meta, out content) ? $"{MetaName} cannot be opened with its key"
            : "";
        return reason.Length == 0;
    }

    private void Finish(string path)
    {
        Place(path);
        files.SyncDirectory(place.Path);
    }

    private void Place(string path) => files.Move(SafeFiles.UnfinishedPath(path), path);

    // Compat: digits are those of the hash's bytes, lowest first.
    private string SumOf(ReadOnlySpan<byte> meta)
    {
        HighwayHash64 hash = BlockFormat.HashOf(assetName);
        hash.Append(meta);
        return BinaryPrimitives.ReverseEndianness(hash.Finish()).ToString("x16", CultureInfo.InvariantCulture);
    }
}

/// <summary>The keys of a stream's own files.</summary>
internal sealed class StreamAssetKeys(StreamKeys keys) : AssetKeys
{
    public override MetaKey Create(out byte[] file) => keys.CreateMetaKey(out file);

    public override KeyStatus TryOpen(ReadOnlySpan<byte> file, out MetaKey? key) => keys.TryOpenMetaKey(file, out key);
}

/// <summary>The keys of a consumer's files.</summary>
internal sealed class ConsumerAssetKeys(StreamKeys keys, string consumer) : AssetKeys
{
    public override MetaKey Create(out byte[] file) => keys.CreateConsumerKey(consumer, out file);

    public override KeyStatus TryOpen(ReadOnlySpan<byte> file, out MetaKey? key) => keys.TryOpenConsumerKey(consumer, file, out key);
}
