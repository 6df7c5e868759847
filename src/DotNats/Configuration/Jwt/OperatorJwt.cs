using System.Text;
using System.Text.Json;
using DotNats.Security;

namespace DotNats.Configuration.Jwt;

/// <summary>Reads operators from files or inline JWTs.</summary>
internal static class OperatorJwt
{
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
            if (!JwtText.LooksLike(source))
                return null;
            text = source;
        }
        return Decode(JwtText.FindIn(text), out error);
    }

    private static OperatorOptions? Decode(string jwt, out string? error)
    {
        using JsonDocument? claims = JwtText.Decode(jwt, out error);
        if (claims is null)
            return null;
        string subject = Text(claims.RootElement, "sub") ?? "";
        if (JwtText.TypeOf(claims) != "operator" || !NKey.IsPublicKey(subject, NKeyKind.Operator))
        {
            error = "not operator claim";
            return null;
        }
        JsonElement nats = JwtText.Nats(claims) ?? claims.RootElement;
        return new OperatorOptions
        {
            Jwt = jwt,
            Subject = subject,
            SigningKeys = [.. Texts(nats, "signing_keys")],
            StrictSigningKeyUsage = nats.TryGetProperty("strict_signing_key_usage", out JsonElement strict) && strict.ValueKind == JsonValueKind.True,
            SystemAccount = Text(nats, "system_account"),
            AccountServerUrl = Text(nats, "account_server_url"),
            AssertServerVersion = Text(nats, "assert_server_version"),
        };
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : null;

    private static IEnumerable<string> Texts(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(i => i.ValueKind == JsonValueKind.String).Select(i => i.GetString()!)
            : [];
}
