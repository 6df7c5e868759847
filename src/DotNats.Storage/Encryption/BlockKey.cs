namespace DotNats.Storage;

/// <summary>Encrypts and decrypts a block's file in place, any part of it: the same call does both.</summary>
/// <remarks>The format has no proof against changes beyond the checksums in it, and one place must not be written twice with other bytes.</remarks>
// Owner: whoever opened it. Immutable; any thread.
public sealed class BlockKey
{
    private readonly Seed _seed;
    private readonly ChaCha20? _chaCha;
    private readonly AesCounter? _aes;

    internal BlockKey(Seed seed)
    {
        _seed = seed;
        if (seed.Kind == StoreCipherKind.ChaCha) _chaCha = ChaCha20.Extended(seed.Key, seed.Nonce);
        else _aes = new AesCounter(seed.Key, seed.Nonce);
    }

    /// <summary>Opens what nats-server up to 2.9 sealed with it: the index beside the block.</summary>
    internal byte[]? OpenFormerIndex(byte[] file) => Aead.TryOpen(_seed.Kind, _seed.Key, [.. _seed.Nonce, .. file], out byte[]? content) ? content : null;

    /// <param name="data">Bytes of the file.</param>
    /// <param name="position">Where in the file they begin.</param>
    public void Apply(Span<byte> data, long position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        if (_chaCha is not null) _chaCha.Apply(data, position);
        else _aes!.Apply(data, position);
    }
}
