namespace DotNats.Security;

/// <summary>The root of trust: whose keys may sign accounts.</summary>
public sealed record OperatorClaims : JwtClaims
{
    public override JwtClaimsKind Kind => JwtClaimsKind.Operator;

    /// <summary>Further operator keys that may sign accounts.</summary>
    public IReadOnlyList<string> SigningKeys { get; init; } = [];

    public string AccountServerUrl { get; init; } = "";

    public IReadOnlyList<string> OperatorServiceUrls { get; init; } = [];

    /// <summary>Public key of the system account.</summary>
    public string SystemAccount { get; init; } = "";

    /// <summary>Oldest server release that may serve this operator, <c>major.minor.update</c>.</summary>
    public string AssertServerVersion { get; init; } = "";

    /// <summary>True when only <see cref="SigningKeys"/> may sign accounts, not the operator's own key.</summary>
    public bool StrictSigningKeyUsage { get; init; }
}
