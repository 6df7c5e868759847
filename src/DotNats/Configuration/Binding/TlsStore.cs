using DotNats.Configuration.Language;

namespace DotNats.Configuration.Binding;

/// <summary>Binds the keys of a tls section that choose a certificate from the Windows certificate store.</summary>
internal static class TlsStore
{
    public static CertificateStoreOptions BindStore(CertificateStoreOptions options, Setting setting)
    {
        if (!TryWord(setting, "expected 'cert_store' to be a valid non-empty string", out string word))
            return options;
        string store = word.ToLowerInvariant();
        string? error = store is not ("windowscurrentuser" or "windowslocalmachine") ? "cert store type not implemented"
            : OperatingSystem.IsWindows() ? null
            : "cert_store not compatible with current operating system";
        if (error is null)
            return options with { Store = store };
        setting.Error(error);
        return options;
    }

    public static CertificateStoreOptions BindMatchBy(CertificateStoreOptions options, Setting setting)
    {
        if (!TryWord(setting, "expected 'cert_match_by' to be a valid non-empty string", out string word))
            return options;
        string by = word.ToLowerInvariant();
        if (by is "issuer" or "subject" or "thumbprint")
            return options with { MatchBy = by };
        setting.Error("cert match by type not implemented");
        return options;
    }

    public static CertificateStoreOptions BindMatch(CertificateStoreOptions options, Setting setting) =>
        TryWord(setting, "expected 'cert_match' to be a valid non-empty string", out string word) ? options with { Match = word } : options;

    public static CertificateStoreOptions BindCaMatches(CertificateStoreOptions options, Setting setting)
    {
        switch (setting.Value)
        {
            case string single:
                return options with { CaMatches = [single] };
            case ConfigList list:
                if (list.Items.All(i => i.Value is string))
                    return options with { CaMatches = [.. list.Items.Select(i => (string)i.Value)] };
                setting.Error("error parsing ca_cert_match: unsupported type *conf.token where string is expected");
                return options;
        }
        return options;
    }

    public static CertificateStoreOptions BindSkipInvalid(CertificateStoreOptions options, Setting setting)
    {
        if (setting.Value is bool skip)
            return options with { SkipInvalid = skip };
        setting.Error("expected 'cert_match_skip_invalid' to be a boolean");
        return options;
    }

    private static bool TryWord(Setting setting, string complaint, out string word)
    {
        word = setting.Value as string ?? "";
        if (word.Length > 0)
            return true;
        setting.Error(complaint);
        return false;
    }
}
