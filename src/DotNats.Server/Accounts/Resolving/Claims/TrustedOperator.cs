namespace DotNats.Server.Accounts.Resolving;

/// <summary>Whose word counts for changes of the store: the first operator's.</summary>
/// <param name="Key">The operator's own key.</param>
/// <param name="IsStrict">Its own key signs no accounts.</param>
/// <param name="SigningKeys">Keys that may ask for deletion.</param>
internal sealed record TrustedOperator(string Key, bool IsStrict, IReadOnlySet<string> SigningKeys)
{
    /// <summary>Null without an operator.</summary>
    public static TrustedOperator? Of(NatsServerOptions options)
    {
        if (options.Operators is not [OperatorOptions first, ..]) return null;
        HashSet<string> keys = new(first.SigningKeys, StringComparer.Ordinal);
        if (!first.StrictSigningKeyUsage) keys.Add(first.Subject);
        return new TrustedOperator(first.Subject, first.StrictSigningKeyUsage, keys);
    }
}
