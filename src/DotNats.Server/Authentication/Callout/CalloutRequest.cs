using System.Text;
using DotNats.Protocol;
using DotNats.Security;
using DotNats.Server.Connections;

namespace DotNats.Server.Authentication;

/// <summary>The question about one client: claims that the server signs, sealed where the service wants them so.</summary>
internal sealed class CalloutRequest
{
    public const string Subject = "$SYS.REQ.USER.AUTH";

    private const string RequestAudience = "nats-authorization-request";
    private const string XKeyHeader = "Nats-Server-Xkey";

    private CalloutRequest(byte[] headers, byte[] payload, CalloutExpectation expectation)
    {
        Headers = headers;
        Payload = payload;
        Expectation = expectation;
    }

    /// <summary>Header block that names the server's curve key, when the request is sealed; else empty.</summary>
    public byte[] Headers { get; }

    public byte[] Payload { get; }

    /// <summary>What the answer must be.</summary>
    public CalloutExpectation Expectation { get; }

    /// <summary>Asks about a client; null where the service's curve key is none that anything can be sealed for.</summary>
    public static CalloutRequest? Make(ServerCore server, CalloutTerms terms, ConnectCredentials client)
    {
        using NKey user = NKey.Create(NKeyKind.User);
        NKey? curve = terms.XKey is null ? null : server.Info.CurveKey;
        CalloutExpectation expectation = new(terms.AccountName, server.Id, user.PublicKey, curve, terms.XKey);
        byte[] jwt = Encoding.ASCII.GetBytes(JwtWriter.Write(ClaimsOf(server, terms, client, expectation), server.Key));
        if (curve is null) return new CalloutRequest([], jwt, expectation);
        try
        {
            byte[] headers = Encoding.ASCII.GetBytes($"NATS/1.0\r\n{XKeyHeader}: {curve.PublicKey}\r\n\r\n");
            return new CalloutRequest(headers, curve.Seal(jwt, terms.XKey), expectation);
        }
        catch (ArgumentException)
        {
            // A key of small order, which a public key may well be: no secret can be shared with it.
            return null;
        }
    }

    private static AuthorizationRequestClaims ClaimsOf(ServerCore server, CalloutTerms terms, ConnectCredentials client, CalloutExpectation expectation)
    {
        DateTimeOffset now = server.Time.GetUtcNow();
        return new AuthorizationRequestClaims
        {
            Subject = terms.RequestSubject,
            Audience = RequestAudience,
            IssuedAtSeconds = now.ToUnixTimeSeconds(),
            ExpiresAtSeconds = (now + server.AuthenticationTimeout).ToUnixTimeSeconds(),
            UserNKey = expectation.UserKey,
            Server = ServerOf(server, expectation.CurveKey),
            Client = ClientOf(terms, client),
            Connect = ConnectOf(terms, client),
            Tls = client.Tls is { } tls ? TlsOf(tls) : null,
        };
    }

    private static AuthorizationServerClaim ServerOf(ServerCore server, NKey? curve)
    {
        ServerInfo info = server.Info.Current;
        return new AuthorizationServerClaim
        {
            Name = info.ServerName,
            Host = info.Host,
            Id = info.ServerId,
            Version = info.Version,
            Cluster = info.Cluster ?? "",
            Tags = server.Options.ServerTags,
            XKey = curve?.PublicKey ?? "",
        };
    }

    private static AuthorizationClientClaim ClientOf(CalloutTerms terms, ConnectCredentials client) => new()
    {
        Host = client.Host ?? "",
        Id = client.ConnectionId,
        User = CredentialNames.Raw(terms.NKey, terms.UserName, null) ?? terms.Sentinel?.Subject ?? CredentialNames.Raw(null, null, client.Token) ?? "",
        Name = client.Name ?? "",
        Tags = terms.Sentinel?.Tags ?? [],
        NameTag = terms.Sentinel?.Name ?? "",
        Kind = client.ConnectionType is ConnectionTypes.LeafNode or ConnectionTypes.LeafNodeWebSocket ? "Leafnode" : "Client",
        Type = client.ConnectionType switch
        {
            ConnectionTypes.WebSocket => "websocket",
            ConnectionTypes.Mqtt or ConnectionTypes.MqttWebSocket => "mqtt",
            _ => "nats",
        },
        MqttId = client.ClientIdentifier ?? "",
        // Only who signs has to show what.
        Nonce = string.IsNullOrEmpty(client.Signature) ? "" : Encoding.ASCII.GetString(client.Nonce.Span),
    };

    private static AuthorizationConnectClaim ConnectOf(CalloutTerms terms, ConnectCredentials client) => new()
    {
        Jwt = terms.Jwt ?? "",
        NKey = terms.NKey ?? "",
        Signature = client.Signature ?? "",
        Token = client.Token ?? "",
        User = terms.UserName ?? "",
        Password = terms.Password ?? "",
        Name = client.Name ?? "",
        Language = client.Language ?? "",
        Version = client.Version ?? "",
        Protocol = client.Protocol,
    };

    private static AuthorizationTlsClaim TlsOf(TlsSessionInfo tls) => new()
    {
        Version = tls.Version,
        Cipher = tls.CipherSuite,
        // nats-server asks for certificates only where it verifies them, so what was presented and not verified is never there.
        VerifiedChains = tls.VerifiedChain.Count > 0 ? [[.. tls.VerifiedChain.Select(ToPem)]] : [],
        Certificates = tls.VerifiedChain.Count > 0 ? [] : [.. tls.PeerCertificates.Select(ToPem)],
    };

    // PEM as Go writes it ends with a line end.
    private static string ToPem(System.Security.Cryptography.X509Certificates.X509Certificate2 certificate) => certificate.ExportCertificatePem().ReplaceLineEndings("\n") + "\n";
}
