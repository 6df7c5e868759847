using DotNats.Configuration.Language;
using DotNats.Protocol.Text;
using Key = DotNats.Configuration.Binding.Keys<DotNats.TlsOptions>;

namespace DotNats.Configuration.Binding;

/// <summary>Binds <c>tls {}</c> wherever it stands.</summary>
internal static class TlsKeys
{
    private const int PinLength = 64;
    private static readonly TimeSpan AutoFallback = TimeSpan.FromMilliseconds(50);

    public static ConfigSection<TlsOptions> Section { get; } = new(
        [
            File("cert_file", "PEM file of the certificate.", (o, v) => SetPair(o, pair => pair with { CertificateFile = v })),
            File("key_file", "PEM file of its key.", (o, v) => SetPair(o, pair => pair with { KeyFile = v })),
            File("ca_file", "PEM file of authorities peers' certificates must come from.", (o, v) => o with { CaFile = ServerKeys.OrNull(v) }),
            Key.Other("certs certificates", "list", Reload.Yes, "Several { cert_file, key_file }; the client's server name chooses.", TlsCertificateKeys.Bind),
            Flag("verify", Reload.Yes, "Clients must present a certificate.", (o, v) => o with { Verify = v }),
            Flag("verify_and_map", Reload.No, "Clients must present a certificate, and it names the user.",
                (o, v) => o with { Verify = o.Verify || v, MapToUser = v }),
            Flag("verify_cert_and_check_known_urls", Reload.Yes, "Links: the certificate must name a URL known for the peer.",
                (o, v) => o with { Verify = o.Verify || v, CheckKnownUrls = v }),
            Flag("insecure", Reload.Yes, "Accept any certificate of servers connected to.", (o, v) => o with { Insecure = v }),
            Key.Other("timeout", "seconds or duration", Reload.Yes, "Time for the handshake.",
                (o, s) => AuthorizationKeys.TryTimeout(s, "tls", out TimeSpan? v) ? o with { Timeout = v ?? new TlsOptions().Timeout } : o),
            Key.Other("cipher_suites", "list", Reload.Yes, "Cipher suites of TLS 1.2, by their Go names.", TlsNames.BindCipherSuites),
            Flag("allow_insecure_cipher_suites", Reload.Yes, "Allow broken ones among them.", (o, v) => o with { AllowInsecureCipherSuites = v }),
            Key.Other("curve_preferences", "list", Reload.Yes, "Key exchanges, by their Go names.", TlsNames.BindCurves),
            Key.Other("min_version", "1.2 or 1.3", Reload.Yes, "Least version.", BindMinVersion),
            Key.Other("pinned_certs", "list", Reload.Yes, "SHA-256 of the public keys accepted, in hex.", BindPins),
            Key.Other("connection_rate_limit", "integer", Reload.No, "Handshakes per second.", BindRateLimit),
            Key.Other("handshake_first first immediate", "yes/no, auto or duration", Reload.Yes, "Handshake before INFO; auto waits 50ms for it.",
                BindHandshakeFirst),
            Key.Other("ocsp_peer", "yes/no or map", Reload.Yes, "Check peers' certificates by OCSP.", OcspKeys.BindPeer),
            Store("cert_store", "windowscurrentuser or windowslocalmachine", "Windows certificate store.", TlsStore.BindStore),
            Store("cert_match_by", "subject, issuer or thumbprint", "What the certificate is found by there.", TlsStore.BindMatchBy),
            Store("cert_match", "text", "Its value.", TlsStore.BindMatch),
            Store("ca_certs_match", "list", "Authorities from the store.", TlsStore.BindCaMatches),
            Store("cert_match_skip_invalid", "yes/no", "Leave out certificates that are not valid now.", TlsStore.BindSkipInvalid),
        ],
        key => $"error parsing tls config, unknown field {GoText.Quote(key)}",
        allowsVariables: false);

    /// <summary>Binds the map and reads its files; null after any error.</summary>
    /// <param name="isLink">True between servers: always mutual, and known URLs can be checked.</param>
    public static TlsOptions? Bind(Setting setting, bool isLink)
    {
        if (!setting.TryMap(out ConfigMap? map))
            return null;
        int before = setting.Context.Errors.Count;
        TlsOptions tls = Section.Bind(new TlsOptions(), map, setting.Context);
        if (tls.CheckKnownUrls && !isLink)
            setting.Context.Error(PlaceOf(map, "verify_cert_and_check_known_urls"), "verify_cert_and_check_known_urls not supported in this context");
        if (setting.Context.Errors.Count > before)
            return null;
        if (Check(setting, map, ref tls) is { } error)
        {
            setting.Error(error);
            return null;
        }
        tls = tls with { FilesDigest = TlsFiles.Digest(tls, setting.Context.Files) };
        return isLink ? tls with { Verify = true } : tls;
    }

    private static string? Check(Setting setting, ConfigMap map, ref TlsOptions tls)
    {
        bool hasList = map.Entries.Any(e => e.Key.ToLowerInvariant() is "certs" or "certificates");
        if (hasList && tls.Certificates.Count > 0 && map.Entries.Any(e => e.Key.Equals("cert_file", StringComparison.OrdinalIgnoreCase)))
            return "error parsing tls config, cannot combine 'cert_file' option with 'certs' option";
        if (TlsNames.InsecureOf(tls) is { Count: > 0 } insecure && !tls.AllowInsecureCipherSuites)
            return $"insecure cipher suites configured without 'allow_insecure_cipher_suites' option set: {string.Join(", ", insecure)}";
        return TlsFiles.Check(tls, setting.Context.Files);
    }

    private static ConfigPlace PlaceOf(ConfigMap map, string key) =>
        map.Entries.First(e => e.Key.Equals(key, StringComparison.OrdinalIgnoreCase)).Value.Place;

    private static ConfigKey<TlsOptions> File(string name, string help, Func<TlsOptions, string, TlsOptions> set) =>
        Key.Other(name, "path", Reload.Yes, help, (o, s) =>
        {
            if (s.Value is string path)
                return set(o, path);
            s.Error($"error parsing tls config, expected '{name}' to be filename");
            return o;
        });

    private static ConfigKey<TlsOptions> Flag(string name, Reload reload, string help, Func<TlsOptions, bool, TlsOptions> set) =>
        Key.Other(name, "yes/no", reload, help, (o, s) =>
        {
            if (s.Value is bool flag)
                return set(o, flag);
            s.Error($"error parsing tls config, expected '{name}' to be a boolean");
            return o;
        });

    private static ConfigKey<TlsOptions> Store(string name, string form, string help, Func<CertificateStoreOptions, Setting, CertificateStoreOptions> bind) =>
        Key.Other(name, form, Reload.Yes, help, (o, s) => o with { CertificateStore = bind(o.CertificateStore ?? new CertificateStoreOptions(), s) });

    /// <summary>The certificate of <c>cert_file</c> and <c>key_file</c>, which may come in either order.</summary>
    private static TlsOptions SetPair(TlsOptions options, Func<TlsCertificateOptions, TlsCertificateOptions> set)
    {
        TlsCertificateOptions pair = set(options.Certificates is [var first, ..] ? first : new TlsCertificateOptions("", ""));
        return options with { Certificates = [pair, .. options.Certificates.Skip(1)] };
    }

    private static TlsOptions BindMinVersion(TlsOptions options, Setting setting)
    {
        string? error = setting.Value switch
        {
            "1.2" or "1.3" => null,
            "1.0" or "1.1" => $"unsupported TLS version: TLS {setting.Value}",
            string text => $"unknown version: {text}",
            _ => $"'min_version' wrong type: {GoText.Print(setting.Value)}",
        };
        if (error is null)
            return options with { MinVersion = (string)setting.Value };
        setting.Error($"error parsing tls config: {error}");
        return options;
    }

    private static TlsOptions BindPins(TlsOptions options, Setting setting)
    {
        if (setting.Value is not ConfigList list)
        {
            setting.Error("error parsing tls config, expected 'pinned_certs' to be a list of hex-encoded sha256 of DER encoded SubjectPublicKeyInfo");
            return options;
        }
        OptionSet pins = new([]);
        foreach (ConfigNode item in list.Items)
        {
            Setting entry = setting.With(item);
            if (!entry.TryText(out string? text))
                continue;
            string pin = text.ToLowerInvariant();
            if (pin.Length == PinLength && pin.All(char.IsAsciiHexDigitLower))
                pins.Add(pin);
            else
                entry.Error($"error parsing tls config, 'pinned_certs' key {pin} does not look like hex-encoded sha256 of DER encoded SubjectPublicKeyInfo");
        }
        return options with { PinnedCertificates = list.Items.Count == 0 ? null : pins };
    }

    private static TlsOptions BindRateLimit(TlsOptions options, Setting setting)
    {
        if (setting.Value is long limit)
            return options with { ConnectionRateLimit = (int)Math.Clamp(limit, int.MinValue, int.MaxValue) };
        setting.Error("error parsing tls config, 'connection_rate_limit' wrong type");
        return options;
    }

    private static TlsOptions BindHandshakeFirst(TlsOptions options, Setting setting)
    {
        if (setting.Value is bool flag)
            return options with { HandshakeFirst = flag, HandshakeFirstFallback = null };
        if (setting.Value is not string text)
        {
            setting.Error($"field {GoText.Quote(setting.Key)} should be a boolean or a string, got {GoText.TypeOf(setting.Value)}");
            return options;
        }
        switch (text.ToLowerInvariant())
        {
            case "true" or "on":
                return options with { HandshakeFirst = true, HandshakeFirstFallback = null };
            case "false" or "off":
                return options with { HandshakeFirst = false, HandshakeFirstFallback = null };
            case "auto" or "auto_fallback":
                return options with { HandshakeFirst = true, HandshakeFirstFallback = AutoFallback };
        }
        if (GoDuration.TryParse(text, out TimeSpan wait, out _))
            return options with { HandshakeFirst = true, HandshakeFirstFallback = wait > TimeSpan.Zero ? wait : null };
        setting.Error($"field {GoText.Quote(setting.Key)}'s value {GoText.Quote(text)} is invalid");
        return options;
    }
}
