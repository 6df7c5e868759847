using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace DotNats.Storage;

/// <summary>The configured encryption key at work for one account: it seals the random keys that files are encrypted with.</summary>
/// <remarks>
/// A key file is nonce and sealed seed. The key it is sealed with is HMAC-SHA256 over the owner's name and a context that names the file,
/// so a key file opens only where it was made.
/// </remarks>
// Owner: the store. Immutable; any thread.
public sealed class StoreCipher
{
    /// <summary>Key files are never shorter: AES's nonce, seed and tag.</summary>
    private const int MinFileBytes = 64;

    private readonly byte[] _key;
    private readonly byte[]? _previousKey;
    private readonly byte[] _owner;

    /// <param name="kind">Of files written from now on.</param>
    /// <param name="key">As configured (<c>key</c>), in UTF-8.</param>
    /// <param name="previousKey">As configured (<c>prev_key</c>); empty for none.</param>
    /// <param name="owner">Account name for streams; group name for what a replication group keeps of its own.</param>
    public StoreCipher(StoreCipherKind kind, ReadOnlySpan<byte> key, ReadOnlySpan<byte> previousKey, string owner)
    {
        ArgumentOutOfRangeException.ThrowIfZero(key.Length);
        Kind = kind;
        _key = key.ToArray();
        _previousKey = previousKey.IsEmpty ? null : previousKey.ToArray();
        _owner = Encoding.UTF8.GetBytes(owner);
    }

    /// <summary>Of files written from now on.</summary>
    public StoreCipherKind Kind { get; }

    /// <summary>Makes a random seed and the file that keeps it.</summary>
    internal Seed Create(string context, out byte[] file)
    {
        var seed = new Seed(Kind, RandomNumberGenerator.GetBytes(Seed.KeyBytes), RandomNumberGenerator.GetBytes(Aead.NonceBytes(Kind)));
        file = Aead.Seal(Kind, SealingKey(_key, context), seed.Nonce, seed.Key);
        return seed;
    }

    /// <summary>Opens a key file with what is configured, else with what was before.</summary>
    internal KeyStatus TryOpen(string context, ReadOnlySpan<byte> file, [NotNullWhen(true)] out Seed? seed)
    {
        StoreCipherKind other = Kind == StoreCipherKind.ChaCha ? StoreCipherKind.Aes : StoreCipherKind.ChaCha;
        if (TryOpen(_key, Kind, context, file, out seed)) return KeyStatus.Current;
        if (TryOpen(_key, other, context, file, out seed)) return KeyStatus.Former;
        if (_previousKey is null) return KeyStatus.Refused;
        if (TryOpen(_previousKey, Kind, context, file, out seed)) return KeyStatus.Former;
        return TryOpen(_previousKey, other, context, file, out seed) ? KeyStatus.Former : KeyStatus.Refused;
    }

    private bool TryOpen(byte[] key, StoreCipherKind kind, string context, ReadOnlySpan<byte> file, [NotNullWhen(true)] out Seed? seed)
    {
        seed = null;
        if (file.Length < MinFileBytes || !Aead.TryOpen(kind, SealingKey(key, context), file, out byte[]? opened) || opened.Length != Seed.KeyBytes) return false;
        seed = new Seed(kind, opened, file[..Aead.NonceBytes(kind)].ToArray());
        return true;
    }

    private byte[] SealingKey(byte[] key, string context) => HMACSHA256.HashData(key, (byte[])[.. _owner, .. Encoding.UTF8.GetBytes(context)]);
}

/// <summary>What a key file keeps: the random key and the nonce it was sealed with, which block ciphers start from.</summary>
internal sealed record Seed(StoreCipherKind Kind, byte[] Key, byte[] Nonce)
{
    public const int KeyBytes = 32;
}
