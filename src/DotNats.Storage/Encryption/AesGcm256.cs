using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace DotNats.Storage;

/// <summary>AES-256-GCM with nonces of 16 bytes, which the platform's own class does not take.</summary>
internal static class AesGcm256
{
    public static void Seal(byte[] key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> content, Span<byte> target)
    {
        GcmBlockCipher cipher = Start(key, nonce, isSealing: true);
        int written = cipher.ProcessBytes(content, target);
        cipher.DoFinal(target[written..]);
    }

    public static bool TryOpen(byte[] key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> sealedContent, Span<byte> content)
    {
        GcmBlockCipher cipher = Start(key, nonce, isSealing: false);
        int written = cipher.ProcessBytes(sealedContent, content);
        try
        {
            cipher.DoFinal(content[written..]);
            return true;
        }
        catch (InvalidCipherTextException)
        {
            content.Clear();
            return false;
        }
    }

    private static GcmBlockCipher Start(byte[] key, ReadOnlySpan<byte> nonce, bool isSealing)
    {
        var cipher = new GcmBlockCipher(AesUtilities.CreateEngine());
        cipher.Init(isSealing, new AeadParameters(new KeyParameter(key), 8 * Aead.TagBytes, nonce.ToArray()));
        return cipher;
    }
}
