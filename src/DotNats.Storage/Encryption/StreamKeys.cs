using System.Globalization;

namespace DotNats.Storage;

/// <summary>The keys of one stream's files. Each is made once and its file written and synced before anything that it encrypts.</summary>
// Owner: the stream's store. Immutable; any thread.
public sealed class StreamKeys(StoreCipher cipher, string stream)
{
    /// <summary>Makes the key of meta.inf and of the stream's own index; what is put out is meta.key.</summary>
    public MetaKey CreateMetaKey(out byte[] file) => new(cipher.Create(stream, out file));

    /// <summary>Reads meta.key.</summary>
    public KeyStatus TryOpenMetaKey(ReadOnlySpan<byte> file, out MetaKey? key) => TryOpenMeta(stream, file, out key);

    /// <summary>Makes the key of a consumer's meta.inf and o.dat; what is put out is its meta.key.</summary>
    public MetaKey CreateConsumerKey(string consumer, out byte[] file) => new(cipher.Create(ConsumerContext(consumer), out file));

    /// <summary>Reads a consumer's meta.key.</summary>
    public KeyStatus TryOpenConsumerKey(string consumer, ReadOnlySpan<byte> file, out MetaKey? key) => TryOpenMeta(ConsumerContext(consumer), file, out key);

    /// <summary>Makes the key of a block; what is put out is its .key file. A block that is written anew as a whole gets a new key.</summary>
    public BlockKey CreateBlockKey(uint index, out byte[] file) => new(cipher.Create(BlockContext(index), out file));

    /// <summary>Reads a block's .key file.</summary>
    public KeyStatus TryOpenBlockKey(uint index, ReadOnlySpan<byte> file, out BlockKey? key)
    {
        KeyStatus status = cipher.TryOpen(BlockContext(index), file, out Seed? seed);
        key = seed is null ? null : new BlockKey(seed);
        return status;
    }

    private KeyStatus TryOpenMeta(string context, ReadOnlySpan<byte> file, out MetaKey? key)
    {
        KeyStatus status = cipher.TryOpen(context, file, out Seed? seed);
        key = seed is null ? null : new MetaKey(seed);
        return status;
    }

    private string BlockContext(uint index) => string.Create(CultureInfo.InvariantCulture, $"{stream}:{index}");

    private string ConsumerContext(string consumer) => $"{stream}.{consumer}";
}
