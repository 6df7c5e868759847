using System.Buffers.Binary;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Crypto.Parameters;

namespace DotNats.Storage;

/// <summary>XChaCha20-Poly1305 without associated data.</summary>
// Source: draft-irtf-cfrg-xchacha; RFC 8439 for how Poly1305 gets its key and what it is computed over.
internal static class XChaCha20Poly1305
{
    public static void Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> content, Span<byte> target)
    {
        ChaCha20 cipher = ChaCha20.Extended(key, nonce);
        Span<byte> encrypted = target[..content.Length];
        content.CopyTo(encrypted);
        // The first block of the keystream is the key of the tag.
        cipher.Apply(encrypted, ChaCha20.BlockBytes);
        ComputeTag(cipher, encrypted, target[content.Length..]);
    }

    public static bool TryOpen(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> sealedContent, Span<byte> content)
    {
        ChaCha20 cipher = ChaCha20.Extended(key, nonce);
        ReadOnlySpan<byte> encrypted = sealedContent[..^Aead.TagBytes];
        Span<byte> tag = stackalloc byte[Aead.TagBytes];
        ComputeTag(cipher, encrypted, tag);
        if (!CryptographicOperations.FixedTimeEquals(tag, sealedContent[^Aead.TagBytes..])) return false;
        encrypted.CopyTo(content);
        cipher.Apply(content, ChaCha20.BlockBytes);
        return true;
    }

    private static void ComputeTag(ChaCha20 cipher, ReadOnlySpan<byte> encrypted, Span<byte> tag)
    {
        Span<byte> tagKey = stackalloc byte[32];
        tagKey.Clear();
        cipher.Apply(tagKey, 0);
        var poly1305 = new Poly1305();
        poly1305.Init(new KeyParameter(tagKey));
        poly1305.BlockUpdate(encrypted);

        // Zeros up to sixteen bytes, then the lengths of associated data and of what is encrypted.
        Span<byte> end = stackalloc byte[16 + 16];
        end.Clear();
        int padding = -encrypted.Length & 15;
        BinaryPrimitives.WriteInt64LittleEndian(end[(padding + 8)..], encrypted.Length);
        poly1305.BlockUpdate(end[..(padding + 16)]);
        poly1305.DoFinal(tag);
    }
}
