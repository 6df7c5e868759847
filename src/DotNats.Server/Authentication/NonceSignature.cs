using System.Buffers;
using System.Buffers.Text;
using DotNats.Security;

namespace DotNats.Server.Authentication;

/// <summary>The proof that a client owns an nkey: the connection's nonce, signed.</summary>
internal static class NonceSignature
{
    /// <summary>Checks <paramref name="signature"/> (base64url without padding, or standard base64); returns null when good, else the reason for the debug log.</summary>
    public static string? Check(string publicKey, ReadOnlySpan<byte> nonce, string? signature)
    {
        if (string.IsNullOrEmpty(signature))
            return "Signature missing";
        Span<byte> raw = stackalloc byte[NKey.SignatureBytes];
        if (!TryDecode(signature, raw))
            return "Signature not valid base64";
        Span<byte> key = stackalloc byte[NKey.KeyBytes];
        if (!NKey.TryParsePublic(publicKey, out _, key))
            return "User nkey not valid";
        return NKey.Verify(key, nonce, raw) ? null : "Signature not verified";
    }

    private static bool TryDecode(string text, Span<byte> signature)
    {
        // 64 bytes are 86 characters, or 88 with the padding that only the standard form has.
        if (text.Length == 86)
            return Base64Url.DecodeFromChars(text, signature, out _, out int bytes) == OperationStatus.Done && bytes == signature.Length;
        return Convert.TryFromBase64String(text, signature, out int written) && written == signature.Length;
    }
}
