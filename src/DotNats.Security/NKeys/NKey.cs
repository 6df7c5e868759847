using System.Security.Cryptography;
using DotNats.Primitives;
using Org.BouncyCastle.Math.EC.Rfc7748;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace DotNats.Security;

/// <summary>A NATS key pair: Ed25519 for identities, X25519 for <see cref="NKeyKind.Curve"/>.</summary>
/// <remarks>Immutable until disposed; disposing wipes the private part. Signing and verifying may be done by any thread.</remarks>
public sealed class NKey : IDisposable
{
    /// <summary>Bytes of an Ed25519 signature.</summary>
    public const int SignatureBytes = 64;

    /// <summary>Bytes of a raw public key, and of a raw seed.</summary>
    public const int KeyBytes = NKeyEncoding.KeyBytes;

    private readonly byte[] _seed;
    private readonly byte[] _publicKey = new byte[KeyBytes];
    private bool _disposed;

    private NKey(NKeyKind kind, ReadOnlySpan<byte> seed)
    {
        Kind = kind;
        _seed = seed.ToArray();
        if (kind == NKeyKind.Curve)
            X25519.GeneratePublicKey(_seed, _publicKey);
        else
            Ed25519.GeneratePublicKey(_seed, _publicKey);
        PublicKey = NKeyEncoding.EncodePublic(kind, _publicKey);
    }

    public NKeyKind Kind { get; }

    /// <summary>Public key as text (56 characters, first letter is the kind's).</summary>
    public string PublicKey { get; }

    /// <summary>The 32 bytes of the public key.</summary>
    public ReadOnlySpan<byte> RawPublicKey => _publicKey;

    /// <summary>A new key from the system's random source.</summary>
    public static NKey Create(NKeyKind kind)
    {
        Span<byte> seed = stackalloc byte[KeyBytes];
        SystemRandom.Fill(seed);
        return FromRawSeed(kind, seed);
    }

    /// <summary>The key of 32 given random bytes; the same bytes always give the same key.</summary>
    /// <exception cref="ArgumentException">Not 32 bytes.</exception>
    public static NKey FromRawSeed(NKeyKind kind, ReadOnlySpan<byte> seed)
    {
        if (seed.Length != KeyBytes)
            throw new ArgumentException($"An nkey seed has {KeyBytes} bytes.", nameof(seed));
        return new NKey(kind, seed);
    }

    /// <summary>Reads a seed text (<c>SU…</c>, <c>SA…</c>, …).</summary>
    /// <exception cref="FormatException">Not a seed: wrong length, alphabet, checksum or prefix.</exception>
    public static NKey FromSeed(ReadOnlySpan<char> seedText)
    {
        Span<byte> seed = stackalloc byte[KeyBytes];
        if (!NKeyEncoding.TryDecodeSeed(seedText, out NKeyKind kind, seed))
            throw new FormatException("The text is not an nkey seed.");
        NKey key = new(kind, seed);
        seed.Clear();
        return key;
    }

    /// <summary>Reads a public key of any kind into <paramref name="publicKey"/>, which must hold 32 bytes; false when the text is none.</summary>
    public static bool TryParsePublic(ReadOnlySpan<char> text, out NKeyKind kind, Span<byte> publicKey) =>
        NKeyEncoding.TryDecodePublic(text, out kind, publicKey);

    /// <summary>True for a well-formed public key of the wanted kind.</summary>
    public static bool IsPublicKey(ReadOnlySpan<char> text, NKeyKind kind)
    {
        Span<byte> key = stackalloc byte[KeyBytes];
        return TryParsePublic(text, out NKeyKind found, key) && found == kind;
    }

    /// <summary>Text of a raw public key.</summary>
    public static string EncodePublic(NKeyKind kind, ReadOnlySpan<byte> publicKey32) => NKeyEncoding.EncodePublic(kind, publicKey32);

    /// <summary>Checks an Ed25519 signature. False for wrong lengths and for keys that are no point of the curve; never throws.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey32, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (publicKey32.Length != KeyBytes || signature.Length != SignatureBytes)
            return false;
        // BouncyCastle's low-level calls take arrays; logins are rare enough for three small copies.
        return Ed25519.Verify(signature.ToArray(), 0, publicKey32.ToArray(), 0, message.ToArray(), 0, message.Length);
    }

    /// <summary>The seed as text (58 characters). A secret.</summary>
    public string GetSeed()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return NKeyEncoding.EncodeSeed(Kind, _seed);
    }

    /// <summary>The 64-byte Ed25519 signature of a message.</summary>
    /// <exception cref="InvalidOperationException">The key is a <see cref="NKeyKind.Curve"/> key.</exception>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (Kind == NKeyKind.Curve)
            throw new InvalidOperationException("Curve keys encrypt, they cannot sign.");
        byte[] signature = new byte[SignatureBytes];
        Ed25519.Sign(_seed, 0, _publicKey, 0, message.ToArray(), 0, message.Length, signature, 0);
        return signature;
    }

    /// <summary>Encrypts and authenticates for the holder of another curve key; only that holder can open it, and knows it is from this key.</summary>
    /// <param name="recipient">Public curve key (<c>X…</c>).</param>
    /// <exception cref="InvalidOperationException">This key is no <see cref="NKeyKind.Curve"/> key.</exception>
    /// <exception cref="ArgumentException">The recipient's is none.</exception>
    public byte[] Seal(ReadOnlySpan<byte> text, ReadOnlySpan<char> recipient)
    {
        CheckEncrypts();
        byte[] key = new byte[KeyBytes];
        return TryParsePublic(recipient, out NKeyKind kind, key) && kind == NKeyKind.Curve && CurveBox.Seal(text, _seed, key) is { } box
            ? box
            : throw new ArgumentException("The recipient's key is no public curve key.", nameof(recipient));
    }

    /// <summary>Opens what the sender's curve key sealed for this key; null when it did not, or when anything was changed on the way.</summary>
    /// <param name="sender">Public curve key (<c>X…</c>).</param>
    /// <exception cref="InvalidOperationException">This key is no <see cref="NKeyKind.Curve"/> key.</exception>
    public byte[]? TryOpen(ReadOnlySpan<byte> box, ReadOnlySpan<char> sender)
    {
        CheckEncrypts();
        byte[] key = new byte[KeyBytes];
        return TryParsePublic(sender, out NKeyKind kind, key) && kind == NKeyKind.Curve ? CurveBox.Open(box, _seed, key) : null;
    }

    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_seed);
    }

    /// <summary>The public key; a seed never shows in logs.</summary>
    public override string ToString() => PublicKey;

    private void CheckEncrypts()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (Kind != NKeyKind.Curve)
            throw new InvalidOperationException("Only curve keys encrypt.");
    }
}
