using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using DotNats.Security;

namespace DotNats.Server.Accounts.Resolving;

/// <summary>Who may have which accounts deleted. Pure.</summary>
internal static class DeleteRules
{
    private const string Malformed = "malformed request";

    /// <summary>The accounts an operator asks to delete; false with the refusal in nats-server's words.</summary>
    /// <param name="signer">Who asks, as far as that is known.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> request,
        bool isAllowed,
        TrustedOperator trusted,
        string? systemAccount,
        out string signer,
        [NotNullWhen(true)] out IReadOnlyList<string>? accounts,
        [NotNullWhen(false)] out string? refusal)
    {
        signer = "";
        accounts = null;
        if (!JwtReader.TryReadGeneric(request, out GenericClaims? claims, out JwtError error))
        {
            refusal = error.Text;
            return false;
        }

        signer = claims.Subject;
        if (!isAllowed) refusal = "delete must be enabled in server config";
        else if (!claims.IsSelfSigned) refusal = "not self signed";
        else if (!trusted.SigningKeys.Contains(claims.Issuer)) refusal = "not trusted";
        else refusal = ReadAccounts(claims, systemAccount, out accounts);
        if (refusal is not null) return false;
        accounts ??= [];
        return true;
    }

    private static string? ReadAccounts(GenericClaims claims, string? systemAccount, out IReadOnlyList<string>? accounts)
    {
        accounts = null;
        if (claims.Data.ValueKind != JsonValueKind.Object || !claims.Data.TryGetProperty("accounts"u8, out JsonElement list) || list.ValueKind != JsonValueKind.Array)
            return Malformed;
        List<string> found = [];
        foreach (JsonElement entry in list.EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.String || entry.GetString() is not { } account || !NKey.IsPublicKey(account, NKeyKind.Account)) return Malformed;
            if (account == systemAccount) return "not allowed to delete system account";
            found.Add(account);
        }

        accounts = found;
        return null;
    }
}
