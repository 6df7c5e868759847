using DotNats.Security;

namespace DotNats.Server.Authentication;

/// <summary>Password comparison that does not tell, by its time, whether the user exists.</summary>
/// <remarks>
/// Every refusal costs as much as the dearest stored password: a name nobody has and a plain password among bcrypt ones included. (Users
/// whose bcrypt costs differ can still be told apart; give all the same cost.)
/// </remarks>
internal sealed class PasswordCheck
{
    private readonly int _dearestCost;

    public PasswordCheck(IEnumerable<string> storedPasswords)
    {
        foreach (string stored in storedPasswords)
            _dearestCost = Math.Max(_dearestCost, PasswordVerifier.BcryptCost(stored));
    }

    public bool IsSlow => _dearestCost > 0;

    /// <summary>True when <paramref name="stored"/> is not null and the given text is it.</summary>
    public bool Verify(string? stored, string given)
    {
        if (stored is not null && PasswordVerifier.RequiresSlowVerification(stored))
            return PasswordVerifier.Verify(stored, given);
        bool good = PasswordVerifier.Verify(stored ?? "", given) && stored is not null;
        if (!good && _dearestCost > 0)
            PasswordVerifier.SpendTime(_dearestCost, given);
        return good;
    }
}
