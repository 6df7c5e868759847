namespace DotNats.Security;

/// <summary>A server asks an authorization service about a client (auth callout). Signed by the server.</summary>
public sealed record AuthorizationRequestClaims : JwtClaims
{
    public override JwtClaimsKind Kind => JwtClaimsKind.AuthorizationRequest;

    public AuthorizationServerClaim Server { get; init; } = new();

    /// <summary>Key the answer must be about; made for this request only, so that no answer can be used twice.</summary>
    public string UserNKey { get; init; } = "";

    public AuthorizationClientClaim Client { get; init; } = new();

    public AuthorizationConnectClaim Connect { get; init; } = new();

    /// <summary>Null without TLS.</summary>
    public AuthorizationTlsClaim? Tls { get; init; }

    public string RequestNonce { get; init; } = "";
}

/// <summary>The service's answer. Subject is the request's user key, audience the server, issuer the account or its signing key.</summary>
public sealed record AuthorizationResponseClaims : JwtClaims
{
    public override JwtClaimsKind Kind => JwtClaimsKind.AuthorizationResponse;

    /// <summary>The user JWT that lets the client in; empty when <see cref="Error"/> says why not.</summary>
    public string Jwt { get; init; } = "";

    public string Error { get; init; } = "";

    /// <summary>The account, when one of its signing keys signed; else empty.</summary>
    public string IssuerAccount { get; init; } = "";
}

/// <summary>Who asks (<c>server_id</c>).</summary>
public sealed record AuthorizationServerClaim
{
    public string Name { get; init; } = "";

    public string Host { get; init; } = "";

    public string Id { get; init; } = "";

    public string Version { get; init; } = "";

    public string Cluster { get; init; } = "";

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Curve key the answer may be encrypted for.</summary>
    public string XKey { get; init; } = "";
}

/// <summary>Who wants in (<c>client_info</c>).</summary>
public sealed record AuthorizationClientClaim
{
    public string Host { get; init; } = "";

    public ulong Id { get; init; }

    public string User { get; init; } = "";

    public string Name { get; init; } = "";

    public IReadOnlyList<string> Tags { get; init; } = [];

    public string NameTag { get; init; } = "";

    public string Kind { get; init; } = "";

    public string Type { get; init; } = "";

    public string MqttId { get; init; } = "";

    public string Nonce { get; init; } = "";
}

/// <summary>What the client said in CONNECT (<c>connect_opts</c>). Holds secrets.</summary>
public sealed record AuthorizationConnectClaim
{
    public string Jwt { get; init; } = "";

    public string NKey { get; init; } = "";

    public string Signature { get; init; } = "";

    public string Token { get; init; } = "";

    public string User { get; init; } = "";

    public string Password { get; init; } = "";

    public string Name { get; init; } = "";

    public string Language { get; init; } = "";

    public string Version { get; init; } = "";

    public int Protocol { get; init; }

    /// <summary>The name only: secrets never show in logs.</summary>
    public override string ToString() => $"AuthorizationConnectClaim {{ Name = {Name} }}";
}

/// <summary>The client's TLS (<c>client_tls</c>); certificates are PEM.</summary>
public sealed record AuthorizationTlsClaim
{
    public string Version { get; init; } = "";

    public string Cipher { get; init; } = "";

    /// <summary>Certificates that were not verified.</summary>
    public IReadOnlyList<string> Certificates { get; init; } = [];

    /// <summary>Verified chains, the client's certificate first.</summary>
    public IReadOnlyList<IReadOnlyList<string>> VerifiedChains { get; init; } = [];
}
