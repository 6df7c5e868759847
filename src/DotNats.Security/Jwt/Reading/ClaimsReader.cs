using System.Text.Json;

namespace DotNats.Security;

/// <summary>JSON of verified claims → records, the old form brought into the new one.</summary>
// Compat: a type beside "nats" marks version 1, where tags and issuer_account stand beside it too; everything else says its version itself.
internal static class ClaimsReader
{
    public const int LatestVersion = 2;

    public static string TypeOf(ClaimObject root) => root.Text("type") is { Length: > 0 } old ? old : root.Object("nats").Text("type");

    public static long VersionOf(ClaimObject root) => root.Text("type").Length > 0 ? 1 : root.Object("nats").Number("version");

    public static JwtClaimsKind KindOf(string type) => type switch
    {
        "operator" => JwtClaimsKind.Operator,
        "account" => JwtClaimsKind.Account,
        "user" => JwtClaimsKind.User,
        "activation" => JwtClaimsKind.Activation,
        "authorization_request" => JwtClaimsKind.AuthorizationRequest,
        "authorization_response" => JwtClaimsKind.AuthorizationResponse,
        _ => JwtClaimsKind.Generic,
    };

    public static string TypeOf(JwtClaimsKind kind) => kind switch
    {
        JwtClaimsKind.Operator => "operator",
        JwtClaimsKind.Account => "account",
        JwtClaimsKind.User => "user",
        JwtClaimsKind.Activation => "activation",
        JwtClaimsKind.AuthorizationRequest => "authorization_request",
        JwtClaimsKind.AuthorizationResponse => "authorization_response",
        _ => "generic",
    };

    public static JwtClaims Read(ClaimObject root, JwtClaimsKind kind)
    {
        bool old = VersionOf(root) == 1;
        ClaimObject nats = root.Object("nats");
        ClaimObject shared = old ? root : nats;
        JwtClaims claims = kind switch
        {
            JwtClaimsKind.Operator => ReadOperator(nats, old),
            JwtClaimsKind.Account => AccountClaimsReader.Read(nats, old),
            JwtClaimsKind.User => UserClaimsReader.Read(nats, shared, old),
            JwtClaimsKind.Activation => ReadActivation(nats, shared, old),
            JwtClaimsKind.AuthorizationRequest => AuthorizationClaimsReader.ReadRequest(nats),
            JwtClaimsKind.AuthorizationResponse => AuthorizationClaimsReader.ReadResponse(nats),
            _ => ReadGeneric(root),
        };
        return kind == JwtClaimsKind.Generic ? claims : WithStandard(claims, root) with { Tags = shared.Texts("tags"), Version = (int)VersionOf(root) };
    }

    /// <summary>The standard claims only: whatever else stands there belongs to others and cannot make the JWT unreadable.</summary>
    public static GenericClaims ReadGeneric(ClaimObject root)
    {
        ClaimObject nats = root.Object("nats");
        bool old = LooseText(root, "type").Length > 0;
        GenericClaims claims = new()
        {
            Type = LooseText(old ? root : nats, "type"),
            Data = nats.Exists ? nats.Element.Clone() : default,
            Tags = LooseTexts(old ? root : nats, "tags"),
            Version = old ? 1 : LatestVersion,
        };
        return (GenericClaims)WithStandard(claims, root);
    }

    private static JwtClaims WithStandard(JwtClaims claims, ClaimObject root) => claims with
    {
        Audience = root.Text("aud"),
        ExpiresAtSeconds = root.Number("exp"),
        Id = root.Text("jti"),
        IssuedAtSeconds = root.Number("iat"),
        Issuer = root.Text("iss"),
        Name = root.Text("name"),
        NotBeforeSeconds = root.Number("nbf"),
        Subject = root.Text("sub"),
    };

    public static SharingKind KindOfSharing(JsonElement element) => element.ValueKind == JsonValueKind.Undefined
        ? SharingKind.Unknown
        : ClaimObject.TextOf(element) switch
        {
            "stream" => SharingKind.Stream,
            "service" => SharingKind.Service,
            _ => throw ClaimObject.WrongType("stream or service"),
        };

    private static string LooseText(ClaimObject json, string name) =>
        json.Find(name) is { ValueKind: JsonValueKind.String } found ? ClaimObject.TextOf(found) : "";

    private static string[] LooseTexts(ClaimObject json, string name) => json.Find(name) is { ValueKind: JsonValueKind.Array } list
        ? [.. list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(ClaimObject.TextOf)]
        : [];

    private static OperatorClaims ReadOperator(ClaimObject nats, bool old) => new()
    {
        SigningKeys = nats.Texts("signing_keys"),
        AccountServerUrl = nats.Text("account_server_url"),
        OperatorServiceUrls = nats.Texts("operator_service_urls"),
        SystemAccount = nats.Text("system_account"),
        AssertServerVersion = old ? "" : nats.Text("assert_server_version"),
        StrictSigningKeyUsage = !old && nats.Flag("strict_signing_key_usage"),
    };

    private static ActivationClaims ReadActivation(ClaimObject nats, ClaimObject shared, bool old) => new()
    {
        ImportSubject = nats.Text("subject"),
        ImportKind = KindOfSharing(nats.Find(old ? "type" : "kind")),
        IssuerAccount = shared.Text("issuer_account"),
    };
}
