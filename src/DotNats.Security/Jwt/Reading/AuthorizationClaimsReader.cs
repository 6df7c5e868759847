using System.Text.Json;

namespace DotNats.Security;

internal static class AuthorizationClaimsReader
{
    public static AuthorizationRequestClaims ReadRequest(ClaimObject nats) => new()
    {
        Server = ReadServer(nats.Object("server_id")),
        UserNKey = nats.Text("user_nkey"),
        Client = ReadClient(nats.Object("client_info")),
        Connect = ReadConnect(nats.Object("connect_opts")),
        Tls = ReadTls(nats.Object("client_tls")),
        RequestNonce = nats.Text("request_nonce"),
    };

    public static AuthorizationResponseClaims ReadResponse(ClaimObject nats) => new()
    {
        Jwt = nats.Text("jwt"),
        Error = nats.Text("error"),
        IssuerAccount = nats.Text("issuer_account"),
    };

    private static AuthorizationServerClaim ReadServer(ClaimObject json) => new()
    {
        Name = json.Text("name"),
        Host = json.Text("host"),
        Id = json.Text("id"),
        Version = json.Text("version"),
        Cluster = json.Text("cluster"),
        Tags = json.Texts("tags"),
        XKey = json.Text("xkey"),
    };

    private static AuthorizationClientClaim ReadClient(ClaimObject json) => new()
    {
        Host = json.Text("host"),
        Id = json.Unsigned("id"),
        User = json.Text("user"),
        Name = json.Text("name"),
        Tags = json.Texts("tags"),
        NameTag = json.Text("name_tag"),
        Kind = json.Text("kind"),
        Type = json.Text("type"),
        MqttId = json.Text("mqtt_id"),
        Nonce = json.Text("nonce"),
    };

    private static AuthorizationConnectClaim ReadConnect(ClaimObject json) => new()
    {
        Jwt = json.Text("jwt"),
        NKey = json.Text("nkey"),
        Signature = json.Text("sig"),
        Token = json.Text("auth_token"),
        User = json.Text("user"),
        Password = json.Text("pass"),
        Name = json.Text("name"),
        Language = json.Text("lang"),
        Version = json.Text("version"),
        Protocol = (int)json.Number("protocol", least: int.MinValue, most: int.MaxValue),
    };

    private static AuthorizationTlsClaim? ReadTls(ClaimObject json) => json.Exists
        ? new AuthorizationTlsClaim
        {
            Version = json.Text("version"),
            Cipher = json.Text("cipher"),
            Certificates = json.Texts("certs"),
            VerifiedChains = json.List<IReadOnlyList<string>>("verified_chains", ReadChain) ?? [],
        }
        : null;

    private static IReadOnlyList<string> ReadChain(JsonElement chain) => chain.ValueKind switch
    {
        JsonValueKind.Null => [],
        JsonValueKind.Array => [.. chain.EnumerateArray().Select(ClaimObject.TextOf)],
        _ => throw ClaimObject.WrongType("a list of certificates"),
    };
}
