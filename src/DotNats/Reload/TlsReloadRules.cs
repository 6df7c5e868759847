using static DotNats.Reload.ReloadRule;

namespace DotNats.Reload;

/// <summary>What a reload makes of the TLS options of the client listener.</summary>
internal static class TlsReloadRules
{
    public static IReadOnlyList<ReloadRule> All { get; } =
    [
        // Compat: a timeout that comes or goes with TLS as a whole is not mentioned.
        new(null, (before, after) => before.Tls is { } old && after.Tls is { } now && old.Timeout != now.Timeout
            ? $"Reloaded: tls timeout = {OptionValue.Format(now.Timeout.TotalSeconds)}" : null),
        Fixed("TLSMap", o => o.Tls?.MapToUser ?? false),
        new(null, (before, after) => SameHandshake(before.Tls, after.Tls) ? null : $"Reloaded: tls = {(after.Tls is null ? "disabled" : "enabled")}"),
        new(null, (before, after) => OptionValue.Same(before.Tls?.PinnedCertificates, after.Tls?.PinnedCertificates)
            ? null : $"Reloaded: {after.Tls?.PinnedCertificates?.Count ?? 0} pinned_certs"),
        Fixed("TLSRateLimit", o => o.Tls?.ConnectionRateLimit ?? 0),
        Hot("Reloaded: Client TLS handshake first: ", o => o.Tls?.HandshakeFirst ?? false),
        Hot("Reloaded: Client TLS handshake first fallback delay: ", o => o.Tls?.HandshakeFirstFallback ?? TimeSpan.Zero),
    ];

    // What the handshake itself is made of. Certificates count by their paths: what the files hold is read anew at every reload.
    private static bool SameHandshake(TlsOptions? before, TlsOptions? after)
    {
        if (before is null || after is null) return before is null && after is null;
        return before.Certificates.SequenceEqual(after.Certificates)
            && before.CaFile == after.CaFile
            && before.Verify == after.Verify
            && before.MinVersion == after.MinVersion
            && OptionValue.Same(before.CipherSuites, after.CipherSuites)
            && OptionValue.Same(before.CurvePreferences, after.CurvePreferences);
    }
}
