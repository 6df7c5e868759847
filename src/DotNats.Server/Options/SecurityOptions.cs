using DotNats.Security;

namespace DotNats;

/// <summary>Who may connect to the default account (<c>authorization {}</c>).</summary>
public sealed record AuthorizationOptions
{
    /// <summary>Single user's name; exclusive with <see cref="Token"/> and <see cref="Users"/>.</summary>
    public string? Username { get; init; }

    /// <summary>Single user's password, plain or bcrypt.</summary>
    public string? Password { get; init; }

    /// <summary>Token, plain or bcrypt.</summary>
    public string? Token { get; init; }

    /// <summary>Time a client has to authenticate; null takes two seconds, or one more than the TLS timeout.</summary>
    public TimeSpan? Timeout { get; init; }

    public IReadOnlyList<UserOptions> Users { get; init => field = OptionList.Copy(value); } = [];

    /// <summary>Permissions of users that have none of their own.</summary>
    public PermissionSet? DefaultPermissions { get; init; }

    public bool ProxyRequired { get; init; }

    /// <summary>An external service decides who may log in; null for none.</summary>
    public AuthCalloutOptions? AuthCallout { get; init; }

    /// <summary>True when the configuration has the section, even an empty one.</summary>
    public bool IsDefined { get; init; }
}

/// <summary>One user: a name with a password, or an nkey.</summary>
public sealed record UserOptions
{
    public string? Username { get; init; }

    /// <summary>Plain text, or bcrypt (starts with <c>$2a$</c>, <c>$2b$</c> or <c>$2y$</c>).</summary>
    public string? Password { get; init; }

    /// <summary>Public user nkey (<c>U…</c>).</summary>
    public string? NKey { get; init; }

    public PermissionSet? Permissions { get; init; }

    /// <summary>STANDARD, WEBSOCKET, LEAFNODE, LEAFNODE_WS, MQTT, MQTT_WS, IN_PROCESS; null for all.</summary>
    public IReadOnlyList<string>? AllowedConnectionTypes { get; init => field = OptionList.Copy(value); }

    public bool ProxyRequired { get; init; }
}

/// <summary>One configured account (<c>accounts { NAME {} }</c>).</summary>
public sealed record AccountOptions
{
    public required string Name { get; init; }

    public IReadOnlyList<UserOptions> Users { get; init => field = OptionList.Copy(value); } = [];

    public PermissionSet? DefaultPermissions { get; init; }

    /// <summary>Public account nkey (<c>nkey</c>).</summary>
    public string? NKey { get; init; }

    public AccountLimitOptions Limits { get; init; } = new();

    /// <summary>Null without JetStream.</summary>
    public AccountJetStreamOptions? JetStream { get; init; }

    public IReadOnlyList<AccountExport> Exports { get; init => field = OptionList.Copy(value); } = [];

    public IReadOnlyList<AccountImport> Imports { get; init => field = OptionList.Copy(value); } = [];

    public IReadOnlyList<SubjectMapping> Mappings { get; init => field = OptionList.Copy(value); } = [];

    /// <summary>Subject that gets traces asked for by the <c>traceparent</c> header (<c>msg_trace</c>); null for none.</summary>
    public string? TraceDestination { get; init; }

    /// <summary>Percent of those messages traced, 1 to 100; 0 without a destination.</summary>
    public int TraceSampling { get; init; }
}

/// <summary>TLS of one listener (<c>tls {}</c>).</summary>
public sealed record TlsOptions
{
    /// <summary>Certificates presented, chosen by the name the client asks for; the first is the default.</summary>
    public IReadOnlyList<TlsCertificateOptions> Certificates { get; init => field = OptionList.Copy(value); } = [];

    /// <summary>PEM file of authorities that client certificates must come from (<c>ca_file</c>).</summary>
    public string? CaFile { get; init; }

    /// <summary>Clients must present a certificate (<c>verify</c>, <c>verify_and_map</c>).</summary>
    public bool Verify { get; init; }

    /// <summary>The certificate names the user (<c>verify_and_map</c>).</summary>
    public bool MapToUser { get; init; }

    /// <summary>Time for the handshake (<c>timeout</c>).</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Go names of cipher suites (<c>cipher_suites</c>); null for the platform's choice.</summary>
    public IReadOnlyList<string>? CipherSuites { get; init => field = OptionList.Copy(value); }

    public IReadOnlyList<string>? CurvePreferences { get; init => field = OptionList.Copy(value); }

    /// <summary>"1.2" or "1.3".</summary>
    public string MinVersion { get; init; } = "1.2";

    /// <summary>Hex SHA-256 of the SubjectPublicKeyInfo of the only client certificates accepted (<c>pinned_certs</c>).</summary>
    public IReadOnlySet<string>? PinnedCertificates { get; init => field = OptionSet.Copy(value); }

    /// <summary>Handshakes per second (<c>connection_rate_limit</c>); 0 for no limit.</summary>
    public int ConnectionRateLimit { get; init; }

    /// <summary>TLS before INFO (<c>handshake_first</c>).</summary>
    public bool HandshakeFirst { get; init; }

    /// <summary>With <see cref="HandshakeFirst"/>: how long to wait for a ClientHello before INFO is sent after all; null for ever.</summary>
    public TimeSpan? HandshakeFirstFallback { get; init; }

    /// <summary>Client role: accept any server certificate (<c>insecure</c>).</summary>
    public bool Insecure { get; init; }

    /// <summary>Links: the peer's certificate must name one of the URLs known for it (<c>verify_cert_and_check_known_urls</c>).</summary>
    public bool CheckKnownUrls { get; init; }

    /// <summary>Allows <see cref="CipherSuites"/> that are broken (<c>allow_insecure_cipher_suites</c>).</summary>
    public bool AllowInsecureCipherSuites { get; init; }

    public OcspPeerOptions? OcspPeer { get; init; }

    /// <summary>
    /// SHA-256 of what was in the files above when a configuration was read, in hex; null for options set in code. Two readings differ when a
    /// certificate was renewed under its old name.
    /// </summary>
    public string? FilesDigest { get; init; }

    /// <summary>Certificate from the Windows certificate store instead of files; null for none.</summary>
    public CertificateStoreOptions? CertificateStore { get; init; }
}

/// <summary>A certificate with its key, both PEM files.</summary>
public sealed record TlsCertificateOptions(string CertificateFile, string KeyFile);

/// <summary>A certificate in the Windows certificate store (<c>cert_store</c>).</summary>
public sealed record CertificateStoreOptions
{
    /// <summary>windowscurrentuser or windowslocalmachine.</summary>
    public string Store { get; init; } = "";

    /// <summary>subject, issuer or thumbprint.</summary>
    public string MatchBy { get; init; } = "";

    public string Match { get; init; } = "";

    public IReadOnlyList<string> CaMatches { get; init => field = OptionList.Copy(value); } = [];

    public bool SkipInvalid { get; init; }
}
