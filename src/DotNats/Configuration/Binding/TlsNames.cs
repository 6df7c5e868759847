using DotNats.Configuration.Language;

namespace DotNats.Configuration.Binding;

/// <summary>The names of cipher suites and key exchanges that Go, and so every NATS configuration, uses.</summary>
internal static class TlsNames
{
    /// <summary>Suites without known weaknesses; those of TLS 1.3 can be named but not chosen.</summary>
    public static IReadOnlyList<string> SecureSuites { get; } =
    [
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    ];

    /// <summary>Suites that want <c>allow_insecure_cipher_suites</c>.</summary>
    public static IReadOnlyList<string> InsecureSuites { get; } =
    [
        "TLS_RSA_WITH_RC4_128_SHA",
        "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
        "TLS_RSA_WITH_AES_128_CBC_SHA",
        "TLS_RSA_WITH_AES_256_CBC_SHA",
        "TLS_RSA_WITH_AES_128_CBC_SHA256",
        "TLS_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
        "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
        "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
    ];

    /// <summary>Key exchanges.</summary>
    public static IReadOnlyList<string> Curves { get; } =
        ["X25519MLKEM768", "SecP256r1MLKEM768", "SecP384r1MLKEM1024", "X25519", "CurveP256", "CurveP384", "CurveP521"];

    public static TlsOptions BindCipherSuites(TlsOptions options, Setting setting) =>
        Names(setting, "cipher_suites", "cipher", name => SecureSuites.Contains(name) || InsecureSuites.Contains(name)) is { } names
            ? options with { CipherSuites = names }
            : options;

    public static TlsOptions BindCurves(TlsOptions options, Setting setting) =>
        Names(setting, "curve_preferences", "curve preference", Curves.Contains) is { } names ? options with { CurvePreferences = names } : options;

    /// <summary>The broken suites among those configured, in their order.</summary>
    public static IReadOnlyList<string> InsecureOf(TlsOptions options) => [.. (options.CipherSuites ?? []).Where(InsecureSuites.Contains)];

    private static List<string>? Names(Setting setting, string field, string kind, Func<string, bool> isKnown)
    {
        if (!setting.TryList(out ConfigList? list))
            return null;
        if (list.Items.Count == 0)
        {
            setting.Error($"error parsing tls config, '{field}' cannot be empty");
            return null;
        }
        List<string> names = [];
        foreach (ConfigNode item in list.Items)
        {
            Setting entry = setting.With(item);
            if (!entry.TryText(out string? name))
                continue;
            if (isKnown(name))
                names.Add(name);
            else
                entry.Error($"unrecognized {kind} {name}");
        }
        return names;
    }
}
