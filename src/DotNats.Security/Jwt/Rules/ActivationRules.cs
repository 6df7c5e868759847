using System.Text;

namespace DotNats.Security;

/// <summary>What an exporting account thinks of an import's activation.</summary>
public enum ActivationState
{
    Good,

    /// <summary>The import has none.</summary>
    Missing,

    /// <summary>It is no activation, or for another account, subject or kind.</summary>
    Invalid,

    /// <summary>Neither the exporting account nor one of its signing keys signed it.</summary>
    NotTrusted,

    /// <summary>Expired or not yet valid.</summary>
    Expired,

    Revoked,
}

/// <summary>Whether an import may have what an export asks an activation for.</summary>
public static class ActivationRules
{
    /// <param name="exporter">The exporting account.</param>
    /// <param name="export">The export; null to leave revocations out.</param>
    /// <param name="importer">Key of the importing account.</param>
    /// <param name="activation">The activation once it could be read: it expires, and then this is to be asked anew.</param>
    public static ActivationState Check(
        AccountClaims exporter, ExportClaim? export, string importer, ImportClaim import, DateTimeOffset now, out ActivationClaims? activation)
    {
        activation = null;
        if (import.Token.Length == 0)
            return ActivationState.Missing;
        ClaimIssues issues = new();
        SharingValidation.CheckImport(import, importer, issues);
        if (issues.IsBlocking(includeTime: false) || !JwtReader.TryReadActivation(import.Token, out activation, out _))
            return ActivationState.Invalid;
        if (!IsTrusted(exporter, activation))
            return ActivationState.NotTrusted;
        // Compat: here, unlike for other claims, the second of expiry is too late.
        if (JwtValidity.StateAt(activation, now) != JwtTimeState.Valid || JwtValidity.Remaining(activation, now) == TimeSpan.Zero)
            return ActivationState.Expired;
        bool revoked = export is not null && JwtValidity.IsRevoked(export.Revocations, activation.Subject, activation.IssuedAtSeconds);
        return revoked ? ActivationState.Revoked : ActivationState.Good;
    }

    /// <summary>The name tools know an activation by: Base32 of SHA-256 of issuer, importing account and the subject before its first wildcard.</summary>
    public static string HashId(ActivationClaims activation)
    {
        Sha256 hash = new();
        hash.AppendData(Encoding.UTF8.GetBytes($"{activation.Issuer}.{activation.Subject}.{LiteralStart(activation.ImportSubject)}"));
        return Base32.Encode(hash.GetHashAndReset()) + "====";
    }

    // Signed by the account itself, which the import's account was compared with, or by a signing key that names it.
    private static bool IsTrusted(AccountClaims exporter, ActivationClaims activation) =>
        activation.IssuerAccount.Length == 0
            ? activation.Issuer == exporter.Subject
            : activation.IssuerAccount == exporter.Subject && IssuerRules.TryFindSigner(exporter, activation.Issuer, out _);

    private static string LiteralStart(string subject)
    {
        string[] tokens = subject.Split('.');
        int wildcard = Array.FindIndex(tokens, token => token is "*" or ">");
        return wildcard switch
        {
            < 0 => subject,
            0 => "_",
            _ => string.Join('.', tokens[..wildcard]),
        };
    }
}
