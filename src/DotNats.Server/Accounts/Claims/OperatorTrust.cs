namespace DotNats.Server.Accounts;

/// <summary>Whose signatures make accounts on this server. Immutable.</summary>
internal sealed class OperatorTrust
{
    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);
    private readonly HashSet<string> _strictKeys = new(StringComparer.Ordinal);

    public OperatorTrust(NatsServerOptions options)
    {
        _keys.UnionWith(options.TrustedKeys);
        foreach (OperatorOptions trusted in options.Operators)
        {
            _keys.UnionWith(trusted.SigningKeys);
            if (trusted.StrictSigningKeyUsage) _strictKeys.UnionWith(trusted.SigningKeys);
            else _keys.Add(trusted.Subject);
        }
    }

    /// <summary>True when accounts and users come from JWTs.</summary>
    public static bool IsWanted(NatsServerOptions options) => options.Operators.Count > 0 || options.TrustedKeys.Count > 0;

    /// <summary>May this key sign accounts?</summary>
    public bool IsTrusted(string issuer) => _keys.Contains(issuer);

    /// <summary>May an account of that issuer sign users with its own key, or only with its signing keys?</summary>
    public bool IsOwnKeyTrusted(string accountIssuer) => !_strictKeys.Contains(accountIssuer);
}
