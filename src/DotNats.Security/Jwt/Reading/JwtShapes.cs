using System.Text.Json;
using DotNats.Primitives;
using static DotNats.Primitives.GoJsonShape;

namespace DotNats.Security;

/// <summary>What nats-server expects in the parts of a JWT, named as its errors name it; of claims, those of accounts and users.</summary>
// Consulted when a JWT could not be read: people search for the words.
internal static class JwtShapes
{
    private static readonly (string, GoJsonShape)[] Standard =
    [
        ("aud", Text()), ("exp", Number()), ("jti", Text()), ("iat", Number()), ("iss", Text()), ("name", Text()), ("nbf", Number()), ("sub", Text()),
    ];

    private static readonly (string, GoJsonShape)[] Generic =
        [("tags", Texts("jwt.TagList")), ("type", Text("jwt.ClaimType")), ("version", Number("int"))];

    private static readonly GoJsonShape Permission = Struct("jwt.Permission", ("allow", Texts("jwt.StringList")), ("deny", Texts("jwt.StringList")));

    private static readonly (string, GoJsonShape)[] Permissions =
    [
        ("pub", Permission), ("sub", Permission),
        ("resp", Struct("jwt.ResponsePermission", ("max", Number("int")), ("ttl", Number("time.Duration")))),
    ];

    private static readonly (string, GoJsonShape)[] UserLimits =
    [
        .. Permissions, ("times", List("[]jwt.TimeRange", Struct("jwt.TimeRange", ("start", Text()), ("end", Text())))), ("times_location", Text()),
        ("subs", Number()), ("data", Number()), ("payload", Number()), ("bearer_token", Flag()), ("proxy_required", Flag()),
        ("allowed_connection_types", Texts("jwt.StringList")),
    ];

    private static readonly (string, GoJsonShape)[] StorageLimits =
    [
        ("mem_storage", Number()), ("disk_storage", Number()), ("streams", Number()), ("consumer", Number()), ("max_ack_pending", Number()),
        ("mem_max_stream_bytes", Number()), ("disk_max_stream_bytes", Number()), ("max_bytes_required", Flag()),
    ];

    private static readonly GoJsonShape AccountLimits = Struct(
        "jwt.OperatorLimits",
        [
            ("subs", Number()), ("data", Number()), ("payload", Number()), ("imports", Number()), ("exports", Number()), ("wildcards", Flag()),
            ("disallow_bearer", Flag()), ("conn", Number()), ("leaf", Number()), .. StorageLimits,
            ("tiered_limits", Map("jwt.JetStreamTieredLimits", Struct("jwt.JetStreamLimits", StorageLimits))),
        ]);

    private static readonly GoJsonShape Revocations = Map("jwt.RevocationList", Number());

    private static readonly GoJsonShape Import = Struct(
        "jwt.Import",
        ("name", Text()), ("subject", Text("jwt.Subject")), ("account", Text()), ("token", Text()), ("to", Text("jwt.Subject")),
        ("local_subject", Text("jwt.RenamingSubject")), ("type", Other(CheckSharingType)), ("share", Flag()), ("allow_trace", Flag()));

    private static readonly GoJsonShape Export = Struct(
        "jwt.Export",
        ("name", Text()), ("subject", Text("jwt.Subject")), ("type", Other(CheckSharingType)), ("token_req", Flag()), ("revocations", Revocations),
        ("response_type", Text("jwt.ResponseType")), ("response_threshold", Number("time.Duration")),
        ("service_latency", Struct("jwt.ServiceLatency", ("sampling", Other(CheckSampling)), ("results", Text("jwt.Subject")))),
        ("account_token_position", Number("uint", 0, ulong.MaxValue)), ("advertise", Flag()), ("allow_trace", Flag()),
        ("description", Text()), ("info_url", Text()));

    private static readonly GoJsonShape Mapping = List(
        "[]jwt.WeightedMapping",
        Struct("jwt.WeightedMapping", ("subject", Text("jwt.Subject")), ("weight", Number("uint8", 0, byte.MaxValue)), ("cluster", Text())));

    private static readonly GoJsonShape Scope = Struct(
        "jwt.UserScope", ("key", Text()), ("role", Text()), ("template", Struct("jwt.UserPermissionLimits", UserLimits)), ("description", Text()));

    // A type beside "nats" is that of version 1.
    private static readonly GoJsonShape Identifier =
        Struct("jwt.identifier", ("type", Text("jwt.ClaimType")), ("nats", Struct("jwt.GenericFields", Generic)));

    private static readonly GoJsonShape Account = Struct(
        "jwt.AccountClaims",
        [
            .. Standard,
            ("nats", Struct(
                "jwt.Account",
                [
                    .. Generic, ("imports", List("jwt.Imports", Import)), ("exports", List("jwt.Exports", Export)), ("limits", AccountLimits),
                    ("signing_keys", Other(CheckSigningKeys)), ("revocations", Revocations), ("default_permissions", Struct("jwt.Permissions", Permissions)),
                    ("mappings", Map("jwt.Mapping", Mapping)),
                    ("authorization", Struct(
                        "jwt.ExternalAuthorization", ("auth_users", Texts("jwt.StringList")), ("allowed_accounts", Texts("jwt.StringList")), ("xkey", Text()))),
                    ("trace", Struct("jwt.MsgTrace", ("dest", Text("jwt.Subject")), ("sampling", Number("int")))),
                    ("cluster_traffic", Text("jwt.ClusterTraffic")), ("description", Text()), ("info_url", Text()),
                ])),
        ]);

    private static readonly GoJsonShape User = Struct(
        "jwt.UserClaims", [.. Standard, ("nats", Struct("jwt.User", [.. Generic, .. UserLimits, ("issuer_account", Text())]))]);

    public static GoJsonShape Header { get; } = Struct("jwt.Header", ("typ", Text()), ("alg", Text()));

    /// <summary>What is wrong with the form of claims; null for nothing that is known of here.</summary>
    /// <param name="ofKnownVersion">False where it is known already that nobody can read more than which version they are of.</param>
    public static string? FindError(byte[] claims, bool ofKnownVersion)
    {
        if (Identifier.FindError(claims) is { } error) return error;
        if (!ofKnownVersion) return null;
        using JsonDocument json = JsonDocument.Parse(GoJsonText.Repair(claims).ToArray(), new JsonDocumentOptions { MaxDepth = JwtReader.MaxDepth });
        ClaimObject root = ClaimObject.Of(json.RootElement);
        if (ClaimsReader.VersionOf(root) != ClaimsReader.LatestVersion) return null;
        return ClaimsReader.KindOf(ClaimsReader.TypeOf(root)) switch
        {
            JwtClaimsKind.Account => Account.FindError(claims),
            JwtClaimsKind.User => User.FindError(claims),
            _ => null,
        };
    }

    private static string? CheckSharingType(Utf8JsonReader reader)
    {
        if (Text().FindError(ref reader, "") is { } error) return error;
        string type = GoJsonText.Read(ref reader);
        return type is "stream" or "service" ? null : $"unknown export type {GoQuote.Quote(type)}";
    }

    private static string? CheckSampling(Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String && GoJsonText.Read(ref reader) == "headers" ? null : Number("int").FindError(ref reader, "");

    private static string? CheckSigningKeys(Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray) return $"json: cannot unmarshal {NameOf(reader.TokenType)} into Go value of type []interface {{}}";
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            // Whatever is neither text nor an object is passed over.
            if (reader.TokenType == JsonTokenType.StartObject && CheckScope(reader) is { } error) return error;
            reader.Skip();
        }

        return null;
    }

    private static string? CheckScope(Utf8JsonReader reader)
    {
        Utf8JsonReader members = reader;
        bool isUserScope = false;
        while (members.Read() && members.TokenType == JsonTokenType.PropertyName)
        {
            bool isKind = GoJsonText.Read(ref members) == "kind";
            members.Read();
            if (isKind) isUserScope = members.TokenType == JsonTokenType.String && GoJsonText.Read(ref members) == "user_scope";
            members.Skip();
        }

        // Compat: it means to name the kind, and looks for it in the wrong place.
        return isUserScope ? Scope.FindError(ref reader, "") : "unknown signing key scope %!q(<nil>)";
    }
}
