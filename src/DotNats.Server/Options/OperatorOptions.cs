namespace DotNats;

/// <summary>An operator whose accounts are trusted (<c>operator</c>).</summary>
public sealed record OperatorOptions
{
    /// <summary>The operator's JWT.</summary>
    public required string Jwt { get; init; }

    /// <summary>Public operator nkey.</summary>
    public required string Subject { get; init; }

    public IReadOnlyList<string> SigningKeys { get; init => field = OptionList.Copy(value); } = [];

    public bool StrictSigningKeyUsage { get; init; }

    public string? SystemAccount { get; init; }

    public string? AccountServerUrl { get; init; }

    /// <summary>Least server version the operator asks for, or null.</summary>
    public string? AssertServerVersion { get; init; }
}

/// <summary>Where account JWTs come from (<c>resolver</c>).</summary>
public enum ResolverKind
{
    /// <summary><see cref="NatsServerOptions.ResolverPreload"/> only.</summary>
    Memory,

    /// <summary>An HTTP server.</summary>
    Url,

    /// <summary>A directory that holds all, kept equal with other servers.</summary>
    Full,

    /// <summary>A directory that holds some, fetched from other servers.</summary>
    Cache,
}

/// <summary>The account resolver (<c>resolver</c>).</summary>
public sealed record ResolverOptions
{
    public required ResolverKind Kind { get; init; }

    /// <summary>Of <see cref="ResolverKind.Url"/>.</summary>
    public string? Url { get; init; }

    /// <summary>Of <see cref="ResolverKind.Full"/> and <see cref="ResolverKind.Cache"/>.</summary>
    public string? Directory { get; init; }

    public bool AllowDelete { get; init; }

    public bool HardDelete { get; init; }

    /// <summary>JWTs kept, 0 for no limit.</summary>
    public long Limit { get; init; }

    /// <summary>Time between comparisons with other servers; zero for the default of one minute.</summary>
    public TimeSpan Interval { get; init; }

    /// <summary>Time after which a cached JWT is fetched again; zero for never.</summary>
    public TimeSpan TimeToLive { get; init; }

    /// <summary>Time a fetch may take; null for 1.9 s.</summary>
    public TimeSpan? FetchTimeout { get; init; }
}

/// <summary>OCSP stapling (<c>ocsp</c>).</summary>
public sealed record OcspOptions
{
    public OcspMode Mode { get; init; }

    /// <summary>Responders asked instead of the certificate's.</summary>
    public IReadOnlyList<string> Urls { get; init => field = OptionList.Copy(value); } = [];
}

/// <summary>When certificates are stapled.</summary>
public enum OcspMode
{
    /// <summary>Only if the certificate says it must be.</summary>
    Auto,
    Always,
    Never,

    /// <summary>Always, and the server stops when its certificate is revoked.</summary>
    Must,
}

/// <summary>What is remembered of peers' OCSP responses (<c>ocsp_cache</c>).</summary>
public sealed record OcspCacheOptions
{
    /// <summary>False keeps nothing (<c>type: none</c>).</summary>
    public bool Enabled { get; init; } = true;

    public string Directory { get; init; } = "_rc_";

    public bool PreserveRevoked { get; init; }

    /// <summary>At least one second.</summary>
    public TimeSpan SaveInterval { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>Checking peers' certificates by OCSP (<c>tls { ocsp_peer }</c>).</summary>
public sealed record OcspPeerOptions
{
    public bool Verify { get; init; }

    public TimeSpan AllowedClockSkew { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan ResponderTimeout { get; init; } = TimeSpan.FromSeconds(2);

    public TimeSpan TimeToLiveWithoutNextUpdate { get; init; } = TimeSpan.FromHours(1);

    public bool WarnOnly { get; init; }

    public bool UnknownIsGood { get; init; }

    public bool AllowWhenUnreachable { get; init; }
}

/// <summary>A service of the user's decides who may log in (<c>auth_callout</c>).</summary>
public sealed record AuthCalloutOptions
{
    /// <summary>Public account nkey that signs the answers.</summary>
    public required string Issuer { get; init; }

    /// <summary>Account the service is in.</summary>
    public string Account { get; init; } = "$G";

    /// <summary>Users that log in without the service: the service itself.</summary>
    public IReadOnlyList<string> AuthUsers { get; init => field = OptionList.Copy(value); } = [];

    /// <summary>Public curve nkey that requests are encrypted for.</summary>
    public string? XKey { get; init; }

    /// <summary>Accounts the service may put users in; empty for all.</summary>
    public IReadOnlyList<string> AllowedAccounts { get; init => field = OptionList.Copy(value); } = [];
}
