using System.Text;
using DotNats.Security;

namespace DotNats.Server.SystemAccount;

/// <summary>The short name of a server in subjects that are meant for it alone.</summary>
internal static class ServerHash
{
    private const int Length = 8;

    private static ReadOnlySpan<byte> Digits => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8;

    /// <summary>Eight characters of base 62, from the SHA-256 of the name.</summary>
    public static string Of(string serverName)
    {
        var hash = new Sha256();
        hash.AppendData(Encoding.UTF8.GetBytes(serverName));
        return string.Create(Length, hash.GetHashAndReset(), static (text, bytes) =>
        {
            for (int i = 0; i < text.Length; i++) text[i] = (char)Digits[bytes[i] % Digits.Length];
        });
    }
}
