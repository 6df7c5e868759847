using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace DotNats.Storage;

/// <summary>Seals small files whole (meta.inf, o.dat, index.db): nobody reads or changes them without the key.</summary>
// Owner: whoever opened it. Immutable; any thread.
public sealed class MetaKey
{
    private readonly Seed _seed;

    internal MetaKey(Seed seed) => _seed = seed;

    /// <summary>A new random nonce, then the sealed content.</summary>
    public byte[] Seal(ReadOnlySpan<byte> content) => Aead.Seal(_seed.Kind, _seed.Key, RandomNumberGenerator.GetBytes(Aead.NonceBytes(_seed.Kind)), content);

    /// <summary>False where it was not sealed with this key, or changed.</summary>
    public bool TryOpen(ReadOnlySpan<byte> file, [NotNullWhen(true)] out byte[]? content) => Aead.TryOpen(_seed.Kind, _seed.Key, file, out content);
}
