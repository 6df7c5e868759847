namespace DotNats.Configuration.Validation;

/// <summary>Pinned certificates are SHA-256 sums in hex.</summary>
internal static class PinRules
{
    private const int HexLength = 64;

    /// <param name="prefix">What the errors begin with.</param>
    public static IEnumerable<string> Check(IReadOnlySet<string>? pins, string prefix)
    {
        foreach (string pin in pins ?? new HashSet<string>())
        {
            string folded = pin.ToLowerInvariant();
            if (folded.Length != HexLength || !folded.All(char.IsAsciiHexDigitLower))
            {
                yield return $"{prefix}error parsing 'pinned_certs' key {folded} does not look like lower case hex-encoded sha256 of "
                    + "DER encoded SubjectPublicKeyInfo";
            }
        }
    }
}
