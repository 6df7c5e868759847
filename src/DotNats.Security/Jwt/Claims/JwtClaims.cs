namespace DotNats.Security;

/// <summary>What a JWT is about (<c>nats.type</c>).</summary>
public enum JwtClaimsKind
{
    /// <summary>Any type NATS itself has no rules for.</summary>
    Generic,
    Operator,
    Account,
    User,
    Activation,
    AuthorizationRequest,
    AuthorizationResponse,
}

/// <summary>What every JWT says, whatever it is about. Immutable.</summary>
/// <remarks>
/// Times are Unix seconds, 0 for none. Absent text is empty. Claims are what somebody signed, not what is true: who may sign what, and when it
/// counts, are the rules beside this folder.
/// </remarks>
public abstract record JwtClaims
{
    private protected JwtClaims()
    {
    }

    public abstract JwtClaimsKind Kind { get; }

    /// <summary><c>aud</c></summary>
    public string Audience { get; init; } = "";

    /// <summary><c>exp</c>: the last second in which the claims count.</summary>
    public long ExpiresAtSeconds { get; init; }

    /// <summary><c>jti</c>: the hash of the other standard claims; see <see cref="JwtWriter"/>.</summary>
    public string Id { get; init; } = "";

    /// <summary><c>iat</c></summary>
    public long IssuedAtSeconds { get; init; }

    /// <summary><c>iss</c>: the public key that signed.</summary>
    public string Issuer { get; init; } = "";

    /// <summary><c>name</c></summary>
    public string Name { get; init; } = "";

    /// <summary><c>nbf</c>: the first second in which the claims count.</summary>
    public long NotBeforeSeconds { get; init; }

    /// <summary><c>sub</c>: the public key the claims are about.</summary>
    public string Subject { get; init; } = "";

    /// <summary>Labels, by convention in lower case, often <c>key:value</c>.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>1 when the JWT was read in the old form; 2 for everything else and for everything that is written.</summary>
    public int Version { get; init; } = 2;

    public bool IsSelfSigned => Issuer == Subject;
}
