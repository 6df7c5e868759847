using System.Diagnostics.CodeAnalysis;

namespace DotNats.Storage;

/// <summary>The two ways of sealing, with nonce before and tag behind what is sealed.</summary>
internal static class Aead
{
    public const int TagBytes = 16;

    // Compat: GCM is used with nonces of a whole AES block, where 12 bytes are usual.
    public static int NonceBytes(StoreCipherKind kind) => kind == StoreCipherKind.ChaCha ? 24 : 16;

    public static byte[] Seal(StoreCipherKind kind, byte[] key, byte[] nonce, ReadOnlySpan<byte> content)
    {
        byte[] file = new byte[nonce.Length + content.Length + TagBytes];
        nonce.CopyTo(file, 0);
        Span<byte> sealedContent = file.AsSpan(nonce.Length);
        if (kind == StoreCipherKind.ChaCha) XChaCha20Poly1305.Seal(key, nonce, content, sealedContent);
        else AesGcm256.Seal(key, nonce, content, sealedContent);
        return file;
    }

    public static bool TryOpen(StoreCipherKind kind, byte[] key, ReadOnlySpan<byte> file, [NotNullWhen(true)] out byte[]? content)
    {
        content = null;
        int nonceBytes = NonceBytes(kind);
        if (file.Length < nonceBytes + TagBytes) return false;
        byte[] opened = new byte[file.Length - nonceBytes - TagBytes];
        ReadOnlySpan<byte> nonce = file[..nonceBytes];
        bool isOpen = kind == StoreCipherKind.ChaCha
            ? XChaCha20Poly1305.TryOpen(key, nonce, file[nonceBytes..], opened)
            : AesGcm256.TryOpen(key, nonce, file[nonceBytes..], opened);
        if (isOpen) content = opened;
        return isOpen;
    }
}
