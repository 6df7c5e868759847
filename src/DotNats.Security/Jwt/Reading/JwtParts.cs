using System.Text.Json;
using DotNats.Primitives;

namespace DotNats.Security;

/// <summary>A JWT in its three parts, none of them believed yet.</summary>
internal ref struct JwtParts
{
    // Compat: named alike in any case; the old name goes with JWTs of either form.
    private const string OldAlgorithm = "ed25519";
    private const string Algorithm = "ed25519-nkey";

    private ReadOnlySpan<byte> _token;
    private int _headerEnd;
    private int _claimsEnd;

    /// <summary>The JSON of the claims.</summary>
    public byte[] Claims { get; private set; }

    /// <summary>True when the header names the algorithm of version 1, which signed the claims without the header.</summary>
    public bool HasOldAlgorithm { get; private set; }

    /// <summary>Takes a JWT apart, as far as its header and claims go; those are decoded, but not yet read.</summary>
    public static bool TrySplit(ReadOnlySpan<byte> token, out JwtParts parts, out JwtError error)
    {
        parts = default;
        if (token.Length > JwtReader.MaxBytes)
        {
            error = new JwtError(JwtErrorCode.TooLarge, $"token size {token.Length} exceeds maximum of {JwtReader.MaxBytes} bytes: token too large");
            return false;
        }
        if (token.Count((byte)'.') != 2)
        {
            error = new JwtError(JwtErrorCode.Malformed, "expected 3 chunks");
            return false;
        }
        parts._token = token;
        parts._headerEnd = token.IndexOf((byte)'.');
        parts._claimsEnd = token.LastIndexOf((byte)'.');
        if (!parts.ReadHeader(out error) || Decode(token[(parts._headerEnd + 1)..parts._claimsEnd], out error) is not { } claims)
            return false;
        parts.Claims = claims;
        return true;
    }

    private bool ReadHeader(out JwtError error)
    {
        if (Decode(_token[.._headerEnd], out error) is not { } header)
            return false;
        if (JwtShapes.Header.FindError(header) is { } flaw)
        {
            error = new JwtError(JwtErrorCode.Claims, flaw);
            return false;
        }
        using JsonDocument json = JsonDocument.Parse(GoJsonText.Repair(header).ToArray(), new JsonDocumentOptions { MaxDepth = JwtReader.MaxDepth });
        ClaimObject members = ClaimObject.Of(json.RootElement);
        string type = members.Text("typ");
        string algorithm = members.Text("alg");
        HasOldAlgorithm = algorithm.Equals(OldAlgorithm, StringComparison.OrdinalIgnoreCase);
        if (!type.Equals("JWT", StringComparison.OrdinalIgnoreCase))
            error = new JwtError(JwtErrorCode.Header, $"not supported type {GoQuote.Quote(type)}");
        else if (!HasOldAlgorithm && !algorithm.Equals(Algorithm, StringComparison.OrdinalIgnoreCase))
            error = new JwtError(JwtErrorCode.Header, $"unexpected {GoQuote.Quote(algorithm)} algorithm");
        return error.Code == JwtErrorCode.None;
    }

    /// <summary>Did the issuer sign, and is it a kind of key that may sign claims of this kind?</summary>
    public readonly bool CheckSignature(string issuer, bool claimsOnly, JwtClaimsKind kind, out JwtError error)
    {
        if (Decode(_token[(_claimsEnd + 1)..], out error) is not { } signature)
            return false;
        Span<byte> key = stackalloc byte[NKey.KeyBytes];
        ReadOnlySpan<byte> signed = claimsOnly ? _token[(_headerEnd + 1).._claimsEnd] : _token[.._claimsEnd];
        if (!NKey.TryParsePublic(issuer, out NKeyKind signer, key) || signer == NKeyKind.Curve || !NKey.Verify(key, signed, signature))
            error = new JwtError(JwtErrorCode.Signature, $"claim failed {(claimsOnly ? "V1" : "V2")} signature verification");
        else if (!MaySign(signer, kind))
            error = new JwtError(JwtErrorCode.Issuer, $"unable to validate expected prefixes - [{SignersOf(kind)}]");
        return error.Code == JwtErrorCode.None;
    }

    /// <summary>Which kinds of keys sign which claims.</summary>
    public static bool MaySign(NKeyKind signer, JwtClaimsKind kind) => kind switch
    {
        JwtClaimsKind.Operator => signer == NKeyKind.Operator,
        JwtClaimsKind.Account or JwtClaimsKind.Activation => signer is NKeyKind.Operator or NKeyKind.Account,
        JwtClaimsKind.User or JwtClaimsKind.AuthorizationResponse => signer == NKeyKind.Account,
        JwtClaimsKind.AuthorizationRequest => signer == NKeyKind.Server,
        _ => signer != NKeyKind.Curve,
    };

    private static string SignersOf(JwtClaimsKind kind) => kind switch
    {
        JwtClaimsKind.Operator => "operator",
        JwtClaimsKind.Account or JwtClaimsKind.Activation => "account operator",
        JwtClaimsKind.AuthorizationRequest => "server",
        _ => "account",
    };

    private static byte[]? Decode(ReadOnlySpan<byte> part, out JwtError error)
    {
        byte[]? decoded = JwtBase64.Decode(part, out int errorAt);
        error = decoded is null ? new JwtError(JwtErrorCode.Malformed, $"illegal base64 data at input byte {errorAt}") : default;
        return decoded;
    }
}
