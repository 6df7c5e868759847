using System.Security.Cryptography;
using System.Text;

namespace DotNats.Security;

/// <summary>Compares a stored password or token, plain or bcrypt, with the one a client sent.</summary>
/// <remarks>
/// A bcrypt comparison takes from a millisecond (cost 4) to minutes (cost 20): 60 ms at cost 10. Call it from a worker, never from an I/O
/// loop, when <see cref="RequiresSlowVerification"/> says so, and limit how many run at once.
/// </remarks>
public static class PasswordVerifier
{
    /// <summary>True when the stored text is a bcrypt hash: <c>$2a$</c>, <c>$2b$</c>, <c>$2x$</c> or <c>$2y$</c>, two digits of cost, <c>$</c>.</summary>
    public static bool IsBcrypt(string stored) => Bcrypt.HasPrefix(stored);

    /// <summary>True when <see cref="Verify(string, string)"/> is slow by design and must not run on an I/O loop.</summary>
    public static bool RequiresSlowVerification(string stored) => IsBcrypt(stored);

    /// <summary>True when <paramref name="given"/> is the stored password. A damaged hash matches nothing.</summary>
    public static bool Verify(string stored, string given) => Verify(stored, Encoding.UTF8.GetBytes(given));

    /// <summary>As <see cref="Verify(string, string)"/>, for UTF-8 from the wire.</summary>
    public static bool Verify(string stored, ReadOnlySpan<byte> given) =>
        IsBcrypt(stored) ? Bcrypt.Verify(stored, given) : CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(stored), given);

    /// <summary>Compares two texts in a time that depends on their lengths only.</summary>
    public static bool FixedTimeEquals(string left, string right) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(left), Encoding.UTF8.GetBytes(right));

    /// <summary>Cost (log2 of the rounds) of a bcrypt hash, 4 to 31 when it is sound; 0 for a plain password.</summary>
    public static int BcryptCost(string stored) => IsBcrypt(stored) ? Bcrypt.Cost(stored) : 0;

    /// <summary>Spends the time of one failing bcrypt comparison, so that an unknown user costs what a known one does.</summary>
    /// <param name="cost">Cost to imitate; below 4 and above 31, which no hash can have, takes no time.</param>
    public static void SpendTime(int cost, string given) =>
        // Any well-formed salt and digest will do: nothing compares equal to it.
        _ = Bcrypt.Verify($"$2a${cost:00}$abcdefghijklmnopqrstuuAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", Encoding.UTF8.GetBytes(given));
}
