using System.Diagnostics.CodeAnalysis;
using System.Text;
using DotNats.Primitives;
using DotNats.Security;

namespace DotNats.Server.Authentication;

/// <summary>What an answer must be about, and what it may be sealed with.</summary>
/// <param name="UserKey">Made for this request, so that no other answer fits.</param>
/// <param name="CurveKey">The server's, when the request was sealed; then the answer may be too.</param>
/// <param name="XKey">The service's curve key.</param>
internal sealed record CalloutExpectation(string AccountName, string ServerId, string UserKey, NKey? CurveKey, string? XKey);

/// <summary>Reads what a service answered, and says what is wrong with it in nats-server's words. Pure: no input makes it throw.</summary>
internal static class CalloutAnswer
{
    public const string UnknownSigner = "auth callout signing key is unknown";

    // How every JWT begins: {" in base64.
    private static ReadOnlySpan<byte> JwtStart => "eyJ"u8;

    /// <summary>The response's claims, when they are an answer to this request.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> payload, CalloutExpectation expected, DateTimeOffset now,
        [NotNullWhen(true)] out AuthorizationResponseClaims? response, out bool wasSealed, [NotNullWhen(false)] out string? flaw)
    {
        response = null;
        wasSealed = false;
        string account = GoQuote.Quote(expected.AccountName);
        if (payload.IsEmpty)
        {
            flaw = $"auth callout violation: \"no reason supplied\" on account {account}";
            return false;
        }

        if (expected.CurveKey is { } key && !payload.StartsWith(JwtStart))
        {
            if (key.TryOpen(payload, expected.XKey) is not { } opened)
            {
                flaw = $"error decrypting auth callout response on account {account}: {WhyClosed(payload)}";
                return false;
            }

            payload = opened;
            wasSealed = true;
        }

        if (!JwtReader.TryReadAuthorizationResponse(payload, out response, out JwtError error))
        {
            flaw = error.Text;
            return false;
        }

        flaw = CheckResponse(response, expected, now);
        return flaw is null;
    }

    /// <summary>The user a response vouches for, when it is the one that was asked about and may be here now.</summary>
    public static bool TryReadUser(string jwt, [NotNullWhen(true)] out UserClaims? user, [NotNullWhen(false)] out string? flaw)
    {
        flaw = null;
        if (JwtReader.TryReadUser(jwt, out user, out JwtError error)) return true;
        flaw = error.Text;
        return false;
    }

    /// <summary>What is wrong with the user, or null.</summary>
    public static string? CheckUser(UserClaims user, CalloutExpectation expected, DateTimeOffset now, TimeZoneInfo local, out ConnectWindow window)
    {
        window = ConnectTimes.At(user.Limits.Times, user.Limits.Locale, now, local);
        ClaimIssues issues = ClaimsValidation.Check(user, now);
        string account = GoQuote.Quote(expected.AccountName);
        if (issues.All.Count > 0) return $"Error validating user JWT: {issues.All[0].Text}";
        if (user.Subject != expected.UserKey)
            return $"Expected authorized user of {GoQuote.Quote(expected.UserKey)} but got {GoQuote.Quote(user.Subject)} on account {account}";
        if (!window.IsOpen) return $"Authorized user on account {account} outside of valid connect times";
        // Compat: kinds of connection are only looked through, not held against the client's; nor are source networks.
        bool knowsType = user.Limits.AllowedConnectionTypes is not { Count: > 0 } types || types.Any(ConnectionTypes.IsKnown);
        return knowsType ? null : $"Authorized user on account {account} using invalid connection type";
    }

    /// <summary>With the first letter large, as nats-server's warnings are.</summary>
    public static string ToSentence(string text) =>
        text.Length > 0 && Rune.TryGetRuneAt(text, 0, out Rune first) ? Rune.ToUpperInvariant(first) + text[first.Utf16SequenceLength..] : text;

    // In nats-server's order. Anything at all that is odd about the claims refuses.
    private static string? CheckResponse(AuthorizationResponseClaims response, CalloutExpectation expected, DateTimeOffset now)
    {
        ClaimIssues issues = ClaimsValidation.Check(response, now);
        if (issues.All.Count > 0) return $"authorization response had validation errors: {issues.All[0].Text}";
        if (response.Subject != expected.UserKey) return "auth callout violation: auth callout response is not for expected user";
        return response.Audience == expected.ServerId ? null : "auth callout violation: auth callout response is not for server";
    }

    // Words and limits of nats-server's nkeys library: a version of 4 bytes and a nonce of 24 come first.
    private static string WhyClosed(ReadOnlySpan<byte> box)
    {
        if (box.Length <= 28) return "nkeys: encrypted input is not valid";
        return box.StartsWith("xkv1"u8) ? "nkeys: could not decrypt input" : "nkeys: encrypted input wrong version";
    }
}
