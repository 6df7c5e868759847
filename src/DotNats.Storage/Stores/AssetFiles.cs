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
/// <param name="otherName">Another small file under the same key; null for none.</param>
/// <remarks>meta.sum is the HighwayHash of meta.inf in sixteen hexadecimal digits; its key is the SHA-256 of the asset's name.</remarks>
// Owner: whoever owns the asset. Invariant: after a crash the meta file is the old one or the new one, whole.
internal sealed class AssetFiles(IStorageFiles files, string directory, string assetName, AssetKeys? keys, string? otherName = null)
{
    private const string MetaName = "meta.inf";
    private const string SumName = "meta.sum";
    private const string KeyName = "meta.key";

    public string MetaPath => Path.Combine(directory, MetaName);

    private string SumPath => Path.Combine(directory, SumName);

    private string OtherPath => Path.Combine(directory, otherName!);

    private string KeyPath => Path.Combine(directory, KeyName);

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
            byte[]? other = ReadOther(key);
            WriteMeta(meta, keys.Create(out byte[] file), file, other);
        }

        return meta;
    }

    /// <summary>Replaces the meta file.</summary>
    public void WriteMeta(ReadOnlySpan<byte> meta)
    {
        byte[]? file = null;
        MetaKey? key = keys is null ? null : OpenKey() ?? keys.Create(out file);
        WriteMeta(meta, key, file, other: null);
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

    /// <summary>Reads the other small file; null where there is none.</summary>
    /// <exception cref="IOException">It cannot be read, or was changed.</exception>
    public byte[]? ReadOther() => ReadOther(OpenKey());

    /// <summary>Replaces the other small file; after a crash it is the old one or this one.</summary>
    public void WriteOther(ReadOnlySpan<byte> content) => SafeFiles.Replace(files, OtherPath, OpenKey() is { } key ? key.Seal(content) : content);

    private byte[]? ReadOther(MetaKey? key)
    {
        if (otherName is null || SafeFiles.ReadAll(files, OtherPath) is not { } bytes) return null;
        if (key is null) return bytes;
        if (key.TryOpen(bytes, out byte[]? content)) return content;
        // Another key was put in place, and the machine stopped before this file was.
        if (SafeFiles.ReadAll(files, SafeFiles.UnfinishedPath(OtherPath)) is not { } unfinished || !key.TryOpen(unfinished, out content))
            throw new IOException($"{OtherPath} cannot be opened with its key");
        Finish(OtherPath);
        return content;
    }

    private MetaKey? OpenKey()
    {
        if (keys is null || SafeFiles.ReadAll(files, KeyPath) is not { } file) return null;
        return keys.TryOpen(file, out MetaKey? key) == KeyStatus.Refused ? throw new IOException($"{KeyPath} cannot be opened with the configured key") : key;
    }

    private void WriteMeta(ReadOnlySpan<byte> meta, MetaKey? key, byte[]? keyFile, byte[]? other)
    {
        ReadOnlySpan<byte> stored = key is null ? meta : key.Seal(meta);
        SafeFiles.Prepare(files, SumPath, Encoding.ASCII.GetBytes(SumOf(stored)));
        SafeFiles.Prepare(files, MetaPath, stored);
        if (keyFile is not null) SafeFiles.Prepare(files, KeyPath, keyFile);
        if (other is not null) SafeFiles.Prepare(files, OtherPath, key!.Seal(other));
        files.SyncDirectory(directory);
        if (keyFile is not null) Finish(KeyPath);
        Finish(MetaPath);
        Finish(SumPath);
        if (other is not null) Finish(OtherPath);
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
        files.Move(SafeFiles.UnfinishedPath(path), path);
        files.SyncDirectory(directory);
    }

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
