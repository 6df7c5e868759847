using System.Text.Json;

namespace DotNats.Security;

internal static class AuthorizationClaimsWriter
{
    public static void WriteRequest(Utf8JsonWriter json, AuthorizationRequestClaims claims)
    {
        WriteServer(json, claims.Server);
        json.WriteString("user_nkey"u8, claims.UserNKey);
        WriteClient(json, claims.Client);
        WriteConnect(json, claims.Connect);
        if (claims.Tls is { } tls)
            WriteTls(json, tls);
        json.TextUnlessEmpty("request_nonce"u8, claims.RequestNonce);
    }

    public static void WriteResponse(Utf8JsonWriter json, AuthorizationResponseClaims claims)
    {
        json.TextUnlessEmpty("jwt"u8, claims.Jwt);
        json.TextUnlessEmpty("error"u8, claims.Error);
        json.TextUnlessEmpty("issuer_account"u8, claims.IssuerAccount);
    }

    private static void WriteServer(Utf8JsonWriter json, AuthorizationServerClaim server)
    {
        json.WriteStartObject("server_id"u8);
        json.WriteString("name"u8, server.Name);
        json.WriteString("host"u8, server.Host);
        json.WriteString("id"u8, server.Id);
        json.TextUnlessEmpty("version"u8, server.Version);
        json.TextUnlessEmpty("cluster"u8, server.Cluster);
        json.TextsUnlessEmpty("tags"u8, server.Tags);
        json.TextUnlessEmpty("xkey"u8, server.XKey);
        json.WriteEndObject();
    }

    private static void WriteClient(Utf8JsonWriter json, AuthorizationClientClaim client)
    {
        json.WriteStartObject("client_info"u8);
        json.TextUnlessEmpty("host"u8, client.Host);
        if (client.Id != 0)
            json.WriteNumber("id"u8, client.Id);
        json.TextUnlessEmpty("user"u8, client.User);
        json.TextUnlessEmpty("name"u8, client.Name);
        json.TextsUnlessEmpty("tags"u8, client.Tags);
        json.TextUnlessEmpty("name_tag"u8, client.NameTag);
        json.TextUnlessEmpty("kind"u8, client.Kind);
        json.TextUnlessEmpty("type"u8, client.Type);
        json.TextUnlessEmpty("mqtt_id"u8, client.MqttId);
        json.TextUnlessEmpty("nonce"u8, client.Nonce);
        json.WriteEndObject();
    }

    private static void WriteConnect(Utf8JsonWriter json, AuthorizationConnectClaim connect)
    {
        json.WriteStartObject("connect_opts"u8);
        json.TextUnlessEmpty("jwt"u8, connect.Jwt);
        json.TextUnlessEmpty("nkey"u8, connect.NKey);
        json.TextUnlessEmpty("sig"u8, connect.Signature);
        json.TextUnlessEmpty("auth_token"u8, connect.Token);
        json.TextUnlessEmpty("user"u8, connect.User);
        json.TextUnlessEmpty("pass"u8, connect.Password);
        json.TextUnlessEmpty("name"u8, connect.Name);
        json.TextUnlessEmpty("lang"u8, connect.Language);
        json.TextUnlessEmpty("version"u8, connect.Version);
        json.WriteNumber("protocol"u8, connect.Protocol);
        json.WriteEndObject();
    }

    private static void WriteTls(Utf8JsonWriter json, AuthorizationTlsClaim tls)
    {
        json.WriteStartObject("client_tls"u8);
        json.TextUnlessEmpty("version"u8, tls.Version);
        json.TextUnlessEmpty("cipher"u8, tls.Cipher);
        json.TextsUnlessEmpty("certs"u8, tls.Certificates);
        if (tls.VerifiedChains.Count > 0)
        {
            json.WriteStartArray("verified_chains"u8);
            foreach (IReadOnlyList<string> chain in tls.VerifiedChains)
            {
                json.WriteStartArray();
                foreach (string certificate in chain)
                    json.WriteStringValue(certificate);
                json.WriteEndArray();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
