using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using DotNats.Primitives;

namespace DotNats.Security;

/// <summary>Reads NATS JWTs: <c>header.claims.signature</c>, each base64url, signed with the issuer's nkey.</summary>
/// <remarks>
/// What is returned is well-formed and was signed by its own <see cref="JwtClaims.Issuer"/>, a kind of key that may sign such claims. Whether the
/// issuer is trusted, and whether the claims count now, is for the caller to ask. No input makes these methods throw.
/// Format: RFC 7519 with the algorithm <c>ed25519-nkey</c>, https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/jwt.
/// </remarks>
public static class JwtReader
{
    /// <summary>Longest JWT that is looked at, as in nats-server's library.</summary>
    public const int MaxBytes = 1024 * 1024;

    // As deep as Go's decoder goes.
    internal const int MaxDepth = 10_000;

    public static bool TryReadOperator(ReadOnlySpan<byte> token, [NotNullWhen(true)] out OperatorClaims? claims, out JwtError error) =>
        TryReadAs(token, JwtClaimsKind.Operator, out claims, out error);

    public static bool TryReadOperator(string token, [NotNullWhen(true)] out OperatorClaims? claims, out JwtError error) =>
        TryReadAs(BytesOf(token), JwtClaimsKind.Operator, out claims, out error);

    public static bool TryReadAccount(ReadOnlySpan<byte> token, [NotNullWhen(true)] out AccountClaims? claims, out JwtError error) =>
        TryReadAs(token, JwtClaimsKind.Account, out claims, out error);

    public static bool TryReadAccount(string token, [NotNullWhen(true)] out AccountClaims? claims, out JwtError error) =>
        TryReadAs(BytesOf(token), JwtClaimsKind.Account, out claims, out error);

    public static bool TryReadUser(ReadOnlySpan<byte> token, [NotNullWhen(true)] out UserClaims? claims, out JwtError error) =>
        TryReadAs(token, JwtClaimsKind.User, out claims, out error);

    public static bool TryReadUser(string token, [NotNullWhen(true)] out UserClaims? claims, out JwtError error) =>
        TryReadAs(BytesOf(token), JwtClaimsKind.User, out claims, out error);

    public static bool TryReadActivation(ReadOnlySpan<byte> token, [NotNullWhen(true)] out ActivationClaims? claims, out JwtError error) =>
        TryReadAs(token, JwtClaimsKind.Activation, out claims, out error);

    public static bool TryReadActivation(string token, [NotNullWhen(true)] out ActivationClaims? claims, out JwtError error) =>
        TryReadAs(BytesOf(token), JwtClaimsKind.Activation, out claims, out error);

    public static bool TryReadAuthorizationRequest(
        ReadOnlySpan<byte> token, [NotNullWhen(true)] out AuthorizationRequestClaims? claims, out JwtError error) =>
        TryReadAs(token, JwtClaimsKind.AuthorizationRequest, out claims, out error);

    public static bool TryReadAuthorizationResponse(
        ReadOnlySpan<byte> token, [NotNullWhen(true)] out AuthorizationResponseClaims? claims, out JwtError error) =>
        TryReadAs(token, JwtClaimsKind.AuthorizationResponse, out claims, out error);

    /// <summary>Claims of any type as they are: only the standard ones are looked at, any nkey that can sign may have signed.</summary>
    public static bool TryReadGeneric(ReadOnlySpan<byte> token, [NotNullWhen(true)] out GenericClaims? claims, out JwtError error)
    {
        claims = ReadChecked(token, Wanted.Generic, out error) as GenericClaims;
        return claims is not null;
    }

    /// <summary>As the overload for bytes.</summary>
    public static bool TryReadGeneric(string token, [NotNullWhen(true)] out GenericClaims? claims, out JwtError error) =>
        TryReadGeneric(BytesOf(token), out claims, out error);

    /// <summary>Claims of whatever type they say they are; <see cref="GenericClaims"/> for types NATS has no rules for.</summary>
    public static bool TryRead(ReadOnlySpan<byte> token, [NotNullWhen(true)] out JwtClaims? claims, out JwtError error)
    {
        claims = ReadChecked(token, Wanted.Any, out error);
        return claims is not null;
    }

    /// <summary>As the overload for bytes.</summary>
    public static bool TryRead(string token, [NotNullWhen(true)] out JwtClaims? claims, out JwtError error) => TryRead(BytesOf(token), out claims, out error);

    private static bool TryReadAs<T>(ReadOnlySpan<byte> token, JwtClaimsKind kind, [NotNullWhen(true)] out T? claims, out JwtError error)
        where T : JwtClaims
    {
        JwtClaims? read = ReadChecked(token, Wanted.OneKind, out error);
        claims = read as T;
        if (read is not null && claims is null)
            error = new JwtError(JwtErrorCode.Kind, $"not {NameOf(kind)} claim");
        return claims is not null;
    }

    private enum Wanted
    {
        Any,
        Generic,
        OneKind,
    }

    private static JwtClaims? ReadChecked(ReadOnlySpan<byte> token, Wanted wanted, out JwtError error)
    {
        if (!JwtParts.TrySplit(token, out JwtParts parts, out error))
            return null;
        JwtClaims? claims = null;
        try
        {
            claims = Read(in parts, wanted, out error);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            error = new JwtError(JwtErrorCode.Claims, $"illegal JSON in JWT: {e.Message}");
        }

        // Compat: what is wrong with the form is told before anything is made of what it says, even of who signed it.
        bool readable = error.Code is not (JwtErrorCode.Version or JwtErrorCode.Kind);
        if (claims is null && wanted != Wanted.Generic && JwtShapes.FindError(parts.Claims, readable) is { } flaw)
            error = new JwtError(JwtErrorCode.Claims, flaw);
        return claims;
    }

    private static JwtClaims? Read(in JwtParts parts, Wanted wanted, out JwtError error)
    {
        using JsonDocument json = JsonDocument.Parse(GoJsonText.Repair(parts.Claims).ToArray(), new JsonDocumentOptions { MaxDepth = MaxDepth });
        ClaimObject root = ClaimObject.Of(json.RootElement);
        if (wanted == Wanted.Generic)
            return parts.CheckSignature(root.Text("iss"), parts.HasOldAlgorithm, JwtClaimsKind.Generic, out error) ? ClaimsReader.ReadGeneric(root) : null;
        string type = ClaimsReader.TypeOf(root);
        long version = ClaimsReader.VersionOf(root);
        JwtClaimsKind kind = ClaimsReader.KindOf(type);
        // Nothing but who signed, and how, is believed before the signature is checked.
        if (!CheckVersion(type, version, kind, out error))
            return null;
        // Compat: claims of NATS's own types say themselves how they are signed. Of others the header does, but where they are not wanted anyway.
        bool signedOld = kind == JwtClaimsKind.Generic ? wanted == Wanted.OneKind || parts.HasOldAlgorithm : version <= 1;
        if (!parts.CheckSignature(root.Text("iss"), signedOld, kind, out error))
            return null;
        return ClaimsReader.Read(root, kind);
    }

    private static bool CheckVersion(string type, long version, JwtClaimsKind kind, out JwtError error)
    {
        bool known = version is 1 or ClaimsReader.LatestVersion;
        // Compat: only these say a version that is looked at; the others have one form.
        bool matters = kind is JwtClaimsKind.Operator or JwtClaimsKind.Account or JwtClaimsKind.User or JwtClaimsKind.Activation;
        if (version > ClaimsReader.LatestVersion)
            error = new JwtError(JwtErrorCode.Version, "JWT was generated by a newer version ");
        else if (type is "cluster" or "server")
            error = new JwtError(JwtErrorCode.Kind, type == "cluster" ? "ClusterClaims are not supported" : "ServerClaims are not supported");
        else
            error = matters && !known
                ? new JwtError(JwtErrorCode.Version, $"library supports version {ClaimsReader.LatestVersion} or less - received {version}")
                : default;
        return error.Code == JwtErrorCode.None;
    }

    private static string NameOf(JwtClaimsKind kind) =>
        kind is JwtClaimsKind.AuthorizationRequest or JwtClaimsKind.AuthorizationResponse ? "an authorization request" : ClaimsReader.TypeOf(kind);

    // Too long a text is not worth encoding: one byte too many says the same.
    private static ReadOnlySpan<byte> BytesOf(string token) => token.Length > MaxBytes ? new byte[MaxBytes + 1] : Encoding.UTF8.GetBytes(token);
}
