namespace DotNats.Security;

/// <summary>An account: what it may use, shares, maps, and who may sign its users.</summary>
public sealed record AccountClaims : JwtClaims
{
    public override JwtClaimsKind Kind => JwtClaimsKind.Account;

    public IReadOnlyList<ImportClaim> Imports { get; init; } = [];

    public IReadOnlyList<ExportClaim> Exports { get; init; } = [];

    public AccountLimitsClaim Limits { get; init; } = new();

    /// <summary>Account keys that may sign for this account; null where the key has no scope.</summary>
    public IReadOnlyDictionary<string, UserScopeClaim?> SigningKeys { get; init; } = EmptyMap<UserScopeClaim?>.Instance;

    /// <summary>By user key, or <c>*</c> for all: what was issued at this second or before counts no more.</summary>
    public IReadOnlyDictionary<string, long> Revocations { get; init; } = EmptyMap<long>.Instance;

    /// <summary>Permissions of users whose own JWT has none.</summary>
    public PermissionSet DefaultPermissions { get; init; } = new();

    /// <summary>Destinations by source subject.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<WeightedMappingClaim>> Mappings { get; init; } =
        EmptyMap<IReadOnlyList<WeightedMappingClaim>>.Instance;

    public ExternalAuthorizationClaim Authorization { get; init; } = new();

    public TraceClaim? Trace { get; init; }

    /// <summary><c>system</c>, <c>owner</c> or empty: the account whose routes carry the traffic between servers.</summary>
    public string ClusterTraffic { get; init; } = "";

    public string Description { get; init; } = "";

    public string InfoUrl { get; init; } = "";
}

/// <summary>One destination of a mapping.</summary>
public sealed record WeightedMappingClaim
{
    public string Subject { get; init; } = "";

    /// <summary>Percent as written, 0 to 255; 0 stands for 100.</summary>
    public int Weight { get; init; }

    /// <summary>The only cluster it holds in; empty for all.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>Percent with the default applied.</summary>
    public int EffectiveWeight => Weight == 0 ? 100 : Weight;
}

/// <summary>A service of the account decides about its logins (auth callout).</summary>
public sealed record ExternalAuthorizationClaim
{
    /// <summary>Keys of users that are let in without it: the service itself.</summary>
    public IReadOnlyList<string> AuthUsers { get; init; } = [];

    /// <summary>Accounts the service may place users in, or <c>*</c>.</summary>
    public IReadOnlyList<string> AllowedAccounts { get; init; } = [];

    /// <summary>Public curve key requests are encrypted for; empty for none.</summary>
    public string XKey { get; init; } = "";

    public bool IsEnabled => AuthUsers.Count > 0;
}

/// <summary>Where messages with a sampled <c>traceparent</c> header are traced to.</summary>
public sealed record TraceClaim
{
    public string Destination { get; init; } = "";

    /// <summary>Percent as written; 0 stands for 100.</summary>
    public int Sampling { get; init; }
}
