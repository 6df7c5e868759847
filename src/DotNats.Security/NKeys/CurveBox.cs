using System.Buffers.Binary;
using System.Security.Cryptography;
using DotNats.Primitives;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math.EC.Rfc7748;

namespace DotNats.Security;

/// <summary>Boxes of curve keys: <c>xkv1</c>, 24 random bytes, then NaCl's <c>crypto_box</c> (a tag of 16 bytes and as many bytes as the text has).</summary>
// Format: nkeys' xkeys and https://nacl.cr.yp.to/box.html: X25519, HSalsa20, XSalsa20, Poly1305 over the encrypted text.
internal static class CurveBox
{
    public const int OverheadBytes = VersionBytes + NonceBytes + TagBytes;

    private const int VersionBytes = 4;
    private const int NonceBytes = 24;
    private const int TagBytes = 16;
    private const int KeyBytes = NKeyEncoding.KeyBytes;

    private static ReadOnlySpan<byte> Version => "xkv1"u8;

    /// <summary>Null when the recipient's key is none that a secret can be shared with.</summary>
    public static byte[]? Seal(ReadOnlySpan<byte> text, byte[] secret, byte[] recipient)
    {
        byte[] nonce = new byte[NonceBytes];
        SystemRandom.Fill(nonce);
        return Seal(text, secret, recipient, nonce);
    }

    /// <summary>As the overload above, with a nonce that must never have been used between the two.</summary>
    internal static byte[]? Seal(ReadOnlySpan<byte> text, byte[] secret, byte[] recipient, byte[] nonce)
    {
        if (SharedKey(secret, recipient) is not { } key)
            return null;
        byte[] box = new byte[OverheadBytes + text.Length];
        Version.CopyTo(box);
        nonce.CopyTo(box, VersionBytes);
        (XSalsa20Engine cipher, Poly1305 authenticator) = Start(key, nonce);
        Span<byte> encrypted = box.AsSpan(OverheadBytes);
        cipher.ProcessBytes(text, encrypted);
        Tag(authenticator, encrypted).CopyTo(box, VersionBytes + NonceBytes);
        return box;
    }

    /// <summary>The text; null for what is no box, was not sealed by the sender for us, or was changed.</summary>
    public static byte[]? Open(ReadOnlySpan<byte> box, byte[] secret, byte[] sender)
    {
        if (box.Length < OverheadBytes || !box.StartsWith(Version) || SharedKey(secret, sender) is not { } key)
            return null;
        (XSalsa20Engine cipher, Poly1305 authenticator) = Start(key, box.Slice(VersionBytes, NonceBytes).ToArray());
        ReadOnlySpan<byte> encrypted = box[OverheadBytes..];
        if (!CryptographicOperations.FixedTimeEquals(Tag(authenticator, encrypted), box.Slice(VersionBytes + NonceBytes, TagBytes)))
            return null;
        byte[] text = new byte[encrypted.Length];
        cipher.ProcessBytes(encrypted, text);
        return text;
    }

    // The key between two, the same from either side: HSalsa20 of the X25519 agreement. Null for points of small order, which agree on zero.
    private static byte[]? SharedKey(byte[] secret, byte[] publicKey)
    {
        byte[] agreement = new byte[KeyBytes];
        if (!X25519.CalculateAgreement(secret, 0, publicKey, 0, agreement, 0))
            return null;
        byte[] key = HSalsa20(agreement);
        CryptographicOperations.ZeroMemory(agreement);
        return key;
    }

    // HSalsa20 is Salsa20 without adding the input at the end, of which it keeps the words of constants and nonce. BouncyCastle has the whole
    // only: what it added is taken away again. The nonce being zero, those are the four words of the constant.
    private static byte[] HSalsa20(byte[] key)
    {
        Salsa20Engine engine = new();
        engine.Init(true, new ParametersWithIV(new KeyParameter(key), new byte[8]));
        byte[] block = new byte[64];
        engine.ProcessBytes(block, 0, block.Length, block, 0);
        byte[] derived = new byte[KeyBytes];
        for (int i = 0; i < 4; i++)
        {
            uint diagonal = Word(block, 5 * i) - Word("expand 32-byte k"u8, i);
            BinaryPrimitives.WriteUInt32LittleEndian(derived.AsSpan(4 * i), diagonal);
            BinaryPrimitives.WriteUInt32LittleEndian(derived.AsSpan(16 + 4 * i), Word(block, 6 + i));
        }

        CryptographicOperations.ZeroMemory(block);
        return derived;
    }

    private static uint Word(ReadOnlySpan<byte> bytes, int index) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 * index)..]);

    // The first 32 bytes of the stream are the authenticator's key; what follows encrypts.
    private static (XSalsa20Engine Cipher, Poly1305 Authenticator) Start(byte[] key, byte[] nonce)
    {
        XSalsa20Engine cipher = new();
        cipher.Init(true, new ParametersWithIV(new KeyParameter(key), nonce));
        CryptographicOperations.ZeroMemory(key);
        byte[] authenticatorKey = new byte[KeyBytes];
        cipher.ProcessBytes(authenticatorKey, 0, authenticatorKey.Length, authenticatorKey, 0);
        Poly1305 authenticator = new();
        authenticator.Init(new KeyParameter(authenticatorKey));
        CryptographicOperations.ZeroMemory(authenticatorKey);
        return (cipher, authenticator);
    }

    private static byte[] Tag(Poly1305 authenticator, ReadOnlySpan<byte> encrypted)
    {
        byte[] tag = new byte[TagBytes];
        authenticator.BlockUpdate(encrypted);
        authenticator.DoFinal(tag);
        return tag;
    }
}
