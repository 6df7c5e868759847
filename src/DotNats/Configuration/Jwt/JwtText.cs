using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using DotNats.Security;

namespace DotNats.Configuration.Jwt;

/// <summary>The parts of a NATS JWT: <c>header.claims.signature</c>, each base64url.</summary>
internal static class JwtText
{
    private const string Prefix = "eyJ";

    /// <summary>The JWT in a file that may have dashed lines around it; the whole text when nothing in it looks like one.</summary>
    public static string FindIn(string text)
    {
        string[] lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.FirstOrDefault(LooksLike) ?? text.Trim();
    }

    /// <summary>True for text that is a JWT itself and no file name.</summary>
    public static bool LooksLike(string text) => text.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>True for a well-formed account JWT with a good signature.</summary>
    public static bool IsAccount(string jwt)
    {
        using JsonDocument? claims = Decode(jwt, out _);
        return claims is not null && TypeOf(claims) == "account";
    }

    /// <summary>The claims, signature checked; null with the reason otherwise.</summary>
    public static JsonDocument? Decode(string jwt, out string? error)
    {
        error = null;
        string[] parts = jwt.Split('.');
        if (parts.Length != 3)
        {
            error = "expected 3 chunks";
            return null;
        }
        JsonDocument? claims = null;
        try
        {
            claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
            error = CheckSignature(parts, claims);
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            error = "illegal base64 data or JSON in JWT";
        }
        if (error is null)
            return claims;
        claims?.Dispose();
        return null;
    }

    /// <summary>operator, account, user…; empty when it does not say.</summary>
    public static string TypeOf(JsonDocument claims)
    {
        JsonElement root = claims.RootElement;
        if (Nats(claims) is { } nats && nats.TryGetProperty("type", out JsonElement type))
            return type.GetString() ?? "";
        return root.TryGetProperty("type", out JsonElement old) ? old.GetString() ?? "" : "";
    }

    /// <summary>The part of the claims that is NATS's own.</summary>
    public static JsonElement? Nats(JsonDocument claims) =>
        claims.RootElement.TryGetProperty("nats", out JsonElement nats) && nats.ValueKind == JsonValueKind.Object ? nats : null;

    // The signature is over header and claims as they stand; JWTs of version 1 signed the claims alone.
    private static string? CheckSignature(string[] parts, JsonDocument claims)
    {
        if (claims.RootElement.ValueKind != JsonValueKind.Object || !claims.RootElement.TryGetProperty("iss", out JsonElement issuer))
            return "claim failed V2 signature verification";
        Span<byte> key = stackalloc byte[NKey.KeyBytes];
        if (!NKey.TryParsePublic(issuer.GetString(), out _, key))
            return "illegal issuer in JWT";
        byte[] signature = Base64Url.DecodeFromChars(parts[2]);
        bool good = NKey.Verify(key, Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), signature)
            || NKey.Verify(key, Encoding.ASCII.GetBytes(parts[1]), signature);
        return good ? null : "claim failed V2 signature verification";
    }
}
