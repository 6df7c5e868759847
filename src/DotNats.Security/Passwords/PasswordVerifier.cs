using System.Security.Cryptography;
using System.Text;

namespace DotNats.Security;

/// <summary>Compares a stored password or token, plain or bcrypt, with the one a client sent.</summary>
/// <remarks>
/// A bcrypt comparison takes from a millisecond (cost 4) to seconds (cost 15). Call it from a worker, never from an I/O loop, when
/// <see cref="RequiresSlowVerification"/> says so, and limit how many run at once.
/// </remarks>
public static class PasswordVerifier
{
    /// <summary>True when the stored text is a bcrypt hash: <c>$2a$</c>, <c>$2b$</c>, <c>$2x$</c> or <c>$2y$</c>, two digits of cost, <c>$</c>.</summary>
    public static bool IsBcrypt(string stored) =>
        stored.Length >= 7 && stored[0] == '$' && stored[1] == '2' && stored[2] is 'a' or 'b' or 'x' or 'y' && stored[3] == '$'
        && char.IsAsciiDigit(stored[4]) && char.IsAsciiDigit(stored[5]) && stored[6] == '$';

    /// <summary>True when <see cref="Verify(string, string)"/> is slow by design and must not run on an I/O loop.</summary>
    public static bool RequiresSlowVerification(string stored) => IsBcrypt(stored);

    /// <summary>True when <paramref name="given"/> is the stored password. A damaged hash matches nothing.</summary>
    public static bool Verify(string stored, string given) =>
        IsBcrypt(stored) ? VerifyBcrypt(stored, given) : FixedTimeEquals(stored, given);

    /// <summary>As <see cref="Verify(string, string)"/>, for UTF-8 from the wire.</summary>
    public static bool Verify(string stored, ReadOnlySpan<byte> given)
    {
        if (IsBcrypt(stored))
            return VerifyBcrypt(stored, Encoding.UTF8.GetString(given));
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(stored), given);
    }

    /// <summary>Compares two texts in a time that depends on their lengths only.</summary>
    public static bool FixedTimeEquals(string left, string right) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(left), Encoding.UTF8.GetBytes(right));

    /// <summary>Cost (log2 of the rounds) of a bcrypt hash, 4 to 31; 0 for a plain password.</summary>
    public static int BcryptCost(string stored) => IsBcrypt(stored) ? (stored[4] - '0') * 10 + (stored[5] - '0') : 0;

    /// <summary>Spends the time of one failing bcrypt comparison, so that an unknown user costs what a known one does.</summary>
    /// <param name="cost">Cost to imitate, 4 to 31.</param>
    public static void SpendTime(int cost, string given) =>
        // Any well-formed salt and digest will do: nothing compares equal to it.
        _ = VerifyBcrypt($"$2a${cost:00}$abcdefghijklmnopqrstuuAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", given);

    private static bool VerifyBcrypt(string hash, string given)
    {
        // Compat: nats-server computes all four variants as $2a$, also $2x$, which elsewhere stands for a historic sign bug.
        string asVariantA = string.Concat("$2a", hash.AsSpan(3));
        try
        {
            return BCrypt.Net.BCrypt.Verify(given, asVariantA);
        }
        catch (Exception e) when (e is BCrypt.Net.SaltParseException or ArgumentException or FormatException or IndexOutOfRangeException)
        {
            return false;
        }
    }
}
