using System.Security.Cryptography;

namespace DotNats.Security;

/// <summary>Bcrypt hashes in their text form: <c>$2a$</c>, two digits of cost, <c>$</c>, 22 characters of salt, 31 of digest.</summary>
internal static class Bcrypt
{
    private const int PrefixLength = 7;
    private const int SaltLength = 22;
    private const int SaltBytes = 16;
    private const int DigestLength = 31;

    // The last of the 24 computed bytes never was part of the format.
    private const int DigestBytes = 23;

    // The algorithm reads 72 bytes of the password with the zero behind it; what follows does not count.
    private const int MaxPasswordBytes = 72;

    private const string Alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>True for <c>$2a$</c>, <c>$2b$</c>, <c>$2x$</c> or <c>$2y$</c>, two digits and <c>$</c>: nats-server's test, whatever follows.</summary>
    public static bool HasPrefix(string text) =>
        text.Length >= PrefixLength && text[0] == '$' && text[1] == '2' && text[2] is 'a' or 'b' or 'x' or 'y' && text[3] == '$'
        && char.IsAsciiDigit(text[4]) && char.IsAsciiDigit(text[5]) && text[6] == '$';

    /// <summary>log2 of the rounds as written, of a text that <see cref="HasPrefix"/>.</summary>
    public static int Cost(string hash) => (hash[4] - '0') * 10 + (hash[5] - '0');

    /// <summary>Computes the hash of the password; false when it is another, or when the text is damaged.</summary>
    // Compat: nats-server computes all variants alike, also $2x$, which elsewhere stands for a historic sign bug.
    public static bool Verify(string hash, ReadOnlySpan<byte> password)
    {
        Span<byte> salt = stackalloc byte[SaltBytes];
        if (hash.Length != PrefixLength + SaltLength + DigestLength || Cost(hash) is < 4 or > 31
            || !TryDecode(hash.AsSpan(PrefixLength, SaltLength), salt))
        {
            return false;
        }

        byte[] key = new byte[Math.Min(password.Length + 1, MaxPasswordBytes)];
        password[..Math.Min(password.Length, key.Length)].CopyTo(key);
        byte[] digest = Org.BouncyCastle.Crypto.Generators.BCrypt.Generate(key, salt.ToArray(), Cost(hash), addTerminator: false);
        CryptographicOperations.ZeroMemory(key);
        return IsDigest(hash.AsSpan(PrefixLength + SaltLength), digest.AsSpan(0, DigestBytes));
    }

    // Compares texts, so that a digest whose last character has bits to spare has one spelling only.
    private static bool IsDigest(ReadOnlySpan<char> text, ReadOnlySpan<byte> digest)
    {
        int difference = 0;
        for (int i = 0; i < DigestLength; i++)
        {
            int bit = i * 6;
            int word = digest[bit / 8] << 8 | (bit / 8 + 1 < digest.Length ? digest[bit / 8 + 1] : 0);
            difference |= Alphabet[word >> (10 - bit % 8) & 63] ^ text[i];
        }

        return difference == 0;
    }

    private static bool TryDecode(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        int bits = 0;
        int bitCount = 0;
        int written = 0;
        foreach (char c in text)
        {
            int value = Alphabet.IndexOf(c, StringComparison.Ordinal);
            if (value < 0)
                return false;
            bits = bits << 6 | value;
            bitCount += 6;
            if (bitCount < 8 || written == bytes.Length)
                continue;
            bitCount -= 8;
            bytes[written++] = (byte)(bits >> bitCount);
        }

        return true;
    }
}
