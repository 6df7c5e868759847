namespace DotNats.Security;

/// <summary>A user of an account.</summary>
public sealed record UserClaims : JwtClaims
{
    public override JwtClaimsKind Kind => JwtClaimsKind.User;

    /// <summary>The account, when one of its signing keys signed; else empty.</summary>
    public string IssuerAccount { get; init; } = "";

    public UserLimitsClaim Limits { get; init; } = new();

    /// <summary>Key of the account the user says it belongs to.</summary>
    public string Account => IssuerAccount.Length > 0 ? IssuerAccount : Issuer;
}

/// <summary>What a user may do and use: of one user, or the template of a scoped signing key.</summary>
/// <remarks>As written: limits are negative for none and 0 when absent; lists are null when absent.</remarks>
public sealed record UserLimitsClaim
{
    /// <summary>Nothing limited: what tools start from.</summary>
    public static UserLimitsClaim Unlimited { get; } = new()
    {
        Subscriptions = AccountLimitsClaim.NoLimit,
        DataBytes = AccountLimitsClaim.NoLimit,
        PayloadBytes = AccountLimitsClaim.NoLimit,
    };

    /// <summary>As written: <see cref="UserPermissions.Effective"/> fills in defaults.</summary>
    public PermissionSet Permissions { get; init; } = new();

    /// <summary>Networks (CIDR) the user may come from; null or empty for all.</summary>
    public IReadOnlyList<string>? Sources { get; init; }

    /// <summary>Times of the day the user may be connected at; null or empty for all.</summary>
    public IReadOnlyList<TimeRangeClaim>? Times { get; init; }

    /// <summary>IANA time zone of <see cref="Times"/>; empty for the server's.</summary>
    public string Locale { get; init; } = "";

    public long Subscriptions { get; init; }

    public long DataBytes { get; init; }

    public long PayloadBytes { get; init; }

    /// <summary>True when holding the JWT is enough and no nonce is signed.</summary>
    public bool BearerToken { get; init; }

    public bool ProxyRequired { get; init; }

    /// <summary>Words as written, known or not; null or empty for all.</summary>
    public IReadOnlyList<string>? AllowedConnectionTypes { get; init; }

    /// <summary>True when nothing at all is said, as scoped signing keys demand of the users they sign.</summary>
    // Compat: a list that is there but empty says something.
    public bool IsEmpty => this == Nothing;

    private static UserLimitsClaim Nothing { get; } = new();
}

/// <summary>A time of the day, <c>15:04:05</c> to <c>15:04:05</c>; over midnight when it ends before it starts.</summary>
public sealed record TimeRangeClaim(string Start, string End);

/// <summary>What users signed by a scoped signing key may do, whatever their own JWT is silent about.</summary>
public sealed record UserScopeClaim
{
    /// <summary>The signing key itself.</summary>
    public string Key { get; init; } = "";

    public string Role { get; init; } = "";

    public string Description { get; init; } = "";

    public UserLimitsClaim Template { get; init; } = UserLimitsClaim.Unlimited;
}
