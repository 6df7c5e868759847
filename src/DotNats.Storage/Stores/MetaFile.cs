using System.Globalization;
using System.Text;

namespace DotNats.Storage;

/// <summary>A small file and the checksum beside it, as nats-server keeps what streams and consumers are: meta.inf and meta.sum.</summary>
/// <remarks>The sum is the HighwayHash of the file in sixteen hexadecimal digits; its key is the SHA-256 of the asset's name.</remarks>
internal static class MetaFile
{
    public const string Name = "meta.inf";

    public const string SumName = "meta.sum";

    public const string KeyName = "meta.key";

    /// <summary>Reads the file of an asset.</summary>
    /// <param name="assetName">Name of the stream, or "stream/consumer".</param>
    /// <param name="reason">Why not, in words.</param>
    /// <returns>Its bytes; null where it is missing or not as it was written.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static byte[]? Read(IStorageFiles files, string directory, string assetName, out string reason)
    {
        string sumPath = Path.Combine(directory, SumName);
        byte[]? meta = SafeFiles.ReadAll(files, Path.Combine(directory, Name));
        byte[]? sum = SafeFiles.ReadAll(files, sumPath);
        reason = meta is null or { Length: 0 } ? $"{Name} is missing"
            : sum is null ? $"{SumName} is missing"
            : IsSum(meta, sum, assetName) || FinishWrite(files, sumPath, meta, assetName) ? ""
            : $"{Name} does not have the checksum in {SumName}";
        return reason.Length == 0 ? meta : null;
    }

    /// <summary>Replaces the file of an asset. After a crash it is the old one or the new one.</summary>
    public static void Write(IStorageFiles files, string directory, string assetName, ReadOnlySpan<byte> meta)
    {
        string path = Path.Combine(directory, Name);
        string sumPath = Path.Combine(directory, SumName);
        SafeFiles.Prepare(files, sumPath, Encoding.ASCII.GetBytes(SumOf(meta, assetName)));
        SafeFiles.Prepare(files, path, meta);
        files.SyncDirectory(directory);
        files.Move(SafeFiles.UnfinishedPath(path), path);
        files.SyncDirectory(directory);
        files.Move(SafeFiles.UnfinishedPath(sumPath), sumPath);
        files.SyncDirectory(directory);
    }

    // A crash between the two moves left the sum beside its place.
    private static bool FinishWrite(IStorageFiles files, string sumPath, byte[] meta, string assetName)
    {
        string unfinished = SafeFiles.UnfinishedPath(sumPath);
        if (SafeFiles.ReadAll(files, unfinished) is not { } sum || !IsSum(meta, sum, assetName)) return false;
        files.Move(unfinished, sumPath);
        return true;
    }

    private static bool IsSum(ReadOnlySpan<byte> meta, ReadOnlySpan<byte> sum, string assetName) =>
        Encoding.ASCII.GetString(sum.TrimEnd((byte)'\n')) == SumOf(meta, assetName);

    // Compat: digits are those of the hash's bytes, lowest first.
    private static string SumOf(ReadOnlySpan<byte> meta, string assetName)
    {
        HighwayHash64 hash = BlockFormat.HashOf(assetName);
        hash.Append(meta);
        return System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(hash.Finish()).ToString("x16", CultureInfo.InvariantCulture);
    }
}
