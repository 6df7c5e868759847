using System.Text;
using DotNats.Security;

namespace DotNats.Configuration.Jwt;

/// <summary>Reads operators from files or inline JWTs.</summary>
internal static class OperatorJwt
{
    /// <summary>How every JWT begins: <c>{"</c> in base64url.</summary>
    private const string Prefix = "eyJ";

    /// <summary>The operator; null with the reason otherwise.</summary>
    /// <param name="source">A file, or the JWT itself.</param>
    public static OperatorOptions? Read(string source, IConfigFileSystem files, out string? error)
    {
        string text;
        try
        {
            text = Encoding.UTF8.GetString(files.ReadAllBytes(source));
        }
        catch (IOException e)
        {
            error = e.Message;
            if (!source.StartsWith(Prefix, StringComparison.Ordinal))
                return null;
            text = source;
        }
        return Decode(CredentialsText.FindJwt(text), out error);
    }

    private static OperatorOptions? Decode(string jwt, out string? error)
    {
        if (!JwtReader.TryReadOperator(jwt, out OperatorClaims? claims, out JwtError refused))
        {
            error = refused.Text;
            return null;
        }
        error = null;
        return new OperatorOptions
        {
            Jwt = jwt,
            Subject = claims.Subject,
            SigningKeys = claims.SigningKeys,
            StrictSigningKeyUsage = claims.StrictSigningKeyUsage,
            SystemAccount = OrNull(claims.SystemAccount),
            AccountServerUrl = OrNull(claims.AccountServerUrl),
            AssertServerVersion = OrNull(claims.AssertServerVersion),
        };
    }

    private static string? OrNull(string text) => text.Length > 0 ? text : null;
}
