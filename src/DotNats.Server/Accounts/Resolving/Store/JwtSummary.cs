using System.Buffers.Text;
using System.Text.Json;

namespace DotNats.Server.Accounts.Resolving;

/// <summary>What a store orders JWTs by, read without checking any signature: a hundred times as fast, and nothing here is believed.</summary>
internal readonly record struct JwtSummary(string Subject, string Id, long IssuedAtSeconds, long ExpiresAtSeconds)
{
    // As deep as the JWT reader goes.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 10_000 };

    // Compat: whole seconds are compared, as everywhere.
    public bool IsExpiredAt(long seconds) => ExpiresAtSeconds > 0 && ExpiresAtSeconds < seconds;

    /// <summary>False for what cannot be a JWT: torn, or something else.</summary>
    public static bool TryRead(ReadOnlySpan<byte> token, out JwtSummary summary)
    {
        summary = default;
        int headerEnd = token.IndexOf((byte)'.');
        int claimsEnd = token.LastIndexOf((byte)'.');
        if (headerEnd < 0 || claimsEnd <= headerEnd || claimsEnd + 1 >= token.Length) return false;
        try
        {
            return TryReadClaims(Base64Url.DecodeFromUtf8(token[(headerEnd + 1)..claimsEnd]), out summary);
        }
        catch (Exception error) when (error is FormatException or JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static bool TryReadClaims(ReadOnlySpan<byte> claims, out JwtSummary summary)
    {
        summary = new JwtSummary("", "", 0, 0);
        var json = new Utf8JsonReader(claims, Options);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("sub"u8)) summary = summary with { Subject = ReadText(ref json) };
            else if (json.ValueTextEquals("jti"u8)) summary = summary with { Id = ReadText(ref json) };
            else if (json.ValueTextEquals("iat"u8)) summary = summary with { IssuedAtSeconds = ReadNumber(ref json) };
            else if (json.ValueTextEquals("exp"u8)) summary = summary with { ExpiresAtSeconds = ReadNumber(ref json) };
            else json.Skip();
        }

        return json.TokenType == JsonTokenType.EndObject && !json.Read();
    }

    private static string ReadText(ref Utf8JsonReader json)
    {
        json.Read();
        return json.GetString() ?? "";
    }

    private static long ReadNumber(ref Utf8JsonReader json)
    {
        json.Read();
        return json.TokenType == JsonTokenType.Null ? 0 : json.GetInt64();
    }
}
