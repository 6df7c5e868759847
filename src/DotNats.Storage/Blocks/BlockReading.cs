namespace DotNats.Storage;

/// <summary>A block's file that is being read: what is encrypted is decrypted.</summary>
// Owner: who opened it. Lifetime: until disposed.
internal sealed class BlockReading(IStorageFile file, BlockKey? key) : IDisposable
{
    /// <summary>Reads bytes of the file; fewer than asked for only at its end.</summary>
    /// <exception cref="IOException">They cannot be read.</exception>
    public int Read(Span<byte> target, long offset)
    {
        int read = file.Read(target, offset);
        key?.Apply(target[..read], offset);
        return read;
    }

    public void Dispose() => file.Dispose();
}
